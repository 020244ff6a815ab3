"""Sweeping (清理): what uploads broken off, discarded or died with their process have left."""

from datetime import timedelta

from procrastinate.contrib.django import app

from bihuan.documents import incoming, queries, store
from bihuan.documents.actions import sweep_content
from bihuan.kernel import clock
from bihuan.kernel.actor import system

KEPT = timedelta(days=2)  # an upload may be continued this long


@app.periodic(cron="17 3 * * *")
@app.task(name="documents.sweep", queueing_lock="documents.sweep")
def sweep(timestamp: int = 0) -> None:
    """Remove what is older than two days and belongs to nobody. May run twice unharmed."""
    before = clock.now() - KEPT
    incoming.remove_abandoned(before)
    for content in queries.unclaimed(before):
        sweep_content(actor=system("sweep"), content_id=content.pk)
    for path in store.orphans(before):
        store.remove_orphan(path)
