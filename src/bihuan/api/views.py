from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _said
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from bihuan.api.actions import grant_token, revoke_token
from bihuan.api.models import Token
from bihuan.kernel.errors import AlreadyDone


class TokenForm(forms.Form):
    label = forms.CharField(label=_("用途"), max_length=50, help_text=_("例如：与办公系统对接"))
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=366, initial=90)


@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """My tokens (接口令牌); a new one's text is shown once."""
    form, text, status = TokenForm(), "", 200
    if request.method == "POST" and request.post:  # type: ignore[attr-defined]
        form = TokenForm(request.POST)
        if form.is_valid():
            try:
                _token, text = grant_token(actor=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
            except AlreadyDone:  # sent twice: the first answer had the text, and nobody has it any more
                messages.warning(request, _said("令牌已经发放。没有抄存的，请收回后重新发放"))
            form = TokenForm()
        else:
            status = 422
    own = Token.objects.filter(appointment__person=request.user.pk).select_related("appointment__unit")
    context = {"tokens": own.order_by("-granted_at"), "form": form, "text": text}
    return render(request, "api/tokens.html", context, status=status)


@login_required
@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    get_object_or_404(Token, pk=token_id, appointment__person=request.user.pk, revoked_at__isnull=True)
    revoke_token(actor=request.actor, token_id=token_id)  # type: ignore[attr-defined]
    return redirect("tokens")
