"""Reading messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from bihuan.kernel.actor import Actor
from bihuan.notifications.models import Notice
from bihuan.org.models import Person, Unit
from bihuan.org.roles import Cap
from bihuan.supervision.models import Assignment
from bihuan.supervision.queries.ladders import sayings


def inbox(person_id: int) -> QuerySet[Notice]:
    """A person's messages, newest first."""
    return Notice.objects.of(person_id).select_related("entry", "entry__remark")


def unread_count(request: HttpRequest) -> int:
    return Notice.objects.of(request.user.pk).unread().count()


def due_for_digest() -> QuerySet[Person]:
    """People with something unread and unmailed who have an address and have not switched the digest off."""
    waiting = Notice.objects.unread().filter(mailed_at__isnull=True).values("person")
    wants = Q(preference__isnull=True) | Q(preference__digest=True)
    return Person.objects.filter(wants, pk__in=waiting, is_active=True).exclude(email="")


@dataclass(frozen=True)
class Message:
    """A notice with what it is about, ready to show."""

    notice: Notice
    assignment: Assignment | None
    sender: Unit | None
    said: str = ""  # by a rung of the ladder
    may_answer: bool = False  # the reader handles the matter that this presses for

    @property
    def text(self) -> str:
        remark = getattr(self.notice.entry, "remark", None)
        return remark.text if remark else self.said


PRESSING = {f"supervision.assignment.{name}" for name in ("urged", "instructed", "pressed", "proposed")}


def messages_of(notices: Sequence[Notice], reader: Actor | None = None) -> list[Message]:
    """Notices with their assignments and senders, in a few queries however many."""
    about = {one.pk: one.entry.stream.partition(":") for one in notices}
    wanted = [int(pk) for kind, _colon, pk in about.values() if kind == "supervision.assignment"]
    assignments: dict[Any, Assignment] = Assignment.objects.select_related("item__source", "unit").in_bulk(
        wanted
    )
    senders = Unit.objects.in_bulk([one.entry.unit_id for one in notices if one.entry.unit_id])
    handled = _handled(reader, wanted)
    said = sayings([one.entry for one in notices])
    return [
        Message(
            one,
            assignments.get(int(about[one.pk][2])),
            senders.get(one.entry.unit_id),
            said.get(one.entry_id, ""),
            one.entry.verb in PRESSING and int(about[one.pk][2]) in handled,
        )
        for one in notices
    ]


def _handled(reader: Actor | None, assignment_ids: Sequence[int]) -> set[int]:
    """Which of these open assignments the reader may answer for."""
    if reader is None or not assignment_ids:
        return set()
    own = Assignment.objects.within(reader, Cap.HANDLE).open().filter(pk__in=assignment_ids)
    return set(own.values_list("pk", flat=True))
