# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tree against RFC 6962's own definition, written out naively, and against third-party proofs."""

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import merkle
from federation.merkle import Frontier


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 of RFC 6962 writes it, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


@given(st.lists(st.integers(0, 70), max_size=6))
def test_a_frontier_grown_in_any_steps_has_the_root_of_the_whole(steps):
    every = leaves(sum(steps))
    frontier, at = Frontier(), 0
    for step in steps:
        frontier = frontier.extend(every[at : at + step])
        at += step
        assert frontier.size == at
        assert frontier.root() == naive_root(every[:at])
        assert Frontier.from_bytes(frontier.to_bytes()) == frontier
    assert frontier == Frontier().extend(iter(every))


@pytest.mark.parametrize("stored", [b"", b"\0" * 7, b"\0" * 9, b"\0" * 40, (3).to_bytes(8, "big") + b"\0" * 32])
def test_stored_bytes_that_are_no_frontier_are_refused(stored):
    with pytest.raises(ValueError):
        Frontier.from_bytes(stored)


def test_a_frontier_beyond_2_to_53_is_refused():
    with pytest.raises(ValueError):
        Frontier(2**53, (b"\0" * 32,))


@settings(deadline=None)
@given(st.data(), st.integers(1, 130))
def test_inclusion_holds_for_the_right_leaf_only(data, size):
    every = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(every, index)
    root = naive_root(every)

    def holds(**other):
        claim = {"leaf": every[index], "index": index, "size": size, "proof": proof, "root": root} | other
        return merkle.verify_inclusion(**claim)

    assert holds()
    assert not holds(leaf=merkle.leaf_hash(b"another"))
    assert not holds(proof=[*proof, b"\0" * 32])
    assert not holds(proof=[*proof, b""])
    assert not holds(index=size)
    assert not holds(index=-1)
    if proof:
        assert not holds(proof=proof[:-1])
        other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index))
        assert not holds(index=other)


@settings(deadline=None)
@given(st.data(), st.integers(1, 130))
def test_consistency_holds_for_the_true_beginning_only(data, size2):
    every = leaves(size2)
    size1 = data.draw(st.integers(1, size2))
    proof = merkle.consistency_proof(every, size1)
    whole = {"root1": naive_root(every[:size1]), "root2": naive_root(every)}

    def holds(**other):
        claim = {"size1": size1, "size2": size2, "proof": proof} | whole | other
        return merkle.verify_consistency(**claim)

    assert holds()
    assert not holds(root1=b"\1" * 32)
    assert not holds(root2=b"\1" * 32)
    assert not holds(proof=[*proof, b"\0" * 32])
    assert not holds(size1=0)
    assert not holds(size1=size2 + 1)
    for at in range(len(proof)):
        bit = data.draw(st.integers(0, 255))
        flipped = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
        assert not holds(proof=[*proof[:at], flipped, *proof[at + 1 :]])
        assert not holds(proof=proof[:at] + proof[at + 1 :])


def test_asking_for_a_proof_that_cannot_be_is_an_error():
    with pytest.raises(ValueError):
        merkle.inclusion_proof(leaves(3), 3)
    for size in (0, 4):
        with pytest.raises(ValueError):
            merkle.consistency_proof(leaves(3), size)


def cases(folder: Path) -> list[dict]:
    found = [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]
    assert len(found) == 98
    return found


def unpack(values: list[str] | None) -> list[bytes]:
    return [base64.b64decode(value) for value in values or []]


def test_third_party_inclusion_proofs(vectors):
    for case in cases(vectors("rfc6962-merkle") / "testdata" / "inclusion"):
        held = merkle.verify_inclusion(
            leaf=base64.b64decode(case["leafHash"] or ""),
            index=case["leafIdx"],
            size=case["treeSize"],
            proof=unpack(case["proof"]),
            root=base64.b64decode(case["root"] or ""),
        )
        assert held is not case["wantErr"], case["desc"]


def test_third_party_consistency_proofs(vectors):
    """All 98, the cases from an empty tree among them: they want an error, and we give one."""
    for case in cases(vectors("rfc6962-merkle") / "testdata" / "consistency"):
        held = merkle.verify_consistency(
            size1=case["size1"],
            root1=base64.b64decode(case["root1"] or ""),
            size2=case["size2"],
            root2=base64.b64decode(case["root2"] or ""),
            proof=unpack(case["proof"]),
        )
        assert held is not case["wantErr"], case["desc"]
