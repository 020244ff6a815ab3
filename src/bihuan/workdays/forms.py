import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bihuan.kernel import clock
from bihuan.workdays import almanac, rights
from bihuan.workdays.models import DayKind
from bihuan.workdays.queries import Proposal
from bihuan.workdays.rules import SATURDAY

DATES = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:/|至|到|—|~)\s*(\d{4}-\d{1,2}-\d{1,2}))?")
LONGEST = 31  # days in one stretch; longer is a typing error


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DaysField(forms.CharField):
    """Days with the holiday they belong to, a line for each: `春节 2027-02-05 至 2027-02-11`."""

    widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false"})

    def clean(self, value: Any) -> dict[date, str]:
        days: dict[date, str] = {}
        for number, line in enumerate(str(super().clean(value)).splitlines(), start=1):
            if line.strip():
                days |= self._days_in(line, number)
        return days

    def _days_in(self, line: str, number: int) -> dict[date, str]:
        name = DATES.sub("", line).strip(" ：:、，,;；\t")
        try:
            spans = [(date(*_parts(a)), date(*_parts(b or a))) for a, b in DATES.findall(line)]
        except ValueError:
            spans = []
        if not name or not spans or any(not 0 <= (last - first).days < LONGEST for first, last in spans):
            raise forms.ValidationError(
                _("第%(n)d行没有读懂，请写成“春节 2027-02-05 至 2027-02-11”的样子") % {"n": number}
            )
        return {
            first + timedelta(days=n): name[:30]
            for first, last in spans
            for n in range((last - first).days + 1)
        }


def _parts(text: str) -> tuple[int, int, int]:
    year, month, day = map(int, text.split("-"))
    return year, month, day


class ArrangementForm(forms.Form):
    """The State Council's days off for a year (放假安排), as in its notice."""

    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=2000, max_value=2100)
    title = forms.CharField(label=gettext_lazy("通知标题"), max_length=200)
    number = forms.CharField(label=gettext_lazy("文号"), max_length=50, required=False)
    published_on = forms.DateField(label=gettext_lazy("成文日期"), widget=DayInput)
    off = DaysField(
        label=gettext_lazy("放假"),
        help_text=gettext_lazy("每行一个节日，如：春节 2027-02-05 至 2027-02-11"),
    )
    work = DaysField(
        label=gettext_lazy("调休上班"), required=False, help_text=gettext_lazy("每行一个节日及其上班的日子")
    )

    @staticmethod
    def draft(year: int) -> dict[str, Any]:
        """What can be said beforehand: the statutory days, to be completed from the notice."""
        by_name: dict[str, list[date]] = {}
        for day, name in sorted(almanac.statutory_days(year).items()):
            by_name.setdefault(name, []).append(day)
        lines = [f"{name} {days[0]} 至 {days[-1]}" for name, days in by_name.items()]
        title = _("国务院办公厅关于%d年部分节假日安排的通知") % year
        return {"year": year, "title": title, "off": "\n".join(lines), "published_on": clock.today()}

    def proposal(self) -> Proposal:
        said = self.cleaned_data
        days = {day: (str(DayKind.OFF), name) for day, name in said["off"].items()}
        days |= {day: (str(DayKind.WORK), name) for day, name in said["work"].items()}
        return Proposal(days, said["year"], said["published_on"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        off, work = said.get("off") or {}, said.get("work") or {}
        for day in sorted(work):
            if day in off or day.weekday() < SATURDAY:
                self.add_error("work", _("%s不是休息日，请核对") % day)
        return said


class _Regional(forms.Form):
    region_code = forms.ChoiceField(label=gettext_lazy("地区"))

    def __init__(self, *args: Any, actor: Any, nation: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        everywhere = [("", _("全国"))] if nation and rights.may_edit(actor, "") else []
        own = [(code, name) for code, name in rights.places() if rights.may_edit(actor, code)]
        field: Any = self.fields["region_code"]
        field.choices, field.required = everywhere + own, not everywhere


class LocalDaysForm(_Regional):
    """A region's own days off or workdays (地方假日)."""

    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=DayKind.choices)
    name = forms.CharField(label=gettext_lazy("节日"), max_length=30)
    first_on = forms.DateField(label=gettext_lazy("开始日期"), widget=DayInput)
    last_on = forms.DateField(label=gettext_lazy("结束日期"), widget=DayInput, required=False)
    title = forms.CharField(label=gettext_lazy("通知标题"), max_length=200)
    number = forms.CharField(label=gettext_lazy("文号"), max_length=50, required=False)
    published_on = forms.DateField(label=gettext_lazy("成文日期"), widget=DayInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("first_on"), said.get("last_on") or said.get("first_on")
        if first and last and not 0 <= (last - first).days < 15:
            self.add_error("last_on", _("结束日期应不早于开始日期，且一次不超过%d天") % 15)
        return said

    def proposal(self) -> Proposal:
        said = self.cleaned_data
        first, last = said["first_on"], said["last_on"] or said["first_on"]
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        given = dict.fromkeys(days, (said["kind"], said["name"]))
        return Proposal(given, region_code=said["region_code"])


class VacationForm(_Regional):
    """A school vacation (寒暑假): deadlines inside are warned about, never moved."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=30)
    starts_on = forms.DateField(label=gettext_lazy("开始日期"), widget=DayInput)
    ends_on = forms.DateField(label=gettext_lazy("结束日期"), widget=DayInput)
