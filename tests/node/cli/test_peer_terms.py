# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare peer …` after the first day: two reasons for a pause, a try now, terms, and how one neighbour stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.node.cli.conftest import Run, init

UNKNOWN = "We don't know a co-op of that name."


@pytest.mark.parametrize(
    "call",
    [
        ["peer", "try", "birch.example"],
        ["peer", "show", "birch.example"],
        ["peer", "terms", "propose", "birch.example"],
        ["peer", "terms", "agree", "birch.example", "--digest", "x"],
        ["peer", "terms", "decline", "birch.example"],
        ["peer", "end", "birch.example", "--private", "over"],
    ],
)
def test_a_stranger_is_not_known(run: Run, folder: Path, call: list[str]) -> None:
    assert UNKNOWN in run(*call, "--dir", str(folder), "--json").problem["detail"]


def test_the_two_reasons_of_a_pause_go_their_own_ways_and_one_neighbour_is_shown_whole(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    birch = tmp_path / "birch"
    assert init(run, birch, node_id="birch.example").code == 0
    made = run("peer", "invite", "birch.example", "--dir", str(folder), "--json").json
    taken = run("peer", "accept", "-", "--dir", str(birch), "--json", stdin=made["invitation"] + "\n")
    assert taken.code == 0
    where = ("alder.example", "--dir", str(birch), "--json")
    wrong = run("peer", "pause", *where, "--private", " ", "--why", "gossip", "--public", "x" * 201).problem
    assert {each["field"] for each in wrong["errors"]} == {"reason", "why", "words"}
    told = ("--why", "repair", "--public", "Back on Monday", "--private", "Their disk failed")
    peer = run("peer", "pause", *where, *told).json
    assert (peer["pause_why"], peer["pause_words"]) == ("repair", "Back on Monday")
    assert peer["pause_reason"] == "Their disk failed"
    one = run("peer", "show", *where).json
    assert one.keys() >= {"peer", "taken", "given", "owed", "effect", "said", "why"}
    assert one["effect"] == {"offers": 0, "introductions": 0, "letters": 0}
    (same,) = run("peer", "show", "--dir", str(birch), "--json").json
    assert same == one
    assert "offers shown" in run("peer", "show", *where[:-1]).out
    tried = run("peer", "try", *where).json
    assert tried["next_try"] == 0
    nothing = run("peer", "terms", "propose", *where, "--days", "10").problem
    assert "Nothing is agreed with this co-op" in nothing["detail"]
