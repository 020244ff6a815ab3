"""Sealing, each minute."""

from procrastinate.contrib.django import app

from bihuan.kernel.actor import system
from bihuan.ledger.actions import CHUNK, seal


@app.periodic(cron="* * * * *")
@app.task(name="ledger.seal", queueing_lock="ledger.seal")
def seal_job(timestamp: int) -> None:
    """Seal whatever is there, chunk by chunk; a restart goes on where the last one stopped."""
    while seal(actor=system("sealer")) == CHUNK:
        pass
