"""Which whole subtrees make up a proof (RFC 6962 §2.1). Pure; hashing itself is in `offline`.

A subtree is (level, place): the hash over the leaves `place * 2**level` up to `(place + 1) * 2**level`.
"""

from collections.abc import Iterator

Subtree = tuple[int, int]
Stretch = tuple[int, int]  # leaves from, up to


def subtrees(begin: int, end: int) -> list[Subtree]:
    """The largest whole subtrees that cover a stretch of leaves, left to right."""
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def inclusion(index: int, size: int) -> list[Stretch]:
    """The stretches whose hashes lead from a leaf to the root, lowest first: PATH(m, D[n])."""
    return list(_path(index, 0, size))[::-1]


def consistency(first: int, second: int) -> list[Stretch]:
    """The stretches whose hashes show that a tree only grew, in the order of the proof: PROOF(m, D[n])."""
    return list(_growth(first, 0, second, True))[::-1] if 0 < first < second else []


def _path(index: int, begin: int, end: int) -> Iterator[Stretch]:
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield begin, middle
            begin = middle


def _growth(first: int, begin: int, end: int, known: bool) -> Iterator[Stretch]:
    """SUBPROOF from the root downwards; `known` while the verifier has the old root itself."""
    while first < end:
        middle = begin + _split(end - begin)
        if first <= middle:
            yield middle, end
            end = middle
        else:
            yield begin, middle
            begin, known = middle, False
    if not known:
        yield begin, end


def _split(width: int) -> int:
    """The largest power of two below the width."""
    return 1 << ((width - 1).bit_length() - 1)
