"""The forms of documents of the loop (督办文书): drafting, replying, objecting, deciding, settling words."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from bihuan.documents.forms import HeadForm
from bihuan.documents.models import Paper
from bihuan.kernel import clock
from bihuan.supervision.actions.answering import Promised
from bihuan.supervision.actions.letters import subject_of
from bihuan.supervision.forms.base import DayField, FilesField, words
from bihuan.supervision.forms.units import UnitsField
from bihuan.supervision.letters import LETTERS, LONGEST, Template, asks, flaws, from_rows
from bihuan.supervision.models import Addressee
from bihuan.supervision.queries.letters import Begun, Subject, begun


class MomentField(forms.DateTimeField):
    """A moment in office time."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def prepare_value(self, value: Any) -> Any:
        return f"{value.astimezone(clock.OFFICE_TZ):%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            return datetime.fromisoformat(str(value)).replace(tzinfo=clock.OFFICE_TZ)
        except ValueError:
            raise forms.ValidationError(_now("请填写日期和时间"), code="invalid") from None


class LetterForm(HeadForm):
    """A document as its kind wants it: head, dates, one box for each part that people write.

    `paper` is a draft to be edited; without one, `subject` and `template` are what a new one begins with.
    """

    def __init__(
        self,
        *args: Any,
        paper: Paper | None = None,
        subject: Subject | None = None,
        template: Template | None = None,
        **kwargs: Any,
    ):
        self.paper = paper
        if paper is not None:
            letter = paper.letter
            self.subject = subject_of(letter)
            self.template = letter.template.template if letter.template else LETTERS[paper.kind].template
        else:
            assert subject is not None
            assert template is not None
            self.subject, self.template = subject, template
        self.rule = LETTERS[self.subject.kind]
        self.start = begun(self.subject, self.template, self._standing())
        kwargs["initial"] = {**self._initial(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self._add_units()
        self._add_dates()
        self._add_parts()

    def _standing(self) -> dict[str, str] | None:
        if self.paper is None:
            return None
        return {one["key"]: "\n".join(one["paragraphs"]) for one in self.paper.sections if "key" in one}

    def _initial(self) -> dict[str, Any]:
        head = self.paper or self.start
        said = {name: getattr(head, name, "") for name in self.HEAD}
        subject = self.subject
        said |= {"reply_by": subject.reply_by, "objection_workdays": subject.objection_workdays}
        return said | {"meets_at": subject.meets_at, "place": subject.place, "unit_ids": list(subject.units)}

    def _add_units(self) -> None:
        if self.paper is not None or self.rule.upward:
            return
        self.fields["unit_ids"] = UnitsField(
            label=_("送达单位"), help_text=_("签发后送达这些单位；要求答复的，每家一件"), required=False
        )
        self.fields["addressees"].required = False
        self.fields["addressees"].help_text = _("不填则写送达单位全称")
        names = list(self.fields)
        self.order_fields(
            ["title", "unit_ids", *(name for name in names if name not in ("title", "unit_ids"))]
        )

    def _add_dates(self) -> None:
        if self.rule.asks != "never":
            wanted = self.rule.asks == "always"
            self.fields["reply_by"] = DayField(
                label=_("答复时限"),
                required=wanted,
                help_text="" if wanted else _("不填则不要求书面报告"),
            )
        if self.rule.objects:
            self.fields["objection_workdays"] = forms.IntegerField(
                label=_("异议期（工作日）"), min_value=0, max_value=250, help_text=_("0 为不设异议期")
            )
        if self.rule.meets:
            self.fields["meets_at"] = MomentField(label=_("约谈时间"), required=False)
            self.fields["place"] = forms.CharField(label=_("约谈地点"), max_length=100, required=False)

    def _add_parts(self) -> None:
        begins = {one["key"]: one["paragraphs"] for one in self.start.sections}
        for part in self.template.parts:
            if part.fixed:
                continue
            said = "\n".join(begins.get(part.key, ()))
            lines = max(2, min(8, sum(1 + len(line) // 24 for line in said.splitlines()) + 1))
            self.fields[f"part_{part.key}"] = forms.CharField(
                label=part.heading or (_("结尾") if part.key == "closing" else _("开头")),
                required=not part.optional and self.paper is None and bool(said),
                max_length=LONGEST,
                initial=said,
                widget=forms.Textarea({"rows": lines}),
            )

    @property
    def parts(self) -> list[tuple[forms.BoundField | None, dict[str, Any] | None]]:
        """The text in its order: a box for what people write, the words themselves of what the program writes."""
        begins = {one["key"]: one for one in self.start.sections}
        found: list[tuple[forms.BoundField | None, dict[str, Any] | None]] = []
        for part in self.template.parts:
            if not part.fixed:
                found.append((self[f"part_{part.key}"], None))
            elif part.key in begins:
                found.append((None, begins[part.key]))
        return found

    def words(self) -> dict[str, Any]:
        """What `edit_letter` takes, and `draft_letter` besides its subject."""
        said = self.cleaned_data
        parts = {name.removeprefix("part_"): text for name, text in said.items() if name.startswith("part_")}
        dates = ("reply_by", "objection_workdays", "meets_at", "place")
        found = {**self.head(), "words": parts, **{name: said[name] for name in dates if name in said}}
        if "unit_ids" in said:
            found["unit_ids"] = [unit.pk for unit in said["unit_ids"]]
        return found

    def shown(self) -> Paper:
        """The document as it would read with these words, never saved; what cannot be read stays as it began."""
        self.is_valid()
        said, subject = self.cleaned_data, self.subject
        for name in ("reply_by", "objection_workdays", "meets_at", "place"):
            if name in said and said[name] is not None:
                setattr(subject, name, said[name])
        if "reply_by" in said and not asks(subject.kind, said["reply_by"] is not None):
            subject.reply_by = None
        if said.get("unit_ids"):
            subject.units = said["unit_ids"]
        parts = {
            name.removeprefix("part_"): str(said.get(name, self.data.get(name, "")))
            for name in self.fields
            if name.startswith("part_")
        }
        text: Begun = begun(subject, self.template, parts)
        head = {name: said.get(name) or getattr(self.paper or text, name, "") for name in self.HEAD}
        head["addressees"] = head["addressees"] or "（主送单位）"
        return Paper(
            kind=subject.kind,
            issuer=subject.issuer,
            office=subject.office,
            sections=text.sections,
            tables=text.tables,
            **head,
        )


ADOPTIONS = [choice for choice in Addressee.Adoption.choices if choice[0]]
PROMISE = re.compile(r"^(?P<text>.+?)\s*[｜|,，\t]\s*(?P<day>\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?)$")


class ReplyForm(forms.Form):
    """A unit's reply to a document."""

    adoption = forms.ChoiceField(label=_("采纳情况"), choices=ADOPTIONS, widget=forms.RadioSelect)
    text = words(_("答复内容"), rows=6, help_text=_("逐项答复；不采纳的写明理由"))
    promises = words(
        _("承诺措施和时限"),
        rows=4,
        required=False,
        help_text=_("一行一条，写成“完成食堂台账补录｜2026-12-20”；答复认可后逐条转为办件"),
    )
    files = FilesField(label=_("佐证"), required=False, help_text=_("可多选；一经提交不能更改"))
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, adopts: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not adopts:
            del self.fields["adoption"]

    def clean_promises(self) -> list[Promised]:
        found = []
        for number, line in enumerate(self.cleaned_data["promises"].splitlines(), 1):
            if not line.strip():
                continue
            told = PROMISE.match(line.strip())
            day = _day(told["day"]) if told else None
            if told is None or day is None:
                raise forms.ValidationError(
                    _now("第 %(n)d 行没有读懂，请写成“措施｜2026-12-20”") % {"n": number}
                )
            found.append(Promised(told["text"], day))
        return found


def _day(written: str) -> date | None:
    try:
        return date(*(int(one) for one in re.findall(r"\d+", written)))
    except ValueError:
        return None


class ObjectionForm(forms.Form):
    """A unit's objection to a document."""

    reason = words(_("异议的事实和理由"), rows=6, help_text=_("只能提出一次；复核期间答复时限照常计算"))


class DecisionForm(forms.Form):
    """The issuer's decision on an objection."""

    upheld = forms.TypedChoiceField(
        label=_("复核结论"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("异议成立，撤回答复要求")), ("no", _("异议不成立，继续办理"))],
        widget=forms.RadioSelect,
    )
    answer = words(_("复核意见"), rows=5)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TemplateForm(forms.Form):
    """An authority's words for a kind of document; a flaw is told at its field."""

    title = forms.CharField(label=_("标题"), max_length=200)
    code = forms.CharField(
        label=_("机关代字"), max_length=20, required=False, help_text=_("不填则由所涉文件的代字得出")
    )
    cc = forms.CharField(label=_("抄送"), max_length=300, required=False)
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: str, template: Template, **kwargs: Any):
        self.kind = kind
        kwargs["initial"] = {
            **{name: getattr(template, name) for name in ("title", "code", "cc")},
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        for part in template.parts:
            if part.heading:
                self.fields[f"heading_{part.key}"] = forms.CharField(
                    label=_("小标题"), max_length=40, initial=part.heading
                )
            self.fields[f"part_{part.key}"] = forms.CharField(
                label=part.heading or (_("结尾") if part.key == "closing" else _("开头")),
                required=False,
                max_length=LONGEST,
                initial=part.text,
                widget=forms.Textarea({"rows": 3}),
            )
        self.keys = [part.key for part in template.parts]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.errors:
            for field, text in flaws(self.kind, from_rows(self.kind, self.rows())):
                self.add_error("title" if field == "title" else f"part_{field}", text)
        return said

    def rows(self) -> Mapping[str, Any]:
        """The rows of the version, see `letters.as_rows`."""
        said = self.cleaned_data
        parts = [
            {"key": key, "heading": said.get(f"heading_{key}", ""), "text": said.get(f"part_{key}", "")}
            for key in self.keys
        ]
        return {**{name: said.get(name, "") for name in ("title", "code", "cc")}, "parts": parts}
