"""From a signed-in person to the actor of an action."""

from functools import lru_cache
from uuid import UUID, uuid4

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.statements import PERSON, TODAY, Written
from bihuan.org.models import Appointment, Person


def posts_of(person: Person) -> list[Appointment]:
    """The appointments a person may act in today, the one last switched to first; each with unit and authority."""
    posts: list[Appointment] = _held_by_one().fetch(person=person.pk, today=clock.today())
    for post in posts:
        post.person = person
    return sorted(posts, key=lambda post: post.pk != person.post_id)


@lru_cache(maxsize=1)
def _held_by_one() -> Written:
    held = Appointment.objects.current(TODAY).filter(person=PERSON)
    return Written(held.select_related("unit__authority").order_by("starts_on", "id"))


def actor_in(post: Appointment, request_id: UUID | None = None) -> Actor:
    """The actor for a person acting in this appointment."""
    return Actor(post.person_id, post.pk, post.unit_id, post.title, request_id or uuid4())


def bystander(person: Person) -> Actor:
    """A signed-in person without any appointment today: may do and see nothing."""
    return Actor(person.pk, None, None, "")
