from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bihuan.kernel.numbers import as_wholes
from bihuan.notifications.actions import mark_read, set_preference
from bihuan.notifications.models import Preference
from bihuan.notifications.queries import bundled, inbox, messages_of
from bihuan.notifications.queries.channels import is_any_failing
from bihuan.org.middleware import SignedIn
from bihuan.ui.paging import paged

PAGE = 60  # messages; those of one day and matter stand together in one line


@login_required
def notices(request: SignedIn) -> HttpResponse:
    """The inbox (消息), newest first; unread ones marked by word and weight."""
    own = inbox(request.user.pk)
    only_unread = request.GET.get("show") == "unread"
    turned = paged(request, own.unread() if only_unread else own, PAGE)
    preference = Preference.objects.filter(person=request.user).first()
    unread = own.unread().count()
    context = {
        **turned,
        "bundles": bundled(messages_of(list(turned["page"].object_list), request.actor)),
        "shows": [
            (_("全部"), "?", not only_unread),
            (_("未读 %(n)d") % {"n": unread}, "?show=unread", only_unread),
        ],
        "only_unread": only_unread,
        "unread": unread,
        "digest": preference.digest if preference else True,
        "failing": is_any_failing(request.actor),
    }
    return render(request, "notifications/notices.html", context)


@login_required
def open_notice(request: SignedIn, notice_id: int) -> HttpResponse:
    """Read a message and go where it leads; what is out of scope by now is not found there."""
    notice = get_object_or_404(inbox(request.user.pk), pk=notice_id)
    mark_read(person_id=request.user.pk, notice_ids=[notice_id])
    message = messages_of([notice])[0]
    return redirect(message.address or "notices")


@login_required
@require_POST
def read_all(request: SignedIn) -> HttpResponse:
    """Mark the messages that the form names read, or all where it names none."""
    named = as_wholes(request.POST.getlist("notice")) if "notice" in request.POST else None
    mark_read(person_id=request.user.pk, notice_ids=named)
    return redirect("notices")


@login_required
@require_POST
def preference(request: SignedIn) -> HttpResponse:
    """Switch the daily mail on or off."""
    set_preference(person_id=request.user.pk, digest=request.POST.get("digest") == "on")
    return redirect("notices")
