"""Who is there: a province, its prefectures and counties, universities, invented schools, people and posts."""

import csv
import io
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

from bihuan.kernel.actor import Actor, system
from bihuan.org import actions
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment, BusinessLine, ImportDraft, Unit, UnitGroup, UnitKind
from bihuan.org.queries.importing import plan_of
from bihuan.org.roles import Role
from bihuan.org.rules import people_table, unit_table
from bihuan.org.rules.tables import Column

PASSWORD = "Bihuan-2026"
FOUNDED = date(2020, 1, 1)

PROVINCE = "甘肃省教育厅"
COLLEGE = "兰州工业学院"
PROVINCE_OFFICES = {
    "办公室": "综合",
    "政策法规处": "综合",
    "基础教育处": "基础教育",
    "高等教育处": "高等教育",
    "职业教育与成人教育处": "职业教育",
    "教师工作处": "教师工作",
    "财务处": "财务",
    "学校安全处": "学校安全",
    "校外培训监管处": "基础教育",
}


ACCOUNTS = {
    (PROVINCE, Role.SUPERVISOR, 1): "省厅督查员：拟订方案、交办、审核、销号",
    (PROVINCE, Role.SUPERVISOR, 2): "省厅督查员（第二人）：初审与审定须两人",
    (PROVINCE, Role.LEADER, 1): "省厅领导：批示、审定、延期审批",
    (f"{PROVINCE}/基础教育处", Role.SUPERVISOR, 1): "省厅处室：代表省厅按业务线交办",
    ("酒泉市教育局", Role.SUPERVISOR, 1): "市局督查员：签收、分解下发、督办下级",
    ("酒泉市教育局", Role.HANDLER, 1): "市局承办人：签收、反馈、申报办结",
    ("酒泉市教育局", Role.LEADER, 1): "市局领导：本单位审签",
    ("敦煌市教育局", Role.SUPERVISOR, 1): "县局督查员",
    (COLLEGE, Role.SUPERVISOR, 1): "学院督查员：3 项任务 14 条措施 49 个着力点",
    (COLLEGE, Role.LEADER, 1): "学院领导",
    (f"{COLLEGE}/信息中心", Role.HANDLER, 1): "学院部门承办人",
    (f"{COLLEGE}/信息中心", Role.LEADER, 1): "学院部门负责人：审签",
    (PROVINCE, Role.SYSTEM_ADMIN, 1): "系统管理员：机构",
    (PROVINCE, Role.SECURITY_ADMIN, 1): "安全管理员：人员与岗位",
    (PROVINCE, Role.AUDIT_ADMIN, 1): "审计管理员：留痕",
}
"""The accounts one can sign in with, one for each role."""


def content(name: str) -> dict[str, Any]:
    """A file of invented content that ships with the demo."""
    return tomllib.loads((files("bihuan.demo") / "content" / name).read_text(encoding="utf-8"))


NAMES = content("names.toml")


@dataclass
class World:
    """Everybody by the names the stories use."""

    units: dict[str, Unit] = field(default_factory=dict)
    groups: dict[str, UnitGroup] = field(default_factory=dict)
    posts: dict[tuple[str, str, int], Appointment] = field(default_factory=dict)
    staff: dict[tuple[str, str, int], dict[str, Any]] = field(default_factory=dict)  # still to be imported
    draw: random.Random = field(default_factory=lambda: random.Random(20261123))

    def unit(self, name: str) -> Unit:
        return self.units[name]

    def actor(self, unit: str, role: str, number: int = 1) -> Actor:
        """Somebody in this role, with a fresh intention."""
        return actor_in(self.posts[unit, role, number])

    def holds(self, unit: str, role: str, number: int = 1) -> bool:
        return (unit, role, number) in self.posts

    def found(self, name: str, kind: str, parent: str | None = None, **facts: Any) -> Unit:
        unit = actions.found_unit(
            actor=system("demo"),
            name=name,
            kind=kind,
            parent_id=self.units[parent].pk if parent else None,
            sort_order=len(self.units),
            starts_on=FOUNDED,
            **facts,
        )
        self.units[f"{parent}/{name}" if kind == UnitKind.OFFICE else name] = unit
        return unit

    def appoint(self, unit: str, role: str, title: str, username: str, number: int = 1) -> None:
        """Somebody for a post: who is to sign in at once, the others with the next `import_people`."""
        name = self.draw.choice(NAMES["surnames"]) + self.draw.choice(NAMES["given"])
        if (unit, role, number) not in ACCOUNTS:
            self.staff[unit, role, number] = {
                "username": username,
                "name": name,
                "unit": f"#{self.units[unit].pk}",
                "role": str(Role(role).label),
                "title": title,
                "starts_on": FOUNDED,
            }
            return
        person = actions.register_person(
            actor=system("demo"), username=username, name=name, password=PASSWORD
        )
        self.posts[unit, role, number] = actions.appoint(
            actor=system("demo"),
            person_id=person.pk,
            unit_id=self.units[unit].pk,
            role=role,
            title=title,
            starts_on=FOUNDED,
        )

    def import_units(self, rows: list[dict[str, Any]]) -> None:
        """A table of units, each with a code, taken over by the system administrator as one."""
        self._import(ImportDraft.Subject.UNITS, unit_table.COLUMNS, rows, Role.SYSTEM_ADMIN)
        made = Unit.objects.in_bulk([row["code"] for row in rows], field_name="code")
        self.units |= {row["name"]: made[row["code"]] for row in rows}

    def import_people(self) -> None:
        """Everybody who was appointed since the last time, taken over by the security administrator as one table."""
        self._import(
            ImportDraft.Subject.PEOPLE, people_table.COLUMNS, list(self.staff.values()), Role.SECURITY_ADMIN
        )
        names = [row["username"] for row in self.staff.values()]
        made = {
            post.person.username: post
            for post in Appointment.objects.filter(person__username__in=names).select_related(
                "person", "unit"
            )
        }
        self.posts |= {key: made[row["username"]] for key, row in self.staff.items()}
        self.staff.clear()

    def _import(self, subject: str, columns: Sequence[Column], rows: list[dict[str, Any]], role: str) -> None:
        written = io.StringIO()
        table = csv.DictWriter(written, [column.key for column in columns])
        table.writerow({column.key: column.label for column in columns})
        table.writerows(rows)
        draft = actions.upload_import(
            actor=self.actor(PROVINCE, role),
            subject=subject,
            file_name=f"{subject}.csv",
            content=written.getvalue().encode(),
        )
        actor = self.actor(PROVINCE, role)
        take = actions.import_units if subject == ImportDraft.Subject.UNITS else actions.import_people
        take(draft_id=draft.pk, actor=actor, seen_digest=plan_of(draft, actor).digest)


def accounts() -> list[tuple[str, str, str]]:
    """What for, unit and post, account: of the demonstration in this database, if it is one."""
    found = []
    for (path, role, number), purpose in ACCOUNTS.items():
        *above, name = path.split("/")
        posts = Appointment.objects.filter(unit__name=name, role=role).order_by("pk").select_related("person")
        if above:
            posts = posts.filter(unit__parent__name=above[0])
        found += [
            (purpose, f"{path} · {post.title}", post.person.username) for post in posts[number - 1 : number]
        ]
    return found


def build(schools: int) -> World:
    """The organisation with its people; `schools` invented schools spread over the counties.

    The head is founded by hand; what lies below it comes as tables, as when an authority sets the program up.
    """
    world, places = World(), content("gansu.toml")
    _found_province(world)
    invented = _schools(places, schools)
    world.import_units([*_bureaus(places), *_institutions(places), *invented])
    for number, prefecture in enumerate(places["prefecture"], 1):
        _staff_prefecture(world, prefecture, number)
    for number, (_code, name, _seat) in enumerate(places["higher"]["schools"], 1):
        _staff(world, name, f"gx{number:02}", handler=name != COLLEGE)
    _found_college(world)
    for number, school in enumerate(invented[:30], 1):  # the others have no account yet: vacancies are listed
        world.appoint(school["name"], Role.LIAISON, "联络员", f"xx{number:04}")
    world.import_people()
    _group_units(world)
    return world


def _found_province(world: World) -> None:
    world.found(PROVINCE, UnitKind.AUTHORITY, region_code="620000", short_name="省教育厅")
    world.found("省财政厅", UnitKind.EXTERNAL)
    for name in dict.fromkeys(PROVINCE_OFFICES.values()):
        BusinessLine.objects.get_or_create(
            name=name, defaults={"code": f"L{BusinessLine.objects.count() + 1:02}"}
        )
    for number, (office, line) in enumerate(PROVINCE_OFFICES.items(), 1):
        unit = world.found(office, UnitKind.OFFICE, PROVINCE)
        unit.lines.add(BusinessLine.objects.get(name=line))
        world.appoint(f"{PROVINCE}/{office}", Role.SUPERVISOR, f"{office}副处长", f"st-c{number:02}")
        world.appoint(f"{PROVINCE}/{office}", Role.LEADER, f"{office}处长", f"st-c{number:02}-ld")
    world.appoint(PROVINCE, Role.SUPERVISOR, "督查室主任", "st-dc1")
    world.appoint(PROVINCE, Role.SUPERVISOR, "督查室一级主任科员", "st-dc2", 2)
    world.appoint(PROVINCE, Role.LEADER, "副厅长", "st-ld")
    world.appoint(PROVINCE, Role.SYSTEM_ADMIN, "系统管理员", "sys")
    world.appoint(PROVINCE, Role.SECURITY_ADMIN, "安全管理员", "sec")
    world.appoint(PROVINCE, Role.AUDIT_ADMIN, "审计管理员", "aud")


def _row(name: str, kind: str, parent: str, code: str, order: int, region: str = "") -> dict[str, Any]:
    """A unit as a line of the table to import; a parent is named by its code, or by its name if it has none."""
    return {
        "name": name,
        "kind": unit_table.LABELS[kind],
        "parent": parent,
        "code": code,
        "region_code": region,
        "sort_order": order,
        "starts_on": FOUNDED,
    }


def _bureaus(places: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for number, prefecture in enumerate(places["prefecture"], 1):
        code = prefecture["code"]
        rows.append(_row(f"{prefecture['name']}教育局", UnitKind.AUTHORITY, PROVINCE, code, number, code))
        for index, (county, name) in enumerate(prefecture["counties"], 1):
            rows.append(_row(f"{name}教育局", UnitKind.AUTHORITY, code, county, index, county))
    return rows


def _institutions(places: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        _row(name, UnitKind.INSTITUTION, PROVINCE, code, 100 + number)
        for number, (code, name, _seat) in enumerate(places["higher"]["schools"])
    ]


def _staff_prefecture(world: World, prefecture: dict[str, Any], number: int) -> None:
    _staff(world, f"{prefecture['name']}教育局", f"sz{number:02}", handler=True)
    for index, (_code, name) in enumerate(prefecture["counties"], 1):
        county = f"{name}教育局"
        world.appoint(county, Role.SUPERVISOR, "督导室主任", f"sz{number:02}-x{index:02}")
        world.appoint(county, Role.LEADER, "局长", f"sz{number:02}-x{index:02}-ld")


def _staff(world: World, unit: str, prefix: str, *, handler: bool) -> None:
    bureau = unit.endswith("教育局")
    world.appoint(unit, Role.SUPERVISOR, "督查室主任" if bureau else "督查督办科科长", f"{prefix}-dc1")
    world.appoint(unit, Role.LEADER, "副局长" if bureau else "副校（院）长", f"{prefix}-ld")
    if handler:
        world.appoint(unit, Role.HANDLER, "督查室科员" if bureau else "办公室秘书", f"{prefix}-cb")


def _found_college(world: World) -> None:
    for number, office in enumerate(NAMES["college_offices"], 1):
        world.found(office, UnitKind.OFFICE, COLLEGE)
        place = f"{COLLEGE}/{office}"
        world.appoint(place, Role.HANDLER, f"{office}干事", f"lgy{number:02}-cb")
        world.appoint(place, Role.LEADER, f"{office}负责人", f"lgy{number:02}-ld")
    world.appoint(COLLEGE, Role.SUPERVISOR, "督查督办科副科长", "lgy-dc2", 2)


def _schools(places: dict[str, Any], schools: int) -> list[dict[str, Any]]:
    counties = [county for one in places["prefecture"] for county in one["counties"]]
    kinds = [
        ("小学", "21", UnitKind.SCHOOL),
        ("初级中学", "31", UnitKind.SCHOOL),
        ("幼儿园", "11", UnitKind.KINDERGARTEN),
    ]
    rows = []
    for number in range(schools):
        code, county = counties[number % len(counties)]
        turn = number // len(counties)
        suffix, category, kind = kinds[turn % len(kinds)]
        words = NAMES["schools"]
        word = words[(turn // len(kinds)) % len(words)]
        again = turn // (len(kinds) * len(words))
        name = f"{county}{word}{f'第{again + 1}' if again else ''}{suffix}"
        rows.append(_row(name, kind, code, f"{category}62{number + 1:06}", number))
    return rows


def _group_units(world: World) -> None:
    province = world.unit(PROVINCE)
    rules = {
        "各市州教育局": (province, UnitKind.AUTHORITY, 1),
        "省属高校": (province, UnitKind.INSTITUTION, 1),
        "各县区教育局": (province, UnitKind.AUTHORITY, 2),
    }
    for name, (owner, kind, depth) in rules.items():
        keeper = world.actor(PROVINCE, Role.SYSTEM_ADMIN)
        world.groups[name] = actions.set_group(
            actor=keeper, name=name, owner_id=owner.pk, rule_kind=kind, rule_depth=depth
        )
