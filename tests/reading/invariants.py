"""What every reading must satisfy, whatever the document says."""

import re

from bihuan.reading.result import Node, Reading, Span


def check(reading: Reading) -> None:
    for index, node in enumerate(reading.nodes):
        _check_node(reading, node, _all(reading.nodes[:index]))
    for passage in reading.unread:
        _check_span(reading, passage.span)
    for member in reading.heading.group:
        _check_span(reading, member.span)
    assert uncovered(reading) == ""


def uncovered(reading: Reading) -> str:
    """Text that is in no item, no heading and not shown as unread: must not exist."""
    covered = bytearray(len(reading.source))
    spans = [span for node in reading.walk() for span in node.spans]
    spans += [*reading.heading.spans, *(passage.span for passage in reading.unread)]
    for span in spans:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    return "".join(
        char for char, known in zip(reading.source, covered, strict=True) if not known and not char.isspace()
    )


def _check_node(reading: Reading, node: Node, above: tuple[Node, ...]) -> None:
    assert node.spans, "no item without its place in the source"
    for span in node.spans:
        _check_span(reading, span)
    assert node.text == "\n".join(_text(reading, span) for span in node.spans)
    family = (*above, node)
    for unit in node.units:
        assert re.sub(r"\s", "", _text(reading, unit.span)) == unit.name
        assert _lies_in(unit.span, family if unit.inherited else (node,))
    for deadline in node.deadlines:
        assert _text(reading, deadline.span) == deadline.text
        assert _lies_in(deadline.span, family if deadline.inherited else (node,))
    for field in node.fields:
        assert _text(reading, field.span) == field.text
    for index, child in enumerate(node.children):
        # Earlier ones of the same list may speak for a later one (下同, 同上).
        _check_node(reading, child, (*family, *_all(node.children[:index])))


def _all(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(one for node in nodes for one in node.walk())


def _check_span(reading: Reading, span: Span) -> None:
    assert 0 <= span.start <= span.end <= len(reading.source)


def _lies_in(span: Span, nodes: tuple[Node, ...]) -> bool:
    return any(outer.start <= span.start and span.end <= outer.end for node in nodes for outer in node.spans)


def _text(reading: Reading, span: Span) -> str:
    return reading.source[span.start : span.end]
