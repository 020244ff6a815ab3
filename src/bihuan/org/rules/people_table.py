"""What an uploaded table of people and their posts would do. One row is one post; accounts may repeat."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

from django.utils.translation import gettext as _

from bihuan.org.roles import Role
from bihuan.org.rules.tables import Column, Row, RowError, Table, day_in, error_at
from bihuan.ui.wording import say_list

COLUMNS = (
    Column("username", "账号", ("用户名", "登录名"), is_required=True, width=18),
    Column("name", "姓名", is_required=True, width=12),
    Column("unit", "单位", ("单位名称", "所在单位", "单位代码"), is_required=True, width=28),
    Column("role", "角色", ("岗位角色",), is_required=True, width=14),
    Column("title", "职务", ("岗位",), width=18),
    Column("starts_on", "任职日期", width=12),
    Column("ends_on", "离任日期", width=12),
    Column("mobile", "手机号", ("手机", "联系电话"), width=14),
    Column("email", "电子邮箱", ("邮箱",), width=24),
)
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{2,63}")
MOBILE = re.compile(r"[0-9+ -]{5,20}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """An account as the database has it. `is_ours`: within the reach of whoever imports."""

    id: int
    username: str
    name: str
    mobile: str
    email: str
    is_active: bool
    is_ours: bool


@dataclass(frozen=True, slots=True)
class KnownPost:
    """An appointment that holds or will hold."""

    id: int
    person_id: int
    unit_id: int
    role: str
    title: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit in which people may be appointed by whoever imports."""

    id: int
    names: tuple[str, ...]  # name, short name
    code: str


@dataclass(slots=True)
class PlannedPost:
    """A post to begin (`id` None) or to change in title or last day, by a known account or a new one."""

    row: int
    id: int | None
    username: str
    unit_id: int
    role: str
    title: str
    starts_on: date
    ends_on: date | None


@dataclass(slots=True)
class PeoplePlan:
    people: dict[str, dict[str, str]] = field(default_factory=dict)  # new accounts
    corrected: dict[int, dict[str, str]] = field(default_factory=dict)  # fields of known ones
    added: list[PlannedPost] = field(default_factory=list)
    changed: list[PlannedPost] = field(default_factory=list)
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Changes whenever anything of the plan does."""
        text = repr((self.people, self.corrected, self.added, self.changed, self.unchanged, self.errors))
        return hashlib.sha256(text.encode()).hexdigest()


def plan_people(
    table: Table,
    people: Sequence[KnownPerson],
    posts: Sequence[KnownPost],
    places: Sequence[Place],
    *,
    today: date,
    oneself: int | None = None,
) -> PeoplePlan:
    """The plan for a table of people. `oneself` is the importing person, who may not appoint themselves."""
    return _Planner(table, people, posts, places, today, oneself).plan()


class _Stop(Exception):
    """The row is wrong; the error is noted already."""


class _Planner:
    def __init__(
        self,
        table: Table,
        people: Sequence[KnownPerson],
        posts: Sequence[KnownPost],
        places: Sequence[Place],
        today: date,
        oneself: int | None,
    ):
        self.table, self.today, self.oneself = table, today, oneself
        self.people = {person.username: person for person in people}
        self.posts = {(post.person_id, post.unit_id, post.role): post for post in posts}
        self.roles = {str(label): value for value, label in Role.choices}
        self.places: dict[str, list[Place]] = {}
        for place in places:
            for text in {*place.names, place.code, f"#{place.id}"} - {""}:
                self.places.setdefault(text, []).append(place)
        self.first_row: dict[str, Row] = {}  # of each account
        self.seats: dict[tuple[str, int, str], int] = {}
        self.result = PeoplePlan(errors=list(table.errors))

    def plan(self) -> PeoplePlan:
        bad = {error.row for error in self.table.errors}
        for row in self.table.rows:
            if row.number not in bad:
                try:
                    self._settle(row)
                except _Stop:
                    continue
        self.result.errors.sort(key=lambda error: (error.row, error.column))
        return self.result

    def _settle(self, row: Row) -> None:
        known = self._account(row)
        place, role = self._place(row), self._role(row)
        seat = (row["username"], place.id, role)
        if self.seats.setdefault(seat, row.number) != row.number:
            message = _("与第 {row} 行重复：同一人、同一单位、同一角色").format(row=self.seats[seat])
            self._stop(row, "role", message, "twice_in_file")
        starts_on, ends_on = self._date(row, "starts_on"), self._date(row, "ends_on")
        post = self.posts.get((known.id, place.id, role)) if known else None
        if post is None:
            self._begin(row, known, place, role, starts_on or self.today, ends_on)
        else:
            self._change(row, post, starts_on, ends_on)
        self._note_person(row, known)

    def _refuse_oneself(self, row: Row, person_id: int | None) -> None:
        if person_id is not None and person_id == self.oneself:
            self._stop(row, "username", _("不能为自己任免岗位"), "own_post")

    def _account(self, row: Row) -> KnownPerson | None:
        self._need(row, "username", USERNAME, _("账号须为 3 至 64 位字母、数字或 _ . @ -"))
        if not row["name"] or len(row["name"]) > 50:
            self._stop(row, "name", _("请填写姓名，不超过 50 个字"), "name_missing")
        if row["mobile"]:
            self._need(row, "mobile", MOBILE, _("手机号只能由数字、空格、+ 和 - 组成"))
        if row["email"]:
            self._need(row, "email", EMAIL, _("电子邮箱的写法不对"))
        known = self.people.get(row["username"])
        if known and not known.is_ours:
            self._stop(row, "username", _("账号已被管理范围以外的人员使用"), "out_of_reach")
        if known and not known.is_active:
            self._stop(row, "username", _("账号已停用，请先恢复"), "person_retired")
        first = self.first_row.setdefault(row["username"], row)
        for key in ("name", "mobile", "email"):
            if row[key] and first[key] and row[key] != first[key]:
                message = _("与第 {row} 行同一账号的“{value}”不一致").format(
                    row=first.number, value=first[key]
                )
                self._stop(row, key, message, "person_differs")
        return known

    def _place(self, row: Row) -> Place:
        found = self.places.get(row["unit"], [])
        if not found:
            self._stop(row, "unit", _("管理范围内没有这个单位；请填其名称、代码或 # 加编号"), "unit_unknown")
        if len(found) > 1:
            message = _("有 {count} 个单位叫“{name}”，请改填代码或 # 加编号").format(
                count=len(found), name=row["unit"]
            )
            self._stop(row, "unit", message, "unit_ambiguous")
        return found[0]

    def _role(self, row: Row) -> str:
        if row["role"] not in self.roles:
            labels = say_list(str(label) for label in Role.labels)
            self._stop(row, "role", _("角色应为：{roles}").format(roles=labels), "role_unknown")
        return self.roles[row["role"]]

    def _date(self, row: Row, key: str) -> date | None:
        day = day_in(row[key]) if row[key] else None
        if row[key] and day is None:
            self._stop(row, key, _("日期应写作 2026-11-23"), "no_date")
        return day

    def _begin(
        self,
        row: Row,
        known: KnownPerson | None,
        place: Place,
        role: str,
        starts_on: date,
        ends_on: date | None,
    ) -> None:
        if ends_on is not None and ends_on < starts_on:
            self._stop(row, "ends_on", _("离任日期不能早于任职日期"), "ends_before_start")
        title = row["title"] or str(Role(role).label)
        if len(title) > 50:
            self._stop(row, "title", _("超过 {count} 个字").format(count=50), "too_long")
        if ends_on is not None and ends_on < self.today:
            if known is None:
                self._stop(row, "ends_on", _("离任日期已过，不必导入"), "post_over")
            self.result.unchanged += 1  # the same file again, after the post has run out
            return
        self._refuse_oneself(row, known.id if known else None)
        planned = PlannedPost(row.number, None, row["username"], place.id, role, title, starts_on, ends_on)
        self.result.added.append(planned)

    def _change(self, row: Row, post: KnownPost, starts_on: date | None, ends_on: date | None) -> None:
        if starts_on is not None and starts_on != post.starts_on:
            self._stop(row, "starts_on", _("已有任职的任职日期不能通过导入修改"), "starts_on_fixed")
        if ends_on is not None and ends_on < post.starts_on:
            self._stop(row, "ends_on", _("离任日期不能早于任职日期"), "ends_before_start")
        title, last = row["title"] or post.title, ends_on or post.ends_on
        if len(title) > 50:
            self._stop(row, "title", _("超过 {count} 个字").format(count=50), "too_long")
        if (title, last) == (post.title, post.ends_on):
            self.result.unchanged += 1
            return
        self._refuse_oneself(row, post.person_id)
        self.result.changed.append(
            PlannedPost(
                row.number, post.id, row["username"], post.unit_id, post.role, title, post.starts_on, last
            )
        )

    def _note_person(self, row: Row, known: KnownPerson | None) -> None:
        given = {key: row[key] for key in ("name", "mobile", "email") if row[key]}
        if known is None:
            self.result.people.setdefault(row["username"], {}).update(given)
        elif differing := {key: value for key, value in given.items() if getattr(known, key) != value}:
            self._refuse_oneself(row, known.id)
            self.result.corrected.setdefault(known.id, {}).update(differing)

    def _need(self, row: Row, key: str, pattern: re.Pattern[str], message: str) -> None:
        if not pattern.fullmatch(row[key]):
            self._stop(row, key, message, f"{key}_characters")

    def _stop(self, row: Row, key: str, message: str, code: str) -> NoReturn:
        self.result.errors.append(error_at(COLUMNS, row, key, message, code))
        raise _Stop
