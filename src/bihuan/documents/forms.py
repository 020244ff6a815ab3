from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper
from bihuan.org.models import Unit


class EvidenceForm(forms.Form):
    """What goes with an uploaded file: the name, what it is about, and what the sender says it sent."""

    name = forms.CharField(label=_("文件名"), max_length=1000, required=False)
    evidence_on = forms.DateField(label=_("材料日期"), required=False)
    evidence_until = forms.DateField(label=_("材料截止日期"), required=False)
    digest = forms.RegexField("^[0-9a-fA-F]{64}$", required=False)


class PeriodForm(forms.Form):
    evidence_on = forms.DateField(label=_("材料日期"), required=False)
    evidence_until = forms.DateField(label=_("材料截止日期"), required=False)


class HeadForm(forms.Form):
    """What every kind of document has around its text (GB/T 9704-2012, 7.2 to 7.4)."""

    title = forms.CharField(
        label=_("标题"),
        max_length=200,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("按回行规则自动断行，词意完整"),
    )
    code = forms.CharField(label=_("机关代字"), max_length=20, help_text=_("签发时取号，编为 代字〔年〕号"))
    addressees = forms.CharField(label=_("主送"), max_length=300)
    cc = forms.CharField(label=_("抄送"), max_length=300, required=False)
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Paper.Urgency.choices, required=False)
    note = forms.CharField(label=_("附注"), max_length=100, required=False)

    HEAD = ("title", "addressees", "code", "cc", "urgency", "note")

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def head(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name, "") for name in self.HEAD}

    @property
    def text_fields(self) -> list[forms.BoundField]:
        """The boxes of the text, apart from the head."""
        return [bound for bound in self if bound.name.startswith(("section_", "part_"))]

    @property
    def parts(self) -> list[tuple[forms.BoundField | None, dict[str, Any] | None]]:
        """The text in its order: a box for each section."""
        return [(bound, None) for bound in self.text_fields]

    @property
    def head_fields(self) -> list[forms.BoundField]:
        texts = {bound.name for bound in self.text_fields}
        return [bound for bound in self if bound.name not in texts and not bound.is_hidden]


class TextForm(HeadForm):
    """The words of a draft: its head, and one box for each section, a paragraph a line."""

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any):
        kwargs.setdefault("initial", {name: getattr(paper, name) for name in self.HEAD})
        super().__init__(*args, **kwargs)
        self.paper = paper
        for number, part in enumerate(paper.sections):
            self.fields[f"section_{number}"] = forms.CharField(
                label=part["heading"] or _("开头"),
                widget=forms.Textarea(attrs={"rows": 4}),
                initial="\n".join(part["paragraphs"]),
            )

    def words(self) -> dict[str, Any]:
        """What `edit_paper` takes."""
        return {**self.head(), "sections": self._sections()}

    def shown(self) -> Paper:
        """The draft as it would read with these words, never saved; what cannot be read stays as it was."""
        self.is_valid()
        head = {name: said for name, said in self.head().items() if name in self.cleaned_data}
        copy = Paper(
            **{field.attname: getattr(self.paper, field.attname) for field in Paper._meta.concrete_fields}
        )
        for name, said in (head | {"sections": self._sections()}).items():
            setattr(copy, name, said)
        return copy

    def _sections(self) -> list[dict[str, Any]]:
        sections = []
        for number, part in enumerate(self.paper.sections):
            said = self.cleaned_data.get(f"section_{number}")
            lines = part["paragraphs"] if said is None else said.splitlines()
            sections.append({**part, "paragraphs": [line.strip() for line in lines if line.strip()]})
        return sections


class CountersignForm(forms.Form):
    """Which offices are asked to countersign."""

    unit_ids = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=_("会签处室"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, offices: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["unit_ids"].queryset = offices  # type: ignore[attr-defined]
