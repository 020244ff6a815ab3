import pytest
from django import forms
from django.forms import Select
from django.utils import translation
from django.utils.translation import gettext_lazy

from bihuan.ui.forms import KEPT, Choice, share_fields


class Everything(forms.Form):
    text = forms.CharField(max_length=3)
    kind = forms.ChoiceField(choices=[("a", "甲")])
    day = forms.DateField()
    count = forms.IntegerField()
    file = forms.FileField()


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({}, "text", "请填写"),
        ({}, "kind", "请选择"),
        ({}, "file", "请选择文件"),
        ({"text": "四个字的"}, "text", "最多 3 字，现在有 4 字"),
        ({"day": "昨天"}, "day", "请写成 2026-11-23 这样的日期"),
        ({"count": "多"}, "count", "请填整数"),
    ],
)
def test_a_form_says_what_to_do(sent, field, said):
    with translation.override("zh-hans"):
        assert Everything(sent).errors[field] == [said]


def test_a_choice_of_many_is_drawn_like_any_other():
    choices, told = [("", "全部"), ("a", "甲<"), ("b", "乙")], {"id": "id_x", "class": "form-select"}
    plain, ours = (widget(choices=choices).render("x", "b", told) for widget in (Select, Choice))
    for said in ('<option value="b" selected>乙</option>', '<option value="a">甲&lt;</option>'):
        assert said in plain
        assert said in ours
    assert all(part in ours for part in ('<select name="x"', ' id="id_x"', ' class="form-select"'))


@share_fields("plan")
class Narrowing(forms.Form):
    light = forms.ChoiceField(
        choices=[("", gettext_lazy("全部")), ("r", gettext_lazy("逾期"))], widget=Choice
    )
    plan = forms.ChoiceField(widget=Choice)

    def __init__(self, *args, plans, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = plans


def test_forms_share_their_fields_but_for_those_that_they_change():
    one, other = Narrowing({"light": "r", "plan": "1"}, plans=[(1, "甲")]), Narrowing({}, plans=[(2, "乙")])
    assert one.fields["light"] is other.fields["light"]
    assert "甲" in str(one["plan"])
    assert "甲" not in str(other["plan"])
    assert one.is_valid()
    assert not other.is_valid()


def test_a_shared_choice_is_drawn_for_each_choice_and_language():
    def light(value):
        return str(Narrowing({"light": value}, plans=[])["light"])

    with translation.override("zh-hans"):
        assert '"r" selected>逾期' in light("r")
        assert '"r">逾期' in light("")
        assert '"r" selected>逾期' in light("r")
        for n in range(3 * KEPT):
            light(f"no such light {n}")
        assert len(Narrowing.base_fields["light"].widget.kept) <= KEPT + 1
    with translation.override("en"):
        assert "逾期" not in light("r")


def test_choices_that_come_from_a_function_are_drawn_each_time():
    offered = [("a", "甲")]
    field = forms.ChoiceField(choices=lambda: list(offered), widget=Choice)
    assert "甲" in field.widget.render("what", "")
    offered[:] = [("b", "乙")]
    assert "甲" not in field.widget.render("what", "")
