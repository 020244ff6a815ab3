"""Keeping views of registers, and taking lists along as files."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app as jobs

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import AlreadyDone, DomainError, IllegalMove, Refused
from bihuan.kernel.listing import Register
from bihuan.kernel.transactions import action, step
from bihuan.ledger.book import append, is_repeat, once
from bihuan.ledger.rules import digest
from bihuan.org.models import Appointment
from bihuan.org.roles import Cap
from bihuan.registers.models import Export, SavedView
from bihuan.registers.queries import filter_of, register_named, shares_below

SERVE = "registers.serve_export"
MOST_VIEWS = 50  # of one person for one register
MOST_AT_ONCE = 3  # exports of one person that are not finished
SILENT = timedelta(seconds=60)  # a writer of whom nothing was heard for so long is gone
LONGEST_QUERY = 4000  # characters of a filter


@action
def save_view(
    *,
    actor: Actor,
    register_key: str,
    name: str,
    query: str = "",
    columns: Sequence[str] = (),
    order: str = "",
    shared: str = SavedView.Shared.NOBODY,
) -> SavedView:
    """Keep a filter, columns and an order under a name (保存视图). Refused if one's own has that name already."""
    once("registers.view.saved", actor=actor)
    found = _register(register_key, actor)
    view = SavedView(
        register=found.key,
        name=_name(name),
        owner_id=actor.person_id or 0,
        unit_id=actor.unit_id or 0,
        shared=_shared(shared, actor),
        query=_query(query),
        columns=_columns(found, columns),
        order=_order(found, order),
        saved_at=clock.now(),
    )
    _lock_names(view.owner_id)
    own = SavedView.objects.filter(owner_id=view.owner_id, register=found.key)
    if own.filter(name=view.name).exists():
        raise Refused(
            _("您已有一个同名的视图，请换个名称，或打开那个视图后修改"), code="name_taken", field="name"
        )
    if own.count() >= MOST_VIEWS:
        raise Refused(_("一个台账最多保存 %(n)d 个视图，请先删去不用的") % {"n": MOST_VIEWS}, code="too_many")
    view.save()
    append(
        "registers.view.saved",
        actor=actor,
        subject=view,
        register=found.key,
        shared=view.shared,
        columns=view.columns,
    )
    return view


@action
def change_view(
    *,
    view_id: int,
    actor: Actor,
    name: str | None = None,
    shared: str | None = None,
    query: str | None = None,
    columns: Sequence[str] | None = None,
    order: str | None = None,
) -> SavedView:
    """Rename one's own view, share it with others, or let it show something else (修改视图)."""
    view = _take_view(view_id, actor)
    found = _register(view.register, actor)
    if name is not None:
        view.name = _name(name)
        _lock_names(view.owner_id)
        others = SavedView.objects.filter(owner_id=view.owner_id, register=view.register, name=view.name)
        if others.exclude(pk=view.pk).exists():
            raise Refused(_("您已有一个同名的视图"), code="name_taken", field="name")
    if shared is not None:
        view.shared = _shared(shared, actor)
    if query is not None:
        view.query = _query(query)
    if columns is not None:
        view.columns = _columns(found, columns)
    if order is not None:
        view.order = _order(found, order)
    view.unit_id = actor.unit_id or 0  # 本单位 is the unit one acts in, not one that one has left
    view.saved_at = clock.now()
    view.save()
    append("registers.view.changed", actor=actor, subject=view, shared=view.shared, columns=view.columns)
    return view


@action
def drop_view(*, view_id: int, actor: Actor) -> None:
    """Forget one's own view (删除视图); what was exported by it stays."""
    view = _take_view(view_id, actor)
    append("registers.view.dropped", actor=actor, subject=view)
    view.delete()


@action
def ask_export(
    *,
    actor: Actor,
    register_key: str,
    form: str = Export.Form.XLSX,
    query: str = "",
    columns: Sequence[str] = (),
    order: str = "",
    title: str = "",
    paper: str = "",
) -> Export:
    """Ask for a list as a file (导出台账). A job writes it; the ledger keeps who took which columns of what."""
    once("registers.export.asked", actor=actor)
    found = _register(register_key, actor)
    if form not in Export.Form.values:
        raise Refused(_("只能导出 xlsx 或 csv"), code="unknown_form", field="form")
    if paper not in Export.Paper.values:
        raise Refused(_("纸张只有 A4 和 A3"), code="unknown_paper", field="paper")
    mine = Export.objects.filter(asked_by=actor.person_id).unfinished()  # type: ignore[misc]
    if mine.count() >= MOST_AT_ONCE:
        raise Refused(
            _("您已有 %(n)d 个导出正在生成，请等其中一个完成") % {"n": MOST_AT_ONCE}, code="too_many"
        )
    export = Export.objects.create(  # type: ignore[misc]  # the columns refuse the system
        register=found.key,
        title=title.strip()[:80] or str(found.title),
        query=_query(query),
        columns=_columns(found, columns),
        order=_order(found, order),
        form=form,
        paper=paper,
        language=translation.get_language() or "zh-hans",
        asked_by=actor.person_id,
        appointment_id=actor.appointment_id,
        asked_at=clock.now(),
    )
    append(
        "registers.export.asked",
        actor=actor,
        subject=export,
        register=found.key,
        form=export.form,
        columns=export.columns,
        filter=digest(export.query) if export.query else None,
    )
    jobs.configure_task(SERVE).defer(export_id=export.pk)
    return export


@action
def finish_export(*, export_id: int, actor: Actor, stored: str, rows: int, size: int, content: str) -> Export:
    """Note that the file is there (`content` is its digest), and until when."""
    export = _lock(export_id)
    if export.state != Export.State.RUNNING:
        raise IllegalMove(stage=export.state)
    export.state, export.stored, export.written, export.total = Export.State.DONE, stored, rows, rows
    export.size, export.digest, export.finished_at = size, content, clock.now()
    export.expires_at = export.finished_at + timedelta(hours=settings.EXPORT_HOURS)
    export.save()
    append("registers.export.finished", actor=actor, subject=export, rows=rows, size=size, digest=content)
    return export


@action
def fail_export(*, export_id: int, actor: Actor, fault: DomainError) -> Export:
    """Note why there is no file."""
    export = _lock(export_id)
    if export.is_over:
        raise AlreadyDone()
    export.state, export.fault, export.finished_at = Export.State.FAILED, str(fault)[:200], clock.now()
    export.save(update_fields=["state", "fault", "finished_at"])
    append("registers.export.failed", actor=actor, subject=export, reason=fault.code)
    return export


@action
def drop_export(*, export_id: int, actor: Actor) -> None:
    """Remove one's own file before it expires (删除台账文件); of one that is still written, the wish for it."""
    export = Export.objects.within(actor, Cap.VIEW).select_for_update(of=("self",)).get(pk=export_id)
    if is_repeat(export, actor) or export.state == Export.State.EXPIRED:
        raise AlreadyDone()
    append("registers.export.dropped", actor=actor, subject=export)
    _remove_file(export)


@action
def expire_export(*, export_id: int, actor: Actor) -> None:
    """Remove a file whose time is over."""
    export = _lock(export_id)
    if export.state != Export.State.DONE or export.expires_at is None or export.expires_at > clock.now():
        raise AlreadyDone()
    append("registers.export.expired", actor=actor, subject=export)
    _remove_file(export)


@step
def begin_export(export_id: int) -> Export | None:
    """Take an export up, also from a writer who is gone; nothing if somebody has it or it is done."""
    export = _lock(export_id)
    silent = export.beat_at is not None and export.beat_at < clock.now() - SILENT
    if export.state == Export.State.WAITING or (export.state == Export.State.RUNNING and silent):
        export.state, export.written, export.beat_at = Export.State.RUNNING, 0, clock.now()
        export.save(update_fields=["state", "written", "beat_at"])
        return export
    return None


@step
def note_progress(export_id: int, written: int, total: int | None = None) -> bool:
    """How far the writer is; whether the file is still wanted. No entry: nothing has happened yet."""
    rows = Export.objects.filter(pk=export_id, state=Export.State.RUNNING)
    said = {"total": total} if total is not None else {}
    return bool(rows.update(written=written, beat_at=clock.now(), **said))


def poster_of(export: Export) -> Appointment | None:
    """The post in which an export was asked for, if it still holds."""
    return Appointment.objects.current(clock.today()).filter(pk=export.appointment_id).first()


@step
def _remove_file(export: Export) -> None:
    stored = export.stored
    export.state, export.stored, export.expires_at = Export.State.EXPIRED, "", clock.now()
    export.save(update_fields=["state", "stored", "expires_at"])
    if stored:
        transaction.on_commit(lambda: default_storage.delete(stored))


@step
def _lock_names(owner_id: int) -> None:
    """Wait until nobody else is about to give a view of this owner a name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"view names {owner_id}"])


def _lock(export_id: int) -> Export:
    return Export.objects.select_for_update().get(pk=export_id)


def _take_view(view_id: int, actor: Actor) -> SavedView:
    view = SavedView.objects.within(actor, Cap.HANDLE).select_for_update(of=("self",)).get(pk=view_id)
    if is_repeat(view, actor):
        raise AlreadyDone()
    return view


def _register(key: str, actor: Actor) -> Register:
    found = register_named(key, actor)
    if found is None:
        raise Refused(_("没有这个台账"), code="unknown_register", field="register_key")
    return found


def _columns(register: Register, keys: Sequence[str]) -> list[str]:
    known = {column.key for column in register.columns}
    if unknown := [key for key in keys if key not in known]:
        raise Refused(
            _("没有这一列：%(name)s") % {"name": unknown[0][:40]}, code="unknown_column", field="columns"
        )
    return [column.key for column in register.chosen(list(keys))]


def _order(register: Register, key: str) -> str:
    if key and key not in {order.key for order in register.orders}:
        raise Refused(_("不能这样排序"), code="unknown_order", field="order")
    return register.order(key).key


def _query(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise Refused(_("筛选条件太长"), code="too_long", field="query")
    return filter_of(QueryDict(query))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Refused(_("请给视图起个名称"), code="required", field="name")
    if len(name) > 40:
        raise Refused(_("视图名称不超过 40 字"), code="too_long", field="name")
    return name


def _shared(shared: str, actor: Actor) -> str:
    """Views are shared with those below by whoever oversees them (DESIGN §5); a handler's reach is the own unit."""
    if shared not in SavedView.Shared.values:
        raise Refused(_("请选择共享范围"), code="unknown_choice", field="shared")
    if shared == SavedView.Shared.BELOW and not shares_below(actor):
        raise Refused(_("共享给下级须是督查、领导等能查看下级的岗位"), code="own_unit_only", field="shared")
    return shared
