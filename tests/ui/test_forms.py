import pytest
from django import forms
from django.forms import Select
from django.utils import translation

from bihuan.ui.forms import Choice


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
