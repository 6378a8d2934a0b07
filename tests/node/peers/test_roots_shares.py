# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sheets of a root key: enough of one set give it back, fewer and mixed ones never do; slips are told; the words are plain."""

from __future__ import annotations

from itertools import combinations

import pytest

from federation.keys import SigningKey
from node.errors import Invalid
from node.peers import founding, shares
from tests.support import SeededRandomness

NOW = 1_800_000_000
ROOT = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(range(1, 33)))
KEEPERS = [f"{name}.example" for name in ("birch", "cedar", "elm", "fir", "oak")]


def sheets(root: SigningKey = ROOT, need: int = 3, keepers: list[str] = KEEPERS) -> list[shares.Sheet]:
    return shares.split(
        root, holders=keepers, need=need, co_op="Alder", node_id="alder.example", phone="01632 960201",
        random=SeededRandomness(5).bytes, now=NOW,
    )  # fmt: skip


def fault(*texts: str) -> str:
    with pytest.raises(Invalid) as no:
        shares.join(texts)
    return no.value.fields["words"]


def test_any_three_of_five_give_the_key_back_and_no_two_do() -> None:
    made = sheets()
    for some in combinations(made, 3):
        assert shares.join([each.text for each in some]).seed() == ROOT.seed()
    for few in combinations(made, 2):
        assert fault(*(each.words for each in few)) == "3 different sheets are needed; there are 2."
    assert shares.join([each.words for each in made]).seed() == ROOT.seed()
    assert fault(made[0].words, made[0].words, made[0].words) == "3 different sheets are needed; there is 1."


def test_sheets_of_two_sets_do_not_mix() -> None:
    first, second, stranger = sheets(), sheets(), sheets(OTHER)
    for other in (second, stranger):
        assert "not of one set" in fault(first[0].words, first[1].words, other[2].words)
        assert "not of one set" in fault(*(each.words for each in first[:3]), other[3].words)


def test_a_set_that_pretends_to_be_one_gives_no_key() -> None:
    """Same beginning, same numbers, other contents: the digest inside tells."""
    from shamir_mnemonic import Share

    made, other = sheets(), sheets(OTHER)
    mine, theirs = Share.from_mnemonic(made[2].words), Share.from_mnemonic(other[2].words)
    forged = Share(
        mine.identifier, mine.extendable, mine.iteration_exponent, mine.group_index, mine.group_threshold,
        mine.group_count, mine.index, mine.member_threshold, theirs.value,
    ).mnemonic()  # fmt: skip
    assert "do not give a key" in fault(made[0].words, made[1].words, forged)
    assert "not the same words" in fault(*(each.words for each in made[:3]), forged)


def test_slips_are_told_with_their_place() -> None:
    made = sheets()
    words = made[1].words.split()
    others = [made[0].words, made[2].words]
    slip = " ".join([*words[:9], words[9] + "x", *words[10:]])
    assert fault(*others, slip) == f"Sheet 3: word 10 isn't one that is used. Is it “{words[9]}”?"
    swapped = " ".join([words[0], words[1], words[3], words[2], *words[4:]])
    assert "Sheet 3: there is a slip" in fault(*others, swapped)
    assert "33 words" in fault(" ".join(words[:-1]))
    assert "no words" in fault(" \n ")
    assert "the whole key 24; there are 3" in fault("one two three")


def test_paper_holds_the_whole_key_and_is_read_as_it_is_printed() -> None:
    text = shares.paper(ROOT, co_op="Alder", node_id="alder.example", now=NOW)
    assert "ROOT KEY OF ALDER (alder.example)" in text and ROOT.kid[:8] in text
    for said in (text, text.upper(), founding.root_words(ROOT), founding.root_words(ROOT).replace(" ", "\n")):
        assert shares.join([said]).seed() == ROOT.seed()


def test_a_sheet_says_what_it_is_and_how_to_know_who_asks() -> None:
    made = sheets()
    assert len({each.call for each in made}) == len(made)
    for keeper, each in zip(KEEPERS, made, strict=True):
        flat = " ".join(each.text.split())
        assert f"Kept by {keeper} for Alder (alder.example), since 15 January 2027" in flat
        assert f"They are: {each.call} " in flat and len(each.call.split()) == 4
        assert "on the number that you have always had" in flat and "any 3 of them are enough" in flat
        assert all(len(line) <= 78 for line in each.text.splitlines())
        assert founding.root_words(ROOT) not in flat
    ours = shares.own_list(made, need=3, co_op="Alder", node_id="alder.example", now=NOW)
    assert all(f"{each.holder}:  {each.call}" in ours and each.words not in ours for each in made)
    assert all(shares.found_in(ours)[0] != each.words.split() for each in made)


@pytest.mark.parametrize(
    ("need", "keepers", "field"),
    [
        (1, KEEPERS, "need"),
        (6, KEEPERS, "need"),
        (2, KEEPERS[:1], "shares"),
        (2, [*KEEPERS, KEEPERS[0]], "for"),
        (2, [f"co-op-{number}.example" for number in range(17)], "shares"),
    ],
)
def test_what_makes_no_safe_set_is_refused(need: int, keepers: list[str], field: str) -> None:
    with pytest.raises(Invalid) as no:
        sheets(need=need, keepers=keepers)
    assert set(no.value.fields) == {field}
