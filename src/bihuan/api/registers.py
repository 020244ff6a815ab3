"""Registers for programs (台账): what there is, a page of rows, and files that were asked for."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema

from bihuan.kernel.errors import DomainError
from bihuan.kernel.listing import Column
from bihuan.org.roles import Cap
from bihuan.registers.models import Export, SavedView
from bihuan.registers.queries import Asked, exports_of, page_of, register_named, registers_for, understood


class ColumnOut(Schema):
    """A column: its key for `col`, its title, and whether it is shown unless one says otherwise."""

    key: str
    title: str
    usual: bool


class RegisterOut(Schema):
    """A register, its columns and the keys of its orders, the usual one first."""

    key: str
    title: str
    columns: list[ColumnOut]
    orders: list[str]


class RowsOut(Schema):
    """A page of a register; `count` stops at one more than 1,000; `next` is the cursor of the page after it, if any."""

    columns: list[ColumnOut]
    rows: list[dict[str, Any]]
    count: int
    next: str | None


class ViewOut(Schema):
    """A saved view (视图); its rows are always the reader's own."""

    id: int
    register_key: str
    name: str
    shared: str
    query: str
    columns: list[str]
    order: str
    is_mine: bool


class ExportOut(Schema):
    """A file that was asked for (导出): `done` means it can be fetched until `expires_at`."""

    id: int
    register_key: str
    title: str
    form: str
    state: str
    total: int | None
    written: int
    size: int | None
    digest: str
    fault: str
    asked_at: datetime
    expires_at: datetime | None

    @staticmethod
    def resolve_register_key(row: Export) -> str:
        return row.register


def registers(request: HttpRequest) -> Any:
    """The registers that the caller may open."""
    return [
        {
            "key": one.key,
            "title": str(one.title),
            "columns": _columns(one.columns),
            "orders": [order.key for order in one.orders],
        }
        for one in registers_for(request.auth)  # type: ignore[attr-defined]
    ]


def register(request: HttpRequest, key: str) -> Any:
    """A page of rows; filter as in the address of its page, `col` for each column, `order`; `after` is a cursor."""
    asked = _asked(request, key)
    after = request.GET.get("after", "")
    page = page_of(asked, after=after)
    if after and page.number == 1:
        raise DomainError(_("游标无效"), code="bad_cursor", field="after")
    keys = [column.key for column in asked.columns]
    return {
        "columns": _columns(asked.columns),
        "rows": [{"key": line.key} | dict(zip(keys, line.cells, strict=True)) for line in page.lines],
        "count": page.count,
        "next": page.after or None,
    }


def views(request: HttpRequest) -> Any:
    """The caller's own views and those shared with their unit."""
    actor = request.auth  # type: ignore[attr-defined]
    return [
        {name: getattr(one, name) for name in ("name", "shared", "query", "columns", "order")}
        | {"id": one.pk, "register_key": one.register, "is_mine": one.owner_id == actor.person_id}
        for one in SavedView.objects.within(actor, Cap.VIEW).order_by("register", "name", "pk")
    ]


def exports(request: HttpRequest) -> Any:
    """The files that the caller asked for, the latest first."""
    return exports_of(request.auth)[:50]  # type: ignore[attr-defined]


def export(request: HttpRequest, object_id: int) -> Any:
    """How far a file is."""
    return exports_of(request.auth).get(pk=object_id)  # type: ignore[attr-defined]


def export_file(request: HttpRequest, object_id: int) -> HttpResponseBase:
    """The file itself, while it is kept."""
    found = exports_of(request.auth).get(pk=object_id)  # type: ignore[attr-defined]
    if found.state != Export.State.DONE or not default_storage.exists(found.stored):
        raise ObjectDoesNotExist
    name = f"{found.title}-{found.asked_at:%Y%m%d}.{found.form}"
    return FileResponse(default_storage.open(found.stored), as_attachment=True, filename=name)


def add_to(api: NinjaAPI) -> None:
    """Offer the reading of registers.

    On the API itself and not as a router of its own: what is read here and made there shares an address, which answers
    405 where the two do not know of each other.
    """
    api.get("registers", response=list[RegisterOut], url_name="registers", tags=["台账"])(registers)
    api.get("registers/{slug:key}", response=RowsOut, url_name="register", tags=["台账"])(register)
    api.get("views", response=list[ViewOut], url_name="views", tags=["台账"])(views)
    api.get("exports", response=list[ExportOut], url_name="exports", tags=["台账"])(exports)
    api.get("exports/{int:object_id}", response=ExportOut, url_name="export", tags=["台账"])(export)
    api.get("exports/{int:object_id}/file", url_name="export_file", tags=["台账"])(export_file)


def _asked(request: HttpRequest, key: str) -> Asked:
    actor = request.auth  # type: ignore[attr-defined]
    found = register_named(key, actor)
    if found is None:
        raise ObjectDoesNotExist
    return understood(found, actor, request.GET)


def _columns(columns: Iterable[Column]) -> list[dict[str, Any]]:
    return [{"key": one.key, "title": str(one.title), "usual": one.chosen} for one in columns]
