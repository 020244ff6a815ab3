"""What the queue needs to stay healthy, whoever put the jobs there."""

from django.core.management import call_command
from procrastinate import JobContext
from procrastinate.contrib.django import app

SILENT_SECONDS = 30  # three missed heartbeats: that worker is gone
KEEP_HOURS = 7 * 24


@app.periodic(cron="* * * * *")
@app.task(name="kernel.take_up_stalled", queueing_lock="kernel.take_up_stalled", pass_context=True)
async def take_up_stalled(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a worker that was killed to the next one; jobs are written to run twice unharmed."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        await jobs.retry_job(job)


@app.periodic(cron="17 19 * * *")  # UTC: at night in the office
@app.task(name="kernel.tidy_up", queueing_lock="kernel.tidy_up", pass_context=True)
async def tidy_up(context: JobContext, timestamp: int) -> None:
    """Forget jobs that are long done."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS, include_cancelled=True)


@app.periodic(cron="27 19 * * *")
@app.task(name="kernel.clear_sessions", queueing_lock="kernel.clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Remove sessions that have ended."""
    call_command("clearsessions")
