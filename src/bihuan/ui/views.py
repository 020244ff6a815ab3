"""The page of all components in every state (组件样张)."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.kernel import clock
from bihuan.ui.samples import SampleForm, sample_counts


def components(request: HttpRequest, base: str = "ui/base.html") -> HttpResponse:
    """Every component in every state, inside the given base page; for people who are signed in."""
    if not (settings.DEBUG or request.user.is_authenticated):
        return redirect_to_login(request.get_full_path())
    now, today = clock.now(), clock.today()
    mistaken = SampleForm({"progress": "", "finish_on": "2020-01-01", "kind": "report", "verdict": ""})
    mistaken.is_valid()
    context = {
        "base": base,
        "counts": sample_counts(),
        "form": SampleForm(prefix="blank"),
        "mistaken": mistaken,
        "now": now,
        "today": today,
        "soon": clock.end_of(today + timedelta(days=4)),
        "tonight": now.astimezone(clock.OFFICE_TZ).replace(hour=18, minute=0, second=0, microsecond=0),
        "late": clock.end_of(today - timedelta(days=2)),
        "year_start": today.replace(month=1, day=1),
        "year_end": today.replace(month=12, day=31),
        "verdicts": [("met", "达到", "g"), ("unmet", "未达到", "r"), ("open", "待核", "y")],
        "views": [("清单树", "#tree", True), ("矩阵", "#matrix", False), ("时间轴", "#timeline", False)],
        "marks": [(today - timedelta(days=30), "第一次反馈"), (today + timedelta(days=20), "办结")],
        "meta": ["甘教督办〔2026〕37号", "省教育厅办公室", "牵头"],
        "step_notes": ["10月12日", "用时 3 小时", "已用 42 天"],
        "one_y": {"y": 1},
        "one_yy": {"yy": 1},
        "one_g": {"g": 3},
        "one_c": {"c": 1},
        "one_w": {"w": 2},
        "begun": today - timedelta(days=80),
        "ends": today + timedelta(days=25),
    }
    return render(request, "ui/components.html", context)
