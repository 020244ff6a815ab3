from django.utils import translation

from bihuan.kernel.listing import labelled
from bihuan.supervision.rules import Light


def test_a_label_is_that_of_the_readers_language_each_time():
    said = labelled(Light.choices)
    for _again in range(2):
        with translation.override("zh-hans"):
            assert said(Light.RED.value) == said(Light.RED) == "逾期"
        with translation.override("en"):
            assert said(Light.RED.value) == str(Light.RED.label) != "逾期"
    assert (said("no such light"), said(None)) == ("no such light", "")
