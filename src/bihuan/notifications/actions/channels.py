"""Settling by which channels (通道) messages reach people outside the program.

A person's own channel is their own business; what an authority settles for its people leaves an entry.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, Refused, StaleVersion
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat
from bihuan.notifications import verbs  # noqa: F401  (in the catalogue before anything is written)
from bihuan.notifications.actions.sending import SEND
from bihuan.notifications.models import Channel, Delivery
from bihuan.notifications.rules import Kind, Takes, hint_of, why_not_to
from bihuan.notifications.secrecy import seal
from bihuan.org.models import Unit
from bihuan.org.roles import Cap
from bihuan.org.scope import units_where

MOST = 20  # channels of one owner


@action
def open_channel(
    *,
    actor: Actor,
    name: str,
    kind: str,
    address: str,
    takes: str = Takes.PRESSING,
    secret: str = "",
    shared: bool = False,
) -> Channel:
    """Open a channel (开通通道): one's own, or `shared` by one's unit.

    Robots and webhooks take the address that their maker gives, only at hosts the operator allows
    (`BIHUAN_CHANNEL_HOSTS`); mail takes a mailbox.
    """
    channel = Channel(created_at=clock.now(), kind=_known(kind, Kind, "kind"))
    if shared:
        channel.unit = _own_unit(actor)
    else:
        channel.person_id = actor.person_id
    owner = {"unit": channel.unit} if shared else {"person": channel.person_id}
    if Channel.objects.filter(**owner).count() >= MOST:
        raise Refused(_("通道不能超过 %(n)d 条") % {"n": MOST}, code="too_many")
    channel.name, channel.takes = _named(name), _known(takes, Takes, "takes")
    _readdress(channel, address, secret)
    channel.save()
    _note(channel, "opened", actor, kind=channel.kind, takes=channel.takes, unit=channel.unit_id)
    return channel


@action
def edit_channel(
    *,
    channel_id: int,
    actor: Actor,
    name: str,
    takes: str,
    address: str = "",
    secret: str = "",
    seen_version: int | None = None,
) -> Channel:
    """Change a channel (修改通道); an empty address keeps the present one and its key."""
    channel = _take(channel_id, actor)
    if seen_version is not None and seen_version != channel.version:
        raise StaleVersion(seen=seen_version, now=channel.version)
    channel.name, channel.takes = _named(name), _known(takes, Takes, "takes")
    if address.strip():
        _readdress(channel, address, secret)
    elif secret.strip():
        raise Refused(_("更换密钥时请一并填写地址"), code="required", field="address")
    channel.version += 1
    channel.save()
    _note(channel, "edited", actor, takes=channel.takes, address_changed=bool(address.strip()))
    return channel


@action
def switch_channel(*, channel_id: int, actor: Actor, on: bool) -> Channel:
    """Let a channel rest, or send again (停用、启用通道); what waited while it rested is not made up for."""
    channel = _take(channel_id, actor)
    channel.is_on = on
    channel.version += 1
    channel.save(update_fields=["is_on", "version"])
    if not on:
        channel.tellings.filter(delivery__isnull=True).delete()
    _note(channel, "switched", actor, on=on)
    return channel


@action
def remove_channel(*, channel_id: int, actor: Actor) -> None:
    """Remove a channel with its address (删除通道)."""
    channel = _take(channel_id, actor)
    _note(channel, "removed", actor)
    channel.delete()


@action
def try_channel(*, channel_id: int, actor: Actor) -> Delivery:
    """Send a message through a channel that says only that it works (测试通道)."""
    channel = _take(channel_id, actor)
    delivery = Delivery.objects.create(channel=channel, is_test=True, at_once=True, created_at=clock.now())
    _note(channel, "tested", actor)
    jobs.configure_task(SEND, schedule_in={"seconds": 30}).defer(
        delivery_id=delivery.pk
    )  # the page does not wait
    return delivery


@action
def resend_delivery(*, delivery_id: int, actor: Actor) -> Delivery:
    """Try a message again that could not be sent (重发)."""
    seen = Delivery.objects.filter(channel__in=Channel.objects.within(actor)).get(pk=delivery_id)
    channel = _take(seen.channel_id, actor)
    delivery = channel.deliveries.select_for_update().get(pk=delivery_id)
    if delivery.state != Delivery.State.FAILED:
        raise Refused(_("这条消息没有失败，不必重发"), code="illegal_move")
    delivery.state, delivery.attempts = Delivery.State.QUEUED, 0
    delivery.save(update_fields=["state", "attempts"])
    _note(channel, "resent", actor, delivery=delivery.pk)
    jobs.configure_task(SEND).defer(delivery_id=delivery.pk)
    return delivery


@step
def _take(channel_id: int, actor: Actor) -> Channel:
    mine = Channel.objects.within(actor)
    channel = Channel.objects.select_for_update().get(pk=mine.get(pk=channel_id).pk)
    if channel.unit_id and is_repeat(channel, actor):
        raise AlreadyDone()
    return channel


@step
def _note(channel: Channel, what: str, actor: Actor, **facts: Any) -> None:
    if channel.unit_id:
        append(f"notifications.channel.{what}", actor=actor, subject=channel, **facts)


def _own_unit(actor: Actor) -> Unit:
    units = Unit.objects.filter(pk__in=units_where(actor, Cap.SET_LADDER))
    unit = units.filter(pk=actor.unit_id).first()  # type: ignore[misc]
    if unit is None:
        raise Refused(_("本单位的通道由本单位督查员开通"), code="not_yours", field="shared")
    return unit


def _readdress(channel: Channel, address: str, secret: str) -> None:
    address = address.strip()
    if channel.kind == Kind.MAIL:
        try:
            validate_email(address)
        except ValidationError:
            raise Refused(_("请填写电子邮箱地址"), code="unreadable", field="address") from None
    elif (why := why_not_to(address, settings.CHANNEL_HOSTS)) == "host":
        raise Refused(
            _("系统没有放行这个地址的主机，请联系运维人员"), code="host_not_allowed", field="address"
        )
    elif why:
        raise Refused(_("请填写以 https:// 开头的完整地址"), code="unreadable", field="address")
    channel.sealed_address, channel.sealed_secret = seal(address), seal(secret.strip())
    channel.hint = hint_of(channel.kind, address)[:120]


def _named(name: str) -> str:
    name = " ".join(name.split())  # on one line: it stands in the heading of a mail
    if not name:
        raise Refused(_("请填写名称"), code="required", field="name")
    return name[:40]


def _known(value: str, choices: Any, field: str) -> str:
    if value not in choices.values:
        raise Refused(_("请从列表中选择"), code="unknown", field=field)
    return value
