"""The tree of RFC 6962: the test vectors of Certificate Transparency, and every proof against the slow definition."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.ledger import merkle
from bihuan.ledger.offline import Edge, fold, hash_leaf, hash_node, is_consistent, is_included

# The eight leaves and the roots of certificate-transparency's own tests (merkletree/merkle_tree_test.cc).
DATA = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {  # (leaf, size): the audit path, lowest first
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}


def slow(data):
    """MTH of RFC 6962 §2.1, word for word."""
    if not data:
        return sha256().digest()
    if len(data) == 1:
        return hash_leaf(data[0])
    k = 1
    while 2 * k < len(data):
        k *= 2
    return hash_node(slow(data[:k]), slow(data[k:]))


class Tree:
    """As it is kept: leaves, and the subtrees that became whole."""

    def __init__(self, data):
        self.data, self.edge, self.kept = data, Edge(), {}
        for index, one in enumerate(data):
            self.kept[0, index] = hash_leaf(one)
            self.kept |= {(level, place): found for level, place, found in self.edge.add(hash_leaf(one))}

    def path(self, stretches):
        return [fold([self.kept[part] for part in merkle.subtrees(*one)]) for one in stretches]


def test_the_tree_has_the_published_roots():
    assert Edge().root() == sha256().digest()
    assert [Tree(DATA[:size]).edge.root().hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(("leaf", "size"), PATHS)
def test_audit_paths_are_the_published_ones(leaf, size):
    path = Tree(DATA[:size]).path(merkle.inclusion(leaf, size))
    assert [step.hex() for step in path] == PATHS[leaf, size]


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65])
def test_every_proof_of_a_tree_convinces_and_no_other_does(size):
    tree = Tree([bytes([n]) for n in range(size)])
    root = tree.edge.root()
    assert root == slow(tree.data)
    for index in range(size):
        path = tree.path(merkle.inclusion(index, size))
        assert len(path) <= (size - 1).bit_length()
        assert is_included(tree.kept[0, index], index, size, path, root)
        assert not is_included(hash_leaf(b"other"), index, size, path, root)
        assert not is_included(tree.kept[0, index], index, size, [*path, root], root)
        assert not (path and is_included(tree.kept[0, index], index, size, path[:-1], root))
        assert not is_included(tree.kept[0, index], index + 1, size, path, root)
    for first in range(size + 1):
        old, path = slow(tree.data[:first]), tree.path(merkle.consistency(first, size))
        assert len(path) <= (size - 1).bit_length() + 1
        assert is_consistent(first, size, old, root, path)
        assert not is_consistent(first, size, hash_leaf(b"other"), root, path)
        assert not is_consistent(first, size, old, root, [*path, root])
        assert first == 0 or not is_consistent(first, size, old, hash_leaf(b"other"), path)


@given(st.binary(min_size=1, max_size=300), st.integers(0, 299), st.integers(0, 300))
def test_proofs_hold_for_any_tree(octets, index, first):
    data = [bytes([one]) for one in octets]
    tree, size = Tree(data), len(data)
    index, first = index % size, first % (size + 1)
    root = tree.edge.root()
    assert root == slow(data)
    path = tree.path(merkle.inclusion(index, size))
    assert is_included(tree.kept[0, index], index, size, path, root)
    growth = tree.path(merkle.consistency(first, size))
    assert is_consistent(first, size, slow(data[:first]), root, growth)
    if path:
        broken = [*path[:-1], bytes(32)]
        assert not is_included(tree.kept[0, index], index, size, broken, root)
