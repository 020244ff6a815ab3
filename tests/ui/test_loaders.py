"""What leaves the house of a template: its lines, not the space before them."""

from django.template import engines
from django.template.loader import get_template

from bihuan.ui.loaders import INDENTATION


def test_pages_are_sent_without_the_indentation_of_their_templates():
    source = get_template("web/page.html").template.source
    assert "\n<main" in source
    assert not INDENTATION.search(source)


def test_an_error_still_names_the_line_of_the_file():
    shown = get_template("ui/base.html").template
    with open(shown.origin.name, encoding="utf-8") as written:
        assert shown.source.count("\n") == written.read().count("\n")


def test_parts_of_pages_and_djangos_own_templates_are_found_too():
    assert engines["django"].get_template("registers/register.html#list")
    assert engines["django"].get_template("django/forms/widgets/select.html")
