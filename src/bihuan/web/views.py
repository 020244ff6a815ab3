"""The doors of the site: signing in and out, one's own page, errors, health."""

from contextlib import suppress
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bihuan.kernel.errors import AlreadyDone
from bihuan.ledger.queries import behind
from bihuan.org import actions
from bihuan.org.middleware import SignedIn
from bihuan.web.context import Shell
from bihuan.web.display import CHOICES, remember
from bihuan.web.forms import PasswordForm, SignInForm


class SignIn(LoginView):
    """Signing in (登录). Wrong attempts lock an account for the address they came from (`BIHUAN_SIGN_IN_…`)."""

    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_default_redirect_url(self) -> str:
        return resolve_url("home")  # only the next request knows the post

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        context = self.get_context_data(form=form, refusal=attempts_left(self.request))
        return self.render_to_response(context, status=422)


def attempts_left(request: HttpRequest) -> dict[str, Any]:
    """How often one may still try, and for how long one would be locked out."""
    credentials = {"username": request.POST.get("username", "")}
    limit = get_failure_limit(request, credentials)
    failures = AxesProxyHandler.get_failures(request, credentials)
    return {
        "left": max(limit - failures, 0),
        "limit": limit,
        "minutes": round(get_cool_off(request).total_seconds() / 60),
        "filled": bool(credentials["username"] and request.POST.get("password")),
    }


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """The sign-in page while it is locked (AXES_LOCKOUT_CALLABLE)."""
    refusal = attempts_left(request) | {"left": 0, "filled": True}
    form = SignInForm(request)
    return render(request, "web/sign_in.html", {"form": form, "refusal": refusal}, status=429)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


def home(request: HttpRequest) -> HttpResponse:
    """The bare address leads to the workbench."""
    return redirect(Shell(request).home_url())


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """One's own page (我的): posts, display, password, signing out."""
    return render(request, "web/me.html")


@login_required
@require_POST
def switch_post(request: SignedIn) -> HttpResponse:
    """Act in another of one's appointments from now on (切换岗位), starting at the workbench."""
    wanted = request.POST.get("appointment", "")
    if not any(str(post.pk) == wanted for post in request.posts):
        raise Http404
    actions.switch_post(person=request.user, appointment_id=int(wanted), actor=request.actor)
    return redirect("home")


@login_required
def change_password(request: SignedIn) -> HttpResponse:
    """Choose a password of one's own; the first thing to do with an issued one."""
    form = PasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with suppress(AlreadyDone):
            actions.choose_password(
                person=request.user, password=form.cleaned_data["new_password1"], actor=request.actor
            )
        update_session_auth_hash(request, request.user)
        messages.success(request, _("密码已更改"))
        return redirect(Shell(request).home_url())
    status = 422 if form.errors else 200
    return render(request, "web/password.html", {"form": form}, status=status)


@login_required
def counts(request: HttpRequest) -> HttpResponse:
    """The numbers of the navigation and the bell, asked for once a minute and after each action."""
    return render(request, "web/counts.html")


counts.is_polled = True  # type: ignore[attr-defined]  # it does not keep an idle session alive


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Remember how this browser shows pages, and go back."""
    response = redirect(way_back(request))
    for name in CHOICES:
        if name in request.POST:
            remember(response, name, request.POST[name])
    return response


def way_back(request: HttpRequest) -> str:
    """The page a small form was sent from, if it is one of ours."""
    asked = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if safe else resolve_url("sign-in")


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated: send people here."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:  # whatever it is, the answer is no; the log has the cause
        return JsonResponse({"status": "no database"}, status=503)
    if waiting:
        return JsonResponse({"status": "migrations pending", "count": len(waiting)}, status=503)
    lag = behind()  # for whoever watches; pages are served all the same
    return JsonResponse(
        {"status": "ok"} | ({"sealing_behind_seconds": int(lag.total_seconds())} if lag else {})
    )
