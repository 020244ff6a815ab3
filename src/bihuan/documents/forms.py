from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.documents.models import Paper


class EvidenceForm(forms.Form):
    """What goes with an uploaded file: the name, what it is about, and what the sender says it sent."""

    name = forms.CharField(label=_("文件名"), max_length=1000, required=False)
    evidence_on = forms.DateField(label=_("材料日期"), required=False)
    evidence_until = forms.DateField(label=_("材料截止日期"), required=False)
    digest = forms.RegexField("^[0-9a-fA-F]{64}$", required=False)


class PeriodForm(forms.Form):
    evidence_on = forms.DateField(label=_("材料日期"), required=False)
    evidence_until = forms.DateField(label=_("材料截止日期"), required=False)


class TextForm(forms.Form):
    """The words of a draft: title, addressees and one box for each section, a paragraph a line."""

    title = forms.CharField(label=_("标题"), max_length=200)
    addressees = forms.CharField(label=_("主送"), max_length=300)
    code = forms.CharField(label=_("机关代字"), max_length=20)

    def __init__(self, *args: Any, paper: Paper, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.headings = [part["heading"] for part in paper.sections]
        for number, part in enumerate(paper.sections):
            self.fields[f"section_{number}"] = forms.CharField(
                label=part["heading"],
                widget=forms.Textarea(attrs={"rows": 4}),
                initial="\n".join(part["paragraphs"]),
            )

    def words(self) -> dict[str, Any]:
        """What `edit_paper` takes."""
        said = self.cleaned_data
        sections = [
            {
                "heading": heading,
                "paragraphs": [
                    line.strip() for line in said[f"section_{number}"].splitlines() if line.strip()
                ],
            }
            for number, heading in enumerate(self.headings)
        ]
        return {
            "title": said["title"],
            "addressees": said["addressees"],
            "code": said["code"],
            "sections": sections,
        }
