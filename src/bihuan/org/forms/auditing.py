"""Asking the ledger who did what."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bihuan.org.forms.units import day

AREAS = [
    ("", _("全部操作")),
    ("supervision", _("督办")),
    ("documents", _("文书与文件")),
    ("circulars", _("通报")),
    ("org", _("机构与人员")),
    ("workdays", _("工作日历")),
    ("api", _("接口令牌")),
    ("ledger", _("留痕封存")),
]


class AuditFilter(forms.Form):
    """Whose doings, of what sort, when (审计筛选)."""

    person = forms.CharField(label=_("姓名或账号"), max_length=50, required=False)
    area = forms.ChoiceField(label=_("操作类别"), choices=AREAS, required=False)
    first_on = day(label=_("起"), required=False)
    last_on = day(label=_("止"), required=False)
    before = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first_on, last_on = given.get("first_on"), given.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", _("截止日期不能早于起始日期"))
        return given
