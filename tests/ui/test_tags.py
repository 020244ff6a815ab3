"""Every component says with attributes what it says with colour and shape."""

import re
from datetime import date, datetime

import pytest
from django import forms
from django.template import engines
from django.utils import translation

from bihuan.kernel.clock import OFFICE_TZ
from bihuan.ui.lights import LIGHTS


@pytest.fixture(autouse=True)
def in_chinese(at_work):
    with translation.override("zh-hans"):
        yield


def draw(source: str, **context) -> str:
    return engines["django"].from_string("{% load ui %}" + source).render(context)


def drawn(source: str, **context) -> str:
    """The same with white space made even, for comparing."""
    return re.sub(r"\s+", " ", draw(source, **context)).strip()


@pytest.mark.parametrize("letter", list(LIGHTS))
def test_a_light_has_shape_text_and_letter(letter):
    html = draw("{% light letter %}", letter=letter)
    assert f"bh-light--{letter}" in html
    assert f'data-light="{letter}"' in html
    assert f">{LIGHTS[letter].label}<" in html


def test_a_bare_light_keeps_its_text_for_those_who_listen():
    assert 'visually-hidden">逾期<' in draw("{% light 'r' bare=True %}")


def test_an_unknown_light_is_an_error_and_not_a_grey_spot():
    with pytest.raises(KeyError):
        draw("{% light 'purple' %}")


@pytest.mark.parametrize(("step", "inside", "closed"), [(1, "1", False), (4, "4", False), (5, "✓", True)])
def test_a_ring_is_a_picture_with_a_name_and_closes_at_write_off(step, inside, closed):
    html = draw("{% loop step 'y' %}", step=step)
    assert f'role="img" aria-label="闭环第 {step} 步' in html
    assert f'data-step="{step}"' in html
    assert f">{inside}<" in html
    assert ("bh-loop--closed" in html) is closed
    assert ("is-y" in html) is not closed


def test_counts_are_shown_worst_first_and_without_zeros():
    html = draw("{% lights counts %}", counts={"g": 9, "r": 2, "y": 0, "yy": 1})
    assert re.findall(r'data-light="(\w+)"', html) == ["r", "yy", "g"]


def test_a_stack_shares_its_width_by_count_and_says_so():
    html = draw("{% stack counts %}", counts={"g": 27, "c": 1300})
    assert re.findall(r"--share:(\d+)", html) == ["1300", "27"]
    assert 'role="img" aria-label="已销号 1,300，正常 27"' in html


@pytest.mark.parametrize(
    ("value", "elapsed", "expected"),
    [(72, None, "--v:72"), (72, 87, "--v:72;--t:87"), (0, None, "--v:0"), (None, 87, "—")],
)
def test_a_bar_shows_progress_beside_the_time_gone(value, elapsed, expected):
    assert expected in draw("{% bar value elapsed=elapsed %}", value=value, elapsed=elapsed)


def test_a_bar_without_a_report_has_no_length():
    assert "bh-bar" not in draw("{% bar None %}")


@pytest.mark.parametrize(
    ("counts", "letter", "total"),
    [({"g": 3}, "g", 3), ({"g": 3, "r": 1}, "r", 4), ({"c": 2, "w": 1}, "w", 3)],
)
def test_a_heat_cell_counts_all_and_shows_the_worst(counts, letter, total):
    html = draw("{% heat_cell counts '/list/' '信息中心' %}", counts=counts)
    assert f'data-light="{letter}" href="/list/"' in html
    assert f">{total}<" in html
    assert 'aria-label="信息中心 ' in html


@pytest.mark.parametrize("counts", [None, {}, {"g": 0}])
def test_an_empty_heat_cell_is_no_link(counts):
    assert "<a" not in draw("{% heat_cell counts '/list/' %}", counts=counts)


def test_what_people_typed_is_escaped_everywhere():
    bad = "<script>alert(1)</script>"
    html = draw(
        "{% light 'g' bad %}{% badge bad %}{% card bad %}{{ bad }}{% endcard %}{% note %}{{ bad }}{% endnote %}"
        "{% queue_row bad '/x/' meta=meta warn=bad %}{% endqueue_row %}{% empty bad bad %}{% endempty %}"
        "{% event bad who=bad %}{{ bad }}{% endevent %}{% tree_row bad %}{% endtree_row %}{% stat bad bad %}"
        "{% fact bad %}{{ bad }}{% endfact %}{% crumb bad %}{% file_row bad %}{% option 'a' 'b' bad bad %}",
        bad=bad,
        meta=[bad],
    )
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 18


@pytest.mark.parametrize(
    ("now", "states"),
    [(1, ["is-now", "", "", "", ""]), (3, ["is-done", "is-done", "is-now", "", ""]), (6, ["is-done"] * 5)],
)
def test_steps_say_which_is_the_present_one(now, states):
    html = draw("{% steps now %}", now=now)
    assert re.findall(r'<li class="([\w-]*)"', html) == states
    assert html.count('aria-current="step"') == states.count("is-now")


def test_an_inline_form_opens_below_its_row_and_on_a_page_without_scripts():
    html = draw(
        "{% queue_row '标题' '/7/' id='q7' %}{% row_action '签收' '/7/sign/' primary=True %}{% endqueue_row %}"
    )
    assert 'href="/7/sign/"' in html
    assert 'hx-get="/7/sign/" hx-target="next .bh-q-x"' in html
    assert 'data-inline="q7" id="q7-form"' in html


@pytest.mark.parametrize(("pages", "rels"), [({"previous": "?a"}, ["prev"]), ({"next": "?b"}, ["next"])])
def test_a_pager_offers_only_pages_that_exist(pages, rels):
    html = draw(
        "{% pager previous=previous next=next %}第 1–9 项{% endpager %}",
        **{"previous": "", "next": ""} | pages,
    )
    assert re.findall(r'rel="(\w+)"', html) == rels


def test_a_choice_is_made_of_real_radio_buttons_with_labels():
    options = [("met", "达到", "g"), ("unmet", "未达到", "r")]
    html = draw("{% seg 'v-1' options 'unmet' label='标准 1 结论' %}", options=options)
    assert 'role="radiogroup" aria-label="标准 1 结论"' in html
    assert re.findall(r'value="(\w+)"( checked)?', html) == [("met", ""), ("unmet", " checked")]
    assert re.findall(r'for="([\w-]+)"', html) == ["v-1-met", "v-1-unmet"]


def test_a_form_that_acts_carries_a_token_and_one_intention():
    context = {"csrf_token": "tok"}
    html = draw("{% post_form '/7/sign/' target='#q7' hold='已签收' %}x{% endpost_form %}", **context)
    assert 'name="csrfmiddlewaretoken" value="tok"' in html
    first, second = (
        re.search(r'name="request_key" value="([\w-]{36})"', draw("{% post_form '/' %}{% endpost_form %}"))[1]
        for _turn in range(2)
    )
    assert first != second
    assert 'hx-post="/7/sign/" hx-target="#q7" hx-swap="outerHTML"' in html
    assert 'data-hold="已签收" data-once' in html


def test_a_dialog_is_named_by_its_question():
    html = draw("{% dialog 'd' '退回？' action='/7/return/' confirm='确认退回' %}x{% enddialog %}")
    assert '<dialog class="bh-dialog" id="d" aria-labelledby="d-title">' in html
    assert 'id="d-title">退回？<' in html
    assert 'action="/7/return/"' in html


def test_what_is_missing_in_a_fact_is_said():
    assert '<dd class="">—</dd>' in draw("{% fact '批示' %} {% endfact %}")


def test_the_timeline_puts_days_where_they_belong():
    html = draw(
        "{% gantt first last '时间轴' %}{% gantt_row first last title='措施' begins_on=first ends_on=last"
        " state='y' done=40 marks=marks %}{% endgantt %}",
        first=date(2026, 11, 1),
        last=date(2026, 11, 30),
        marks=[(date(2026, 11, 16), "反馈")],
    )
    assert 'class="bar" style="--at:0.0;--w:100.0"' in html
    assert 'class="dot" style="--at:50.0"' in html
    assert 'class="now" style="--at:73.3"' in html


@pytest.mark.parametrize(
    ("due_at", "below"),
    [
        (datetime(2026, 11, 21, 18, 0, tzinfo=OFFICE_TZ), "11月21日 18:00"),
        (date(2026, 11, 27), "11月27日 周五"),
        (datetime(2026, 11, 27, 23, 59, 59, tzinfo=OFFICE_TZ), "11月27日 周五"),
    ],
)
def test_a_deadline_names_the_hour_only_where_there_is_one(due_at, below):
    assert f"<small>{below}</small>" in draw("{% deadline due_at 'r' %}", due_at=due_at)


class Report(forms.Form):
    done = forms.CharField(label="办理进展", help_text="写做成了什么")
    note = forms.CharField(label="备注", required=False)
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲")])
    how = forms.ChoiceField(label="结论", choices=[("a", "甲")], widget=forms.RadioSelect)
    evidence = forms.FileField(label="佐证", required=False)
    share = forms.BooleanField(label="同步", required=False)


def test_a_field_ties_label_hint_and_error_together():
    form = Report({"done": "", "kind": "a"})
    html = drawn("{% field form.done %}", form=form)
    assert '<label class="form-label" for="id_done">办理进展' in html
    assert 'aria-invalid="true" aria-describedby="id_done_helptext id_done_error"' in html
    assert 'id="id_done_helptext">写做成了什么' in html
    assert 'id="id_done_error"' in html


@pytest.mark.parametrize(
    ("name", "mark", "control"),
    [
        ("done", "bh-req", 'class="form-control"'),
        ("note", "bh-opt", 'class="form-control"'),
        ("kind", "bh-req", 'class="form-select"'),
        ("how", "bh-req", 'class="form-check-input"'),
        ("evidence", "bh-opt", "data-drop"),
        ("share", "", 'class="form-check-input"'),
    ],
)
def test_every_kind_of_field_has_its_control_and_its_mark(name, mark, control):
    html = drawn("{% field form.@ %}".replace("@", name), form=Report())
    assert mark in html
    assert control in html
    assert f'data-field="{name}"' in html
    assert {"bh-req", "bh-opt"} & set(re.findall(r"bh-\w+", html)) == ({mark} if mark else set())


def test_a_form_with_a_general_error_says_it_first():
    form = Report({"done": "x", "kind": "a", "how": "a"})
    form.add_error(None, "时限已过")
    html = draw("{{ form }}", form=form)
    assert html.index('role="alert"') < html.index("data-field")


def test_what_is_fixed_is_drawn_once_for_each_language_and_without_the_reader():
    page = engines["django"].from_string(
        "{% load i18n ui %}{{ who }}{% fixed %}{% translate '逾期' %}{{ who }}{% now 'u' %}{% endfixed %}"
    )
    first, second = page.render({"who": "甲"}), page.render({"who": "乙"})
    assert first.startswith("甲逾期")
    assert second == first.replace("甲", "乙")
    with translation.override("en"):
        assert "逾期" not in page.render({"who": "丙"})
