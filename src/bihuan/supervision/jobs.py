"""Jobs of the loop: three lines that call an action."""

from procrastinate.contrib.django import app

from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment
from bihuan.supervision.actions.dispatching import serve_dispatch
from bihuan.supervision.models import Dispatch


@app.task(name="supervision.serve_dispatch")
def serve_dispatch_job(dispatch_id: int) -> None:
    """Serve a dispatch chunk by chunk until nobody is pending; a restart goes on where the last one stopped."""
    dispatch = Dispatch.objects.get(pk=dispatch_id)
    actor = actor_in(Appointment.objects.get(pk=dispatch.asked_by), dispatch.request_id)
    while serve_dispatch(dispatch_id=dispatch_id, actor=actor):
        pass
