"""Everything that changes a plan, an item or an assignment: one action, one transaction, one ledger entry."""
