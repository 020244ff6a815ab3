"""Appointments (岗位): begun, ended, handed over when somebody leaves."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat, once
from bihuan.org.models import Appointment, Person, Unit
from bihuan.org.queries.people import conflicts, open_posts
from bihuan.org.roles import Cap, Role
from bihuan.org.rules.posts import REASONS
from bihuan.org.scope import accounts_within, people_within, units_within

_DAY = timedelta(days=1)


@action
def appoint(
    *,
    actor: Actor,
    person_id: int,
    unit_id: int,
    role: str,
    title: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Appointment:
    """Give a person a role in a unit from a day on (任职).

    Refused in external units, which have no accounts; against oneself; and where it would join what must be
    kept apart (`rules.posts.conflict`).
    """
    once("org.appointment.begun", actor=actor)
    unit = units_within(actor, Cap.MANAGE_POSTS).get(pk=unit_id)
    person = people_within(actor, Cap.MANAGE_POSTS).get(pk=person_id)
    return begin_post(
        person,
        unit,
        role=role,
        title=title,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
        actor=actor,
    )


@action
def end_appointment(*, appointment_id: int, actor: Actor, last_on: date, reason: str = "") -> Appointment:
    """Let an appointment hold until `last_on` (离任); one that has not begun by then is called off."""
    held = Appointment.objects.filter(unit__in=units_within(actor, Cap.MANAGE_POSTS))
    _lock_people(held.filter(pk=appointment_id).values_list("person", flat=True))
    post = held.get(pk=appointment_id)
    if is_repeat(post, actor):
        raise AlreadyDone
    _check_not_own(post.person_id, actor)
    if post.ends_on is not None and post.ends_on < clock.today():
        raise StaleVersion(_("该任职已于 {day} 结束").format(day=post.ends_on), code="post_over")
    end_post(post, last_on=last_on, actor=actor, reason=reason)
    return post


@action
def hand_over(
    *,
    person_id: int,
    actor: Actor,
    last_on: date,
    successors: Mapping[int, int | None],
    at_once: bool = False,
) -> list[Appointment]:
    """End all appointments of somebody who leaves and begin those of their successors (离任交接).

    `successors` names for each appointment who takes over from the next day, or None for a vacancy; it must
    name exactly those that are open within the actor's reach, or somebody was faster (StaleVersion). When
    nothing is left the account is retired after the last day, or at once. Returns what was begun.
    """
    leaver = people_within(actor, Cap.MANAGE_POSTS).get(pk=person_id)
    _lock_people([leaver.pk, *(pk for pk in successors.values() if pk)])
    leaver.refresh_from_db()
    if is_repeat(leaver, actor):
        raise AlreadyDone
    _check_not_own(leaver.pk, actor)
    posts = open_posts(leaver, actor)
    if {post.pk for post in posts} != set(successors):
        raise StaleVersion(_("该人员的岗位刚刚有变动，请核对后重新办理"), code="posts_changed")
    begun = []
    for post in posts:
        takes_over = successors[post.pk]
        if takes_over is not None:
            begun += _take_over(post, takes_over, last_on=last_on, actor=actor)
        end_post(post, last_on=last_on, actor=actor, successor_id=takes_over)
    append("org.person.left", actor=actor, subject=leaver, on=last_on, posts=[post.pk for post in posts])
    _see_off(leaver, last_on=last_on, at_once=at_once, actor=actor)
    return begun


@action
def retire_leaver(*, person_id: int, actor: Actor) -> Person:
    """Retire the account of somebody whose last day is over; the daily work calls it, twice does no harm."""
    person: Person = Person.objects.select_for_update(of=("self",)).get(pk=person_id)
    today = clock.today()
    if not person.is_active or person.leaves_on is None or person.leaves_on >= today:
        raise AlreadyDone
    if person.appointments.not_over(today).exists():
        raise Refused(_("该人员又有了新的岗位"), code="appointed_again")
    _retire(person, actor)
    return person


@step
def begin_post(
    person: Person,
    unit: Unit,
    *,
    role: str,
    title: str,
    starts_on: date,
    ends_on: date | None,
    actor: Actor,
) -> Appointment:
    """Save an appointment after every check, make it the person's post if they have none."""
    _check_not_own(person.pk, actor)
    _lock_people([person.pk])
    post = Appointment(
        person=person, unit=unit, role=Role(role), title=title, starts_on=starts_on, ends_on=ends_on
    )
    check_seat(person, unit, starts_on, ends_on)
    check_together([post])
    post.save(force_insert=True)
    settle_people([post])
    facts: dict[str, Any] = {"person": person.pk, "unit": unit.pk, "role": post.role, "on": starts_on}
    append("org.appointment.begun", actor=actor, subject=post, **facts)
    return post


@step
def settle_people(posts: Iterable[Appointment]) -> None:
    """Whoever was appointed has a home and a post to act in, and is no leaver any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE org_person SET post_id = coalesce(org_person.post_id, begun.id),"
            " home_id = coalesce(org_person.home_id, begun.unit_id), leaves_on = NULL"
            " FROM (SELECT DISTINCT ON (person_id) person_id, id, unit_id FROM org_appointment"
            "  WHERE id = ANY(%s) ORDER BY person_id, id) begun WHERE org_person.id = begun.person_id",
            [[post.pk for post in posts]],
        )


@step
def end_post(
    post: Appointment,
    *,
    last_on: date,
    actor: Actor,
    successor_id: int | None = None,
    reason: str = "",
) -> None:
    """Let the appointment end after `last_on`, or never begin."""
    if post.ends_on is None or post.ends_on > last_on:
        post.ends_on = max(last_on, post.starts_on - _DAY)
    post.successor_id = successor_id
    post.save(update_fields=["ends_on", "successor"])
    facts: dict[str, Any] = {"on": post.ends_on, "successor": successor_id}
    append("org.appointment.ended", actor=actor, subject=post, text=reason, **facts)


def check_seat(person: Person, unit: Unit, starts_on: date, ends_on: date | None) -> None:
    """Refuse what cannot be appointed at all: in that unit, of that person, between those days."""
    if unit.is_external:
        raise Refused(_("系统外单位没有账号，不能任职"), code="external_unit", field="unit")
    if unit.ends_on is not None and unit.ends_on <= starts_on:
        raise Refused(_("“{unit}”在任职日期前已终止").format(unit=unit), code="unit_ended", field="unit")
    if not person.is_active:
        raise Refused(_("该人员的账号已停用，请先恢复"), code="person_retired", field="person")
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("离任日期不能早于任职日期"), code="ends_before_start", field="ends_on")


def check_together(wanted: Iterable[Appointment]) -> None:
    """Refuse appointments that may not join each other or what their people hold (三员分立)."""
    for _post, reason in conflicts(list(wanted)):
        raise Refused(REASONS[reason], code=reason, field="role")


def _take_over(post: Appointment, person_id: int, *, last_on: date, actor: Actor) -> list[Appointment]:
    """The successor's appointment, from the day after, unless they hold the role already."""
    successor = people_within(actor, Cap.MANAGE_POSTS).filter(is_active=True).get(pk=person_id)
    if successor.pk == post.person_id:
        raise Refused(_("接任人不能是离任者本人"), code="succeeds_oneself", field=f"successor_{post.pk}")
    starts_on = max(last_on + _DAY, post.starts_on)
    if post.ends_on is not None and post.ends_on < starts_on:
        return []
    seat = successor.appointments.filter(unit=post.unit, role=post.role, starts_on__lte=starts_on)
    if seat.not_over(starts_on).exists():
        return []
    try:
        begun = begin_post(
            successor,
            post.unit,
            role=post.role,
            title=post.title,
            starts_on=starts_on,
            ends_on=post.ends_on,
            actor=actor,
        )
    except Refused as refusal:
        raise Refused(refusal.message, code=refusal.code, field=f"successor_{post.pk}") from refusal
    return [begun]


def _see_off(leaver: Person, *, last_on: date, at_once: bool, actor: Actor) -> None:
    """Retire the account when nothing is left, now or (by the daily work) after the last day."""
    stays_elsewhere = leaver.appointments.not_over(last_on + _DAY).exists()
    is_ours = accounts_within(actor, Cap.MANAGE_POSTS).filter(pk=leaver.pk).exists()
    if stays_elsewhere or not is_ours:
        if at_once:
            raise Refused(
                _("该人员在您管理范围之外还有岗位，不能停用账号"), code="posts_elsewhere", field="at_once"
            )
        return
    leaver.leaves_on = last_on
    leaver.save(update_fields=["leaves_on"])
    if leaver.is_active and (at_once or last_on < clock.today()):
        _retire(leaver, actor)


def _retire(person: Person, actor: Actor) -> None:
    person.is_active, person.version = False, person.version + 1
    person.save(update_fields=["is_active", "version"])
    append("org.person.retired", actor=actor, subject=person)


def _check_not_own(person_id: int, actor: Actor) -> None:
    if person_id == actor.person_id:
        raise NotPermitted(_("不能为自己任免岗位，请由另一位安全管理员办理"), code="own_post")


def _lock_people(people: Iterable[int]) -> None:
    """Hold these people in a fixed order, so that what must be kept apart cannot be joined from two sides."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM org_person WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [sorted(set(people))]
        )
