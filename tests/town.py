"""The small named world all tests share: a province, two cities, two counties, a school, a college."""

from datetime import date, datetime

from bihuan.kernel.actor import Actor, system
from bihuan.kernel.clock import OFFICE_TZ
from bihuan.org import actions
from bihuan.org.actors import actor_in
from bihuan.org.models import Appointment, Person, Unit
from bihuan.org.roles import Role

TODAY = date(2026, 11, 23)  # a Monday
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_TZ)

TREE = {
    # name: (kind, parent)
    "省厅": ("authority", None),
    "基教处": ("office", "省厅"),
    "东市局": ("authority", "省厅"),
    "西市局": ("authority", "省厅"),
    "东一县局": ("authority", "东市局"),
    "东二县局": ("authority", "东市局"),
    "一中": ("school", "东一县局"),
    "学院": ("institution", "省厅"),
    "教务处": ("office", "学院"),
    "财务处": ("office", "学院"),
    "市财政局": ("external", None),
}


class Town:
    """Builds units when first asked for, and people with appointments on demand."""

    def __init__(self) -> None:
        self.founder = system("tests")
        self.units: dict[str, Unit] = {}

    def unit(self, name: str) -> Unit:
        if name not in self.units:
            kind, parent = TREE[name]
            self.units[name] = actions.found_unit(
                actor=system("tests"),
                name=name,
                kind=kind,
                parent_id=self.unit(parent).pk if parent else None,
                starts_on=date(2020, 1, 1),
            )
        return self.units[name]

    def post(self, unit: str, role: str = Role.SUPERVISOR, name: str = "", **dates) -> Appointment:
        """An appointment, of the same person each time it is asked for with the same words."""
        username = f"{unit}-{role}-{name}"
        person = Person.objects.filter(username=username).first() or actions.register_person(
            actor=system("tests"), username=username, name=name or f"{unit}{Role(role).label}", password="x"
        )
        place = self.unit(unit)
        held = Appointment.objects.filter(person=person, unit=place, role=role).first()
        dates.setdefault("starts_on", date(2020, 1, 1))
        return held or actions.appoint(
            actor=system("tests"),
            person_id=person.pk,
            unit_id=place.pk,
            role=role,
            title=str(Role(role).label),
            **dates,
        )

    def actor(self, unit: str, role: str = Role.SUPERVISOR, name: str = "", **dates) -> Actor:
        """Somebody in this role in this unit, with a fresh intention each time."""
        return actor_in(self.post(unit, role, name, **dates))

    def person(self, unit: str, role: str = Role.SUPERVISOR, name: str = "") -> Person:
        return self.post(unit, role, name).person
