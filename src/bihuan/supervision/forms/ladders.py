"""The form in which a ladder is written: a line for each rung, and a blank one to add another to each wait."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.supervision.counting import LONGEST_WINDOW, MOST_TIMES, PROPOSED, Counted, CountRule, Scope
from bihuan.supervision.rungs import CODE, FURTHEST, LONGEST_GAP, PROPOSALS, Rung, Step, Steps, Told, Wait

NUMBER = {"inputmode": "numeric"}


class RungForm(forms.Form):
    """One rung. A line without a step is none: that is how one is left out."""

    wait = forms.ChoiceField(choices=Wait, widget=forms.HiddenInput)
    code = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    step = forms.ChoiceField(label=_("措施"), required=False)
    label = forms.CharField(label=_("名称"), required=False, max_length=20)
    offset = forms.IntegerField(
        label=_("距时限（工作日，之前为负）"), required=False, min_value=-FURTHEST, max_value=FURTHEST
    )
    every = forms.IntegerField(
        label=_("每几个工作日重复"), required=False, min_value=1, max_value=LONGEST_GAP
    )
    told = forms.MultipleChoiceField(
        label=_("接收人"), required=False, choices=Told, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("消息文字"), required=False, max_length=300, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        step: Any = self.fields["step"]
        step.choices = [("", _("不设这一级")), *Step.choices]

    @property
    def is_left_out(self) -> bool:
        return not self.cleaned_data.get("step")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not said.get("step"):
            return said
        if said.get("offset") is None and "offset" not in self.errors:
            self.add_error("offset", _now("请填写工作日数"))
        if not said.get("label"):
            said["label"] = str(Step(said["step"]).label)
        return said


class LadderForms(forms.BaseFormSet):
    """All rungs of a ladder."""

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the version, each with a code that no other rung of its wait has."""
        taken: dict[str, set[str]] = {wait: set() for wait in Wait.values}
        rows = []
        for said in (form.cleaned_data for form in self.forms if not form.is_left_out):
            code = _code_of(said["code"], said["step"], taken[said["wait"]])
            taken[said["wait"]].add(code)
            rows.append(
                {
                    "wait": said["wait"],
                    "code": code,
                    "label": said["label"],
                    "offset": said["offset"],
                    "told": said["told"],
                    "text": said["text"].strip(),
                    "every": (said["every"] or 0) if said["step"] == Step.AGAIN else 0,
                }
            )
        return rows

    def by_wait(self) -> list[tuple[Wait, Sequence[forms.Form]]]:
        """The lines under the wait they belong to."""
        return [(wait, [form for form in self.forms if form["wait"].value() == wait]) for wait in Wait]


RungForms = forms.formset_factory(RungForm, formset=LadderForms, extra=0, max_num=200, absolute_max=300)


def ladder_forms(data: Any = None, steps: Steps | None = None) -> LadderForms:
    """The form, filled with a ladder or with what was typed."""
    initial = list(_lines(steps)) if steps is not None else None
    return cast(LadderForms, RungForms(data, initial=initial, prefix="rung"))


def _lines(steps: Steps) -> Iterable[dict[str, Any]]:
    for wait in Wait:
        yield from (_line(wait, rung) for rung in steps[wait])
        yield {"wait": wait.value}


def _line(wait: Wait, rung: Rung) -> dict[str, Any]:
    return {
        "wait": wait.value,
        "code": rung.code,
        "step": rung.step.value,
        "label": str(rung.label),
        "offset": rung.offset,
        "every": rung.every or None,
        "told": [one.value for one in rung.told],
        "text": rung.text,
    }


def _code_of(former: str, step: str, taken: set[str]) -> str:
    """The code of a rung: the one it had as long as it is the same step, else the first that is free."""
    if CODE.fullmatch(former) and former.partition("_")[0] == step and former not in taken:
        return former
    candidates = (step if n == 1 else f"{step}_{n}" for n in range(1, 100))
    return next(code for code in candidates if code not in taken)


class CountForm(forms.Form):
    """A rule that counts (计次规则). A line without a step is none."""

    code = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    step = forms.ChoiceField(label=_("够数即拟办"), required=False)
    label = forms.CharField(label=_("名称"), required=False, max_length=30)
    scope = forms.ChoiceField(label=_("按什么计"), required=False, choices=Scope)
    times = forms.IntegerField(
        label=_("满几次（件）"),
        required=False,
        min_value=2,
        max_value=MOST_TIMES,
        widget=forms.NumberInput(NUMBER),
    )
    counted = forms.MultipleChoiceField(
        label=_("数什么"), required=False, choices=Counted, widget=forms.CheckboxSelectMultiple
    )
    in_row = forms.BooleanField(
        label=_("须连续"), required=False, help_text=_("期间按期办结一件，即重新计起；只用于按单位计")
    )
    within_days = forms.IntegerField(
        label=_("只计最近几日"),
        required=False,
        min_value=1,
        max_value=LONGEST_WINDOW,
        help_text=_("不填为不限"),
    )
    told = forms.MultipleChoiceField(
        label=_("接收人"), required=False, choices=Told, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("消息文字"), required=False, max_length=300, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        step: Any = self.fields["step"]
        step.choices = [("", _("不设这一条")), *((one.value, one.label) for one in PROPOSALS)]

    @property
    def is_left_out(self) -> bool:
        return not self.cleaned_data.get("step")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not said.get("step"):
            return said
        if said.get("times") is None and "times" not in self.errors:
            self.add_error("times", _now("请填写次数"))
        if not said.get("counted"):
            self.add_error("counted", _now("请选择计次规则数什么"))
        if not said.get("label"):
            said["label"] = str(Step(said["step"]).label)
        return said


class CountFormSet(forms.BaseFormSet):
    """The rules of a ladder that count."""

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the version; a rule keeps its code, and so its count, as long as it proposes the same step."""
        taken: set[str] = set()
        rows = []
        for said in (form.cleaned_data for form in self.forms if not form.is_left_out):
            code = _count_code(said["code"], said["step"], taken)
            taken.add(code)
            rows.append(
                {
                    **{name: said[name] for name in ("label", "scope", "times", "counted", "in_row", "told")},
                    "code": code,
                    "within_days": said["within_days"] or 0,
                    "text": said["text"].strip(),
                }
            )
        return rows


CountForms = forms.formset_factory(CountForm, formset=CountFormSet, extra=0, max_num=30, absolute_max=40)


def count_forms(data: Any = None, rules: Sequence[CountRule] | None = None) -> CountFormSet:
    """The form of the rules that count, with a blank line to add one."""
    if rules is None:
        return cast(CountFormSet, CountForms(data, prefix="count"))
    lines: list[dict[str, Any]] = [
        {
            **{name: getattr(rule, name) for name in ("code", "times", "in_row", "text")},
            "step": rule.step.value,
            "label": str(rule.label),
            "scope": rule.scope.value,
            "counted": [one.value for one in rule.counted_in_order],
            "within_days": rule.within_days or None,
            "told": [one.value for one in rule.told],
        }
        for rule in rules
    ]
    blank = {"told": [Told.GIVER.value], "text": PROPOSED}
    return cast(CountFormSet, CountForms(data, initial=[*lines, blank], prefix="count"))


def _count_code(former: str, step: str, taken: set[str]) -> str:
    if CODE.fullmatch(former) and former.partition("_")[0] == step and former not in taken:
        return former
    return next(code for n in range(1, 100) if (code := f"{step}_c{n}") not in taken)
