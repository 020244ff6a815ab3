"""Pages of the organisation: the tree, units, groups, people and their posts, imports."""
