"""From a signed-in person to the actor of an action."""

from uuid import UUID, uuid4

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.models import Appointment, Person


def posts_of(person: Person) -> list[Appointment]:
    """The appointments a person may act in today, the one last switched to first."""
    posts = person.appointments.current(clock.today()).select_related("unit").order_by("starts_on", "id")
    return sorted(posts, key=lambda post: post.pk != person.post_id)


def actor_in(post: Appointment, request_id: UUID | None = None) -> Actor:
    """The actor for a person acting in this appointment."""
    return Actor(post.person_id, post.pk, post.unit_id, post.title, request_id or uuid4())


def bystander(person: Person) -> Actor:
    """A signed-in person without any appointment today: may do and see nothing."""
    return Actor(person.pk, None, None, "")
