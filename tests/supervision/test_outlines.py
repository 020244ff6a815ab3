"""The moves of the tree editor, on outlines of any shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.supervision import outlines
from bihuan.supervision.outlines import DEEPEST, Place


@st.composite
def lists(draw):
    """Any valid outline of up to twenty nodes."""
    depths: list[int] = []
    for _node in range(draw(st.integers(1, 20))):
        depths.append(draw(st.integers(1, min(depths[-1] + 1 if depths else 1, DEEPEST))))
    return [Place(key, depth) for key, depth in enumerate(depths, 1)]


MOVES = {
    "indent": lambda outline, key: outlines.indent(outline, {key}),
    "outdent": lambda outline, key: outlines.outdent(outline, {key}),
    "raise": outlines.raise_,
    "lower": outlines.lower,
    "insert": lambda outline, key: outlines.insert(outline, 99, after=key),
    "insert below": lambda outline, key: outlines.insert(outline, 99, after=key, below=True),
    "without": lambda outline, key: outlines.without(outline, key),
}


@given(st.data(), lists(), st.sampled_from(sorted(MOVES)))
def test_every_move_leaves_a_valid_tree_of_the_same_nodes(data, outline, move):
    key = data.draw(st.sampled_from([place.key for place in outline]))
    moved = MOVES[move](outline, key)
    assert outlines.is_valid(moved)
    gained = {99} if move.startswith("insert") else set()
    lost = {key} if move == "without" else set()
    assert {place.key for place in moved} == {place.key for place in outline} - lost | gained


@given(lists(), st.sets(st.integers(1, 20)), st.sampled_from(["indent", "outdent"]))
def test_a_whole_selection_changes_level_and_keeps_its_order(outline, keys, move):
    moved = getattr(outlines, move)(outline, keys)
    assert outlines.is_valid(moved)
    assert [place.key for place in moved] == [place.key for place in outline]


@given(st.data(), lists())
def test_moves_that_have_an_opposite_can_be_taken_back(data, outline):
    key = data.draw(st.sampled_from([place.key for place in outline]))
    for there, back in ((outlines.raise_, outlines.lower), (outlines.lower, outlines.raise_)):
        moved = there(outline, key)
        if moved != outline:
            assert back(moved, key) == outline
    deeper = outlines.indent(outline, {key})
    if deeper != outline:
        assert outlines.outdent(deeper, {key}) == outline


@given(st.data(), lists())
def test_moving_among_siblings_keeps_every_parent(data, outline):
    key = data.draw(st.sampled_from([place.key for place in outline]))
    for move in (outlines.raise_, outlines.lower):
        assert outlines.parents(move(outline, key)) == outlines.parents(outline)


TREE = [Place(key, depth) for key, depth in enumerate((1, 2, 3, 2, 1, 2), 1)]
#        1
#        ├ 2 ─ 3
#        └ 4
#        5 ─ 6


@pytest.mark.parametrize(
    ("moved", "shape"),
    [
        (outlines.indent(TREE, {4}), "1.1 2.2 3.3 4.3 5.1 6.2"),
        (outlines.indent(TREE, {5}), "1.1 2.2 3.3 4.2 5.2 6.3"),
        (outlines.indent(TREE, {1}), "1.1 2.2 3.3 4.2 5.1 6.2"),  # nothing before it to go under
        (outlines.indent(TREE, {2}), "1.1 2.2 3.3 4.2 5.1 6.2"),
        (outlines.outdent(TREE, {2}), "1.1 2.1 3.2 4.2 5.1 6.2"),  # 4 follows under 2
        (outlines.outdent(TREE, {1}), "1.1 2.2 3.3 4.2 5.1 6.2"),
        (outlines.raise_(TREE, 4), "1.1 4.2 2.2 3.3 5.1 6.2"),
        (outlines.lower(TREE, 1), "5.1 6.2 1.1 2.2 3.3 4.2"),
        (outlines.lower(TREE, 4), "1.1 2.2 3.3 4.2 5.1 6.2"),
        (outlines.without(TREE, 2), "1.1 3.2 4.2 5.1 6.2"),
        (outlines.without(TREE, 1), "2.1 3.2 4.1 5.1 6.2"),
        (outlines.without(TREE, 4), "1.1 2.2 3.3 5.1 6.2"),
        (outlines.without(TREE, 5), "1.1 2.2 3.3 4.2 6.2"),  # 6 goes on under 1
        (outlines.insert(TREE, 9, after=2), "1.1 2.2 3.3 9.2 4.2 5.1 6.2"),
        (outlines.insert(TREE, 9, after=5, below=True), "1.1 2.2 3.3 4.2 5.1 6.2 9.2"),
        (outlines.insert(TREE, 9, after=None), "1.1 2.2 3.3 4.2 5.1 6.2 9.1"),
    ],
)
def test_a_move_does_what_an_editor_expects(moved, shape):
    assert " ".join(f"{key}.{depth}" for key, depth in moved) == shape


def test_a_branch_is_a_node_with_all_below_it():
    assert outlines.branch(TREE, 1) == {1, 2, 3, 4}
    assert outlines.before(TREE, 5) == 4
    assert outlines.before(TREE, 1) is None


@pytest.mark.parametrize("depths", [[2], [1, 3], [0], [1] * 2 + [DEEPEST + 1]])
def test_a_level_that_is_skipped_is_no_outline(depths):
    assert not outlines.is_valid([Place(key, depth) for key, depth in enumerate(depths)])
