"""Accounts of people: opened, corrected, retired; what they may do comes from their appointments."""

import secrets

from django.utils.translation import gettext as _

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, NotPermitted, Refused, StaleVersion
from bihuan.kernel.transactions import action
from bihuan.ledger.book import append, is_repeat, once
from bihuan.org.models import Appointment, Person, Unit
from bihuan.org.roles import Cap
from bihuan.org.rules.naming import pinyin_key
from bihuan.org.scope import accounts_within, units_within

PERSON_FIELDS = ("name", "email", "mobile")
_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # none that is mistaken for a digit when read out
_DIGITS = "23456789"
_SIGNS = "@#%+="


@action
def register_person(
    *,
    actor: Actor,
    username: str,
    name: str,
    password: str | None = None,
    email: str = "",
    mobile: str = "",
    home_id: int | None = None,
) -> Person:
    """Open an account (登记人员). It can do nothing until the person is appointed.

    Without a password nobody can sign in before the security administrator issues one (`reset_password`).
    """
    once("org.person.registered", actor=actor)
    home: Unit | None = None
    if not actor.is_system:
        home = units_within(actor, Cap.MANAGE_POSTS).get(pk=home_id or actor.unit_id or 0)
    elif home_id:
        home = Unit.objects.get(pk=home_id)
    check_username_free(username)
    person = Person(username=username, name=name, email=email, mobile=mobile, home=home)
    person.pinyin = pinyin_key(name, limit=100)
    person.set_password(password)
    person.save(force_insert=True)
    append("org.person.registered", actor=actor, subject=person, home=person.home_id)
    return person


@action
def edit_person(
    *,
    person_id: int,
    actor: Actor,
    home_id: int | None = None,
    seen_version: int | None = None,
    **fields: str,
) -> Person:
    """Correct name, email, mobile or home unit; nothing that differs leaves no trace."""
    if unknown := fields.keys() - set(PERSON_FIELDS):
        raise TypeError(f"not a particular of a person: {sorted(unknown)}")
    person = _account(person_id, actor)
    if seen_version is not None and person.version != seen_version:
        raise StaleVersion
    if home_id is not None and home_id != person.home_id:
        fields["home_id"] = units_within(actor, Cap.MANAGE_POSTS).get(pk=home_id).pk  # type: ignore[assignment]
    changed = [field for field, value in fields.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, fields[field])
    if changed:
        person.pinyin = pinyin_key(person.name, limit=100)
        person.version += 1
        person.save(update_fields=[*changed, "pinyin", "version"])
        append("org.person.edited", actor=actor, subject=person, fields=sorted(changed))
    return person


@action
def retire_person(*, person_id: int, actor: Actor) -> Person:
    """Close an account at once (停用账号): the person can no longer sign in, their posts count as vacant."""
    return _set_active(person_id, actor, active=False, verb="org.person.retired")


@action
def restore_person(*, person_id: int, actor: Actor) -> Person:
    """Open a closed account again (恢复账号)."""
    return _set_active(person_id, actor, active=True, verb="org.person.restored")


@action
def reset_password(*, person_id: int, actor: Actor) -> str:
    """Set a password that must be changed at the next sign-in (重置密码); the return is its only copy.

    The same form sent twice raises AlreadyDone and leaves the first password standing.
    """
    person = _account(person_id, actor)
    if not person.is_active:
        raise Refused(_("账号已停用，请先恢复"), code="person_retired")
    password = one_time_password()
    person.set_password(password)
    person.must_change_password = True
    person.version += 1
    person.save(update_fields=["password", "must_change_password", "version"])
    append("org.person.password_reset", actor=actor, subject=person)
    return password


@action
def choose_password(*, person: Person, password: str, actor: Actor) -> Person:
    """Let a person set a password of their own (更改密码); the form has asked for the old one and checked the new."""
    if is_repeat(person, actor):
        raise AlreadyDone
    held = Person.objects.select_for_update().get(pk=person.pk)
    if held.pk != actor.person_id:
        raise NotPermitted
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    append("org.person.password_chosen", actor=actor, subject=person)
    return person


@action
def switch_post(*, person: Person, appointment_id: int, actor: Actor) -> Appointment:
    """Let a person act in another of their present appointments from now on (切换岗位)."""
    held = person.appointments.current(clock.today()).select_related("unit")
    post: Appointment = held.get(pk=appointment_id)
    Person.objects.select_for_update().get(pk=person.pk)
    if person.post_id != post.pk:
        Person.objects.filter(pk=person.pk).update(post=post)
        person.post = post
        append("org.person.post_switched", actor=actor, subject=person, appointment=post.pk)
    return post


def check_username_free(username: str) -> None:
    if Person.objects.filter(username=username).exists():
        raise Refused(
            _("账号“{username}”已被使用，请换一个").format(username=username),
            code="username_taken",
            field="username",
        )


def one_time_password() -> str:
    """Eleven characters of four classes that can be read out on the telephone (domain.md §14.1)."""
    letters = "".join(secrets.choice(_LETTERS) for _turn in range(6))
    digits = "".join(secrets.choice(_DIGITS) for _turn in range(4))
    return f"{letters[:3].capitalize()}{letters[3:]}{secrets.choice(_SIGNS)}{digits}"


def _account(person_id: int, actor: Actor) -> Person:
    """The account, held; not one's own, which would let an administrator act unseen on themselves."""
    person = accounts_within(actor, Cap.MANAGE_POSTS).select_for_update(of=("self",)).get(pk=person_id)
    if person.pk == actor.person_id:
        raise NotPermitted(_("不能管理自己的账号，请由另一位安全管理员办理"), code="own_account")
    if is_repeat(person, actor):
        raise AlreadyDone
    return person


def _set_active(person_id: int, actor: Actor, *, active: bool, verb: str) -> Person:
    person = _account(person_id, actor)
    if person.is_active == active:
        raise StaleVersion(_("账号状态已被他人改变，请核对"), code="account_settled")
    person.is_active = active
    person.leaves_on = None if active else person.leaves_on
    person.version += 1
    person.save(update_fields=["is_active", "leaves_on", "version"])
    append(verb, actor=actor, subject=person)
    return person
