"""Uploading in pieces or at once, and downloading. Programs and scripts talk to these; pages embed them."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bihuan.documents import access, incoming
from bihuan.documents.actions import date_evidence, discard_file, receive_file, record_reading
from bihuan.documents.forms import EvidenceForm, PeriodForm
from bihuan.documents.models import File
from bihuan.documents.queries import receipt
from bihuan.documents.uploads import receive_with_form
from bihuan.kernel.errors import DomainError, NotPermitted
from bihuan.org.middleware import SignedIn

PIECE = 64 * 1024

View = Callable[..., HttpResponse]


def answering(view: View) -> View:
    """Answers in JSON to a program that uploads, its errors too: 401 asks it to sign in and go on."""

    @wraps(view)
    def answer(request: SignedIn, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor is None:
            return JsonResponse(
                {"code": "sign_in", "message": _("登录已过期，请重新登录后继续上传")}, status=401
            )
        try:
            return view(request, *args, **kwargs)
        except incoming.OutOfPlace as gap:
            return _refusal(gap, 409, offset=gap.offset)
        except NotPermitted as refusal:
            return _refusal(refusal, 403)
        except DomainError as refusal:
            return _refusal(refusal, 422)
        except File.DoesNotExist as missing:
            raise Http404 from missing

    return answer


@require_POST
@answering
def upload_at_once(request: SignedIn) -> HttpResponse:
    """Take files sent with a form (field `file`, any number), and give a receipt for each."""
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "form", "errors": form.errors}, status=422)
    period = {key: form.cleaned_data[key] for key in ("evidence_on", "evidence_until")}
    files = receive_with_form(request.actor, request.FILES.getlist("file"), **period)
    return JsonResponse({"receipts": [receipt(file) for file in files]}, status=201)


@require_http_methods(["GET", "POST"])
@answering
def upload(request: SignedIn, upload_id: UUID) -> HttpResponse:
    """Say how much of an upload has arrived (GET), or take its next piece (POST, the body as it is).

    Headers: `Upload-Offset`, `Upload-Length` of the whole, `Upload-Name` percent-encoded.
    """
    actor = request.actor
    if done := File.objects.filter(uploaded_by=actor.person_id, upload_id=upload_id).first():
        return JsonResponse({"offset": done.content.size, "receipt": receipt(done)})
    if request.method != "POST":
        return JsonResponse({"offset": incoming.offset_of(actor, upload_id)})
    try:
        offset, length = (int(request.headers[f"Upload-{name}"]) for name in ("Offset", "Length"))
        name = unquote(request.headers["Upload-Name"], errors="strict")
    except (KeyError, ValueError):
        return JsonResponse({"code": "headers", "message": _("上传请求不完整")}, status=400)
    arrived = incoming.receive_piece(
        actor, upload_id, name=name, offset=offset, length=length, pieces=_pieces(request)
    )
    return JsonResponse({"offset": arrived})


@require_POST
@answering
def upload_complete(request: SignedIn, upload_id: UUID) -> HttpResponse:
    """Accept an upload whose pieces have all arrived, and give its receipt; asked again, the same one."""
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "form", "errors": form.errors}, status=422)
    with incoming.complete(request.actor, upload_id) as stream:
        if stream is None:
            file = get_object_or_404(File, uploaded_by=request.actor.person_id, upload_id=upload_id)
            return JsonResponse(receipt(file))
        file = receive_file(actor=request.actor, upload_id=upload_id, stream=stream, **form.cleaned_data)
    return JsonResponse(receipt(file), status=201)


@require_POST
@answering
def file_date(request: SignedIn, file_id: int) -> HttpResponse:
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "form", "errors": form.errors}, status=422)
    return JsonResponse(receipt(date_evidence(actor=request.actor, file_id=file_id, **form.cleaned_data)))


@require_POST
@answering
def file_discard(request: SignedIn, file_id: int) -> HttpResponse:
    discard_file(actor=request.actor, file_id=file_id)
    return HttpResponse(status=204)


@require_safe
@login_required
def file(request: SignedIn, file_id: int) -> FileResponse:
    """Give a file to whom a context lets read it; to anybody else it does not exist.

    Always as a download, except that a picture may be looked at in the page (`?view`).
    """
    found = get_object_or_404(File.objects.select_related("content"), pk=file_id)
    if not access.may_read(request.actor, found):
        raise Http404
    if access.is_sensitive(found):
        record_reading(actor=request.actor, file_id=found.pk)
    in_page = "view" in request.GET and found.kind.is_image
    response = FileResponse(
        found.content.stored.open("rb"),
        as_attachment=not in_page,
        filename=found.name,
        content_type=found.kind.media_type,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _pieces(request: SignedIn) -> Iterator[bytes]:
    while piece := request.read(PIECE):
        yield piece


def _refusal(refusal: DomainError, status: int, **more: int) -> JsonResponse:
    told = {"code": refusal.code, "message": str(refusal), "field": refusal.field, **more}
    return JsonResponse(told, status=status)
