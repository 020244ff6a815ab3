"""Pages of the channels (通道)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.notifications.actions import (
    edit_channel,
    open_channel,
    remove_channel,
    resend_delivery,
    switch_channel,
    try_channel,
)
from bihuan.notifications.forms import ChannelForm
from bihuan.notifications.jobs import send
from bihuan.notifications.models import Channel, Delivery
from bihuan.notifications.queries.channels import channels_of, deliveries_of, said_of
from bihuan.org.middleware import SignedIn
from bihuan.org.roles import Cap
from bihuan.org.scope import has


@login_required
@require_http_methods(["GET", "POST"])
def channels(request: SignedIn) -> HttpResponse:
    """One's channels and those of one's unit; POST opens another."""
    may_share = has(request.actor, Cap.SET_LADDER)
    if request.method == "GET":
        return channels_page(request, ChannelForm(may_share=may_share))
    form = ChannelForm(request.POST, may_share=may_share)
    if not form.is_valid():
        return channels_page(request, form, status=422)
    try:
        channel = open_channel(actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        return redirect("channels")
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return channels_page(request, form, status=409)
    messages.success(request, _("已开通。请发一条测试消息，确认收得到。"))
    return redirect("channel", channel.pk)


@login_required
@require_http_methods(["GET", "POST"])
def channel(request: SignedIn, pk: int) -> HttpResponse:
    """A channel with its latest messages; POST changes it."""
    one = channel_or_404(request, pk)
    if request.method == "GET":
        return channel_page(request, one, ChannelForm(channel=one))
    form = ChannelForm(request.POST, channel=one)
    if not form.is_valid():
        return channel_page(request, one, form, status=422)
    try:
        edit_channel(channel_id=pk, actor=request.actor, **form.cleaned_data)
    except AlreadyDone:
        pass
    except DomainError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.message))
        return channel_page(request, one, form, status=409)
    messages.success(request, _("已保存。"))
    return redirect("channel", pk)


@login_required
@require_POST
def test(request: SignedIn, pk: int) -> HttpResponse:
    """Send a test message at once, and say what the other side answered."""
    channel_or_404(request, pk)
    try:
        delivery = try_channel(channel_id=pk, actor=request.actor)
    except AlreadyDone:
        return redirect("channel", pk)
    send(delivery.pk)
    delivery.refresh_from_db()
    if delivery.state == Delivery.State.SENT:
        messages.success(request, _("测试消息已送达。"))
    else:
        messages.error(request, _("测试消息没有送达：%(why)s。") % {"why": said_of(delivery.error)})
    return redirect("channel", pk)


@login_required
@require_POST
def switch(request: SignedIn, pk: int) -> HttpResponse:
    channel_or_404(request, pk)
    return done(
        request,
        pk,
        lambda: switch_channel(channel_id=pk, actor=request.actor, on=request.POST.get("on") == "1"),
    )


@login_required
@require_POST
def remove(request: SignedIn, pk: int) -> HttpResponse:
    channel_or_404(request, pk)
    remove_channel(channel_id=pk, actor=request.actor)
    messages.success(request, _("已删除。"))
    return redirect("channels")


@login_required
@require_POST
def resend(request: SignedIn, pk: int) -> HttpResponse:
    """Try a message again that could not be sent."""
    mine = Delivery.objects.filter(channel__in=Channel.objects.within(request.actor))
    delivery = get_object_or_404(mine, pk=pk)
    return done(request, delivery.channel_id, lambda: resend_delivery(delivery_id=pk, actor=request.actor))


def done(request: SignedIn, pk: int, act: Any) -> HttpResponse:
    try:
        act()
    except AlreadyDone:
        pass
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    return redirect("channel", pk)


def channels_page(request: SignedIn, form: ChannelForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "rows": channels_of(request.actor)}
    return render(request, "notifications/channels.html", context, status=status)


def channel_page(request: SignedIn, one: Channel, form: ChannelForm, status: int = 200) -> HttpResponse:
    rows = [(delivery, said_of(delivery.error)) for delivery in deliveries_of(one)]
    context = {"channel": one, "form": form, "rows": rows}
    return render(request, "notifications/channel.html", context, status=status)


def channel_or_404(request: SignedIn, pk: int) -> Channel:
    one = Channel.objects.within(request.actor).select_related("unit").filter(pk=pk).first()
    if one is None:
        raise Http404
    return one
