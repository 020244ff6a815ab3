"""People and their posts, for security administrators."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.kernel import clock
from bihuan.kernel.errors import AlreadyDone, DomainError
from bihuan.org import actions, queries
from bihuan.org.forms import (
    AppointForm,
    EndPostForm,
    HandOverForm,
    PeopleFilter,
    PersonForm,
    RegisterForm,
)
from bihuan.org.middleware import SignedIn
from bihuan.org.models import Appointment, Person
from bihuan.org.queries.people import list_people, open_posts
from bihuan.org.queries.trail import trail_of
from bihuan.org.roles import Cap
from bihuan.org.scope import accounts_within, people_within, units_within
from bihuan.org.views.doors import act, holding, submitted
from bihuan.ui.paging import paged

security = holding(Cap.MANAGE_POSTS)


@dataclass(frozen=True)
class HeldPost:
    """An appointment on a person's page, and whether the reader may end it."""

    post: Appointment
    is_ours: bool
    today: date

    @property
    def is_over(self) -> bool:
        return self.post.ends_on is not None and self.post.ends_on < self.today

    @property
    def is_future(self) -> bool:
        return self.post.starts_on > self.today


@require_safe
@security
def people(request: SignedIn) -> HttpResponse:
    """The people in the reader's part of the tree (人员)."""
    asked = PeopleFilter(request.GET)
    given = asked.cleaned_data if asked.is_valid() else {}
    rows = list_people(
        request.actor, text=given.get("q", ""), role=given.get("role", ""), state=given.get("state", "")
    )
    context = {"filter": asked, "vacant": queries.vacancies(request.actor).count()}
    part = "#list" if request.htmx else ""
    return render(request, f"org/people.html{part}", context | paged(request, rows))


@require_safe
@security
def vacancies(request: SignedIn) -> HttpResponse:
    """Posts that were held and are not any more (空岗)."""
    return render(request, "org/vacancies.html", paged(request, queries.vacancies(request.actor)))


@require_safe
@security
def person(request: SignedIn, pk: int) -> HttpResponse:
    """One person: account, posts now and before, trail."""
    return person_page(request, pk)


@require_http_methods(["GET", "POST"])
@security
def person_new(request: SignedIn) -> HttpResponse:
    """Open an account (登记人员)."""
    initial = {"home": request.GET.get("unit") or request.post.unit_id}
    form = RegisterForm(request.POST or None, initial=initial, actor=request.actor)

    def deed() -> Person:
        given = form.cleaned_data | {"home_id": form.cleaned_data["home"].pk}
        fields = ("username", "name", "email", "mobile", "home_id")
        return actions.register_person(actor=request.actor, **{name: given[name] for name in fields})

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        return redirect("person-appoint", outcome.made_id)
    return render(request, "org/person_form.html", {"form": form}, status=outcome.status)


@require_http_methods(["GET", "POST"])
@security
def person_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Correct the particulars of a person."""
    shown = get_object_or_404(accounts_within(request.actor, Cap.MANAGE_POSTS), pk=pk)
    is_sent = request.method == "POST"
    form = PersonForm(request.POST, actor=request.actor) if is_sent else PersonForm.of(shown, request.actor)

    def deed() -> Person:
        given = dict(form.cleaned_data)
        home = given.pop("home")
        return actions.edit_person(person_id=pk, actor=request.actor, home_id=home.pk, **given)

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        messages.success(request, _("已保存"))
        return redirect("person", pk)
    context = {"form": form, "person": shown}
    return render(request, "org/person_form.html", context, status=outcome.status)


@require_http_methods(["GET", "POST"])
@security
def person_appoint(request: SignedIn, pk: int) -> HttpResponse:
    """Give the person a role in a unit (任职)."""
    shown = get_object_or_404(people_within(request.actor, Cap.MANAGE_POSTS), pk=pk)
    form = AppointForm(request.POST or None, initial={"unit": shown.home_id}, actor=request.actor)

    def deed() -> Appointment:
        given = dict(form.cleaned_data)
        unit = given.pop("unit")
        return actions.appoint(actor=request.actor, person_id=pk, unit_id=unit.pk, **given)

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        messages.success(request, _("已任职"))
        return redirect("person", pk)
    context = {"form": form, "person": shown}
    return render(request, "org/appoint.html", context, status=outcome.status)


@require_http_methods(["GET", "POST"])
@security
def appointment_end(request: SignedIn, pk: int) -> HttpResponse:
    """Let one appointment end (离任)."""
    units = units_within(request.actor, Cap.MANAGE_POSTS).values("pk")
    rows = Appointment.objects.filter(unit__in=units).select_related("person", "unit")
    post = get_object_or_404(rows, pk=pk)
    form = EndPostForm(request.POST or None)

    def deed() -> Appointment:
        return actions.end_appointment(appointment_id=pk, actor=request.actor, **form.cleaned_data)

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        messages.success(request, _("已办理离任"))
        return redirect("person", post.person_id)
    context = {"form": form, "ending": post}
    return render(request, "org/appointment_end.html", context, status=outcome.status)


@require_http_methods(["GET", "POST"])
@security
def hand_over(request: SignedIn, pk: int) -> HttpResponse:
    """Everything a leaver hands over, on one page (离任交接)."""
    leaver = get_object_or_404(people_within(request.actor, Cap.MANAGE_POSTS), pk=pk)
    open_here = open_posts(leaver, request.actor)
    form = HandOverForm(request.POST or None, actor=request.actor, leaver=leaver, posts=open_here)

    def deed() -> Any:
        return actions.hand_over(
            person_id=pk,
            actor=request.actor,
            last_on=form.cleaned_data["last_on"],
            successors=form.successors(),
            at_once=form.cleaned_data["at_once"],
        )

    outcome = submitted(request, form, deed)
    if outcome.is_done:
        messages.success(request, _("已办理交接"))
        return redirect("person", pk)
    context = {"form": form, "person": leaver, "open": open_here}
    return render(request, "org/hand_over.html", context, status=outcome.status)


@require_POST
@never_cache
@security
def password_reset(request: SignedIn, pk: int) -> HttpResponse:
    """Issue a password that must be changed; this answer is the only place where it is ever shown."""
    password = ""
    try:
        password = actions.reset_password(person_id=pk, actor=request.actor)
    except AlreadyDone:
        messages.warning(request, _("密码此前已经重置。如没有记下，请再重置一次。"))
    except Person.DoesNotExist:
        get_object_or_404(people_within(request.actor, Cap.MANAGE_POSTS), pk=pk)
        messages.error(request, _("此人在您管理范围之外还有岗位，请上级安全管理员重置。"))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return person_page(request, pk, password=password) if password else redirect("person", pk)


@require_POST
@security
def person_retire(request: SignedIn, pk: int) -> HttpResponse:
    """Close the account at once."""
    return _settle(request, pk, actions.retire_person, _("账号已停用"))


@require_POST
@security
def person_restore(request: SignedIn, pk: int) -> HttpResponse:
    """Open a closed account again."""
    return _settle(request, pk, actions.restore_person, _("账号已恢复"))


def person_page(request: SignedIn, pk: int, **more: Any) -> HttpResponse:
    rows = people_within(request.actor, Cap.MANAGE_POSTS).select_related("home")
    shown = get_object_or_404(rows, pk=pk)
    today = clock.today()
    posts = list(shown.appointments.select_related("unit", "successor").order_by("-starts_on", "-id"))
    reached = set(
        units_within(request.actor, Cap.MANAGE_POSTS)
        .filter(pk__in={post.unit_id for post in posts})
        .values_list("pk", flat=True)
    )
    held = [HeldPost(post, post.unit_id in reached, today) for post in posts]
    context = {
        "person": shown,
        "is_oneself": shown.pk == request.actor.person_id,
        "is_ours": accounts_within(request.actor, Cap.MANAGE_POSTS).filter(pk=pk).exists(),
        "open": [one for one in held if not one.is_over],
        "over": [one for one in held if one.is_over],
        "trail": trail_of(shown, *posts),
    }
    return render(request, "org/person.html", context | more)


def _settle(request: SignedIn, pk: int, deed: Any, said: str) -> HttpResponse:
    get_object_or_404(people_within(request.actor, Cap.MANAGE_POSTS), pk=pk)
    act(request, lambda: deed(person_id=pk, actor=request.actor), said)
    return redirect("person", pk)
