# SPDX-License-Identifier: AGPL-3.0-or-later
"""Charters: every signature counts once, versions follow by one, and what was held stays when anything is refused."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import envelope as dsse
from federation.charter import (
    MAX_MEMBERS,
    Charter,
    Seat,
    accept_charter,
    draft_charter,
    judge_conflict,
    majority,
    read_charter,
    read_draft,
)
from federation.errors import Refused
from federation.wire import DAY, DOCUMENT_LIMIT

from .making.agreeing import FIRST, NAMES, by, claims, listed, member, seat
from .making.world import NOW, key, signed


def read(envelope: str) -> Charter:
    return read_charter(envelope.encode())


def accept(held: Charter | None, envelope: str, now: int = NOW) -> Charter:
    return accept_charter(held, envelope.encode(), now)


def refused(code: str, held: Charter | None, envelope: str, now: int = NOW) -> None:
    with pytest.raises(Refused) as no:
        accept(held, envelope, now)
    assert no.value.code == code


def test_what_is_drawn_up_is_what_is_read_in_whatever_order_members_came() -> None:
    members = [member(name) for name in NAMES]
    drafts = {
        draft_charter(
            id=FIRST["id"],
            version=3,
            now=NOW,
            exp=NOW + DAY,
            name=" The Calder\u202e co-ops ",
            members=order,
            threshold=3,
            terms_sha256=bytes(32),
        )
        for order in itertools.permutations(members)
    }
    (drafted,) = drafts
    found = read_draft(drafted)
    assert (found.name, found.version, found.members) == ("The Calder co-ops", 3, tuple(members))
    assert (found.missing(), found.signed_by()) == (3, frozenset())
    with pytest.raises(Refused, match="threshold of its own"):
        read_charter(drafted)


@settings(max_examples=150, deadline=None)
@given(
    before=st.sets(st.sampled_from(NAMES), min_size=2),
    after=st.sets(st.sampled_from(NAMES), min_size=2),
    signers=st.lists(st.sampled_from(NAMES), max_size=8),
    more=st.integers(0, 2),
)
def test_it_stands_exactly_when_both_thresholds_are_met(
    before: set[str], after: set[str], signers: list[str], more: int
) -> None:
    due = [min(len(names), majority(len(names)) + more) for names in (before, after)]
    held = read(by(claims(1, listed(*sorted(before)), threshold=due[0]), *sorted(before)))
    offered = by(claims(2, listed(*sorted(after)), threshold=due[1]), *signers)
    enough = len(set(signers) & before) >= due[0] and len(set(signers) & after) >= due[1]
    if enough:
        assert accept(held, offered).node_ids == {f"{name}.example" for name in after}
    else:
        refused("untrusted", held, offered)


def test_a_threshold_is_stuffed_in_no_way() -> None:
    """One key for two members, one key's many signatures, another's keyid on it, a member written in two ways."""
    alone = seat("alder")
    refused("malformed", None, signed(dsse.CHARTER, claims(members=listed("alder", "birch", birch=alone)), [alone]))
    envelope = json.loads(signed(dsse.CHARTER, FIRST, [alone]))
    (mine,) = envelope["signatures"]
    for kid in (seat("birch").kid, "birch.example", ""):
        refused("untrusted", None, json.dumps(envelope | {"signatures": [mine, {**mine, "keyid": kid}]}))
    shouted = listed("alder", "birch", "cedar")
    shouted[1]["node_id"] = "Birch.example"
    refused("malformed", None, by(claims(members=shouted), "alder", "birch"))


def test_a_seat_that_left_brings_no_other_member_in() -> None:
    """Cedar's key, dropped, comes back as Dogwood's: the threshold before may be met, and it is refused."""
    held = read(by(FIRST, "alder", "birch"))
    moved = claims(2, listed("alder", "birch", "dogwood", dogwood=seat("cedar")))
    signers = [seat(name) for name in NAMES[:3]]
    refused("untrusted", held, signed(dsse.CHARTER, moved, signers))
    stays = claims(2, listed("alder", "birch", "dogwood"))
    assert accept(held, signed(dsse.CHARTER, stays, signers)).member("dogwood.example") is not None


def test_nothing_goes_back_and_nothing_leaps() -> None:
    versions = [read(by(claims(number), *NAMES[:3])) for number in (1, 2, 3)]
    for held, offered in itertools.product(versions, versions):
        if offered.version == held.version + 1:
            assert accept(held, offered.envelope.decode()) == offered
        elif offered.version == held.version:
            assert accept(held, offered.envelope.decode()) is held
        else:
            refused("version-conflict", held, offered.envelope.decode())


def test_more_signatures_change_nothing_that_is_held() -> None:
    held = read(by(FIRST, "alder", "birch"))
    assert accept(held, by(FIRST, *NAMES[:3])) is held


def test_a_conflict_is_proved_only_by_those_who_may_speak() -> None:
    held = read(by(FIRST, "alder", "birch"))
    other = by(claims(name="Other"), "birch", "cedar")
    assert judge_conflict(held, None, other.encode()).name == "Other"
    for nothing, code in (
        (by(FIRST, *NAMES[:3]), "version-conflict"),
        (by(claims(name="Other"), "cedar"), "untrusted"),
        (by(claims(members=listed("cedar", "dogwood", "elm")), "cedar", "dogwood", "elm"), "untrusted"),
        (by(claims(2), "alder", "birch"), "version-conflict"),
    ):
        with pytest.raises(Refused) as no:
            judge_conflict(held, None, nothing.encode())
        assert no.value.code == code


def test_the_greatest_charter_fits_with_all_its_signatures() -> None:
    def side(start: str) -> list[dict[str, Any]]:
        names = [f"{start}{number:02}.{'a' * 63}.{'b' * 63}.example" for number in range(MAX_MEMBERS)]
        return [
            {"node_id": name, "seat": key(name).public.jwk(), "fingerprint": FIRST["members"][0]["fingerprint"]}
            for name in names
        ]

    old, new = side("a"), side("b")
    signers = [key(one["node_id"]) for one in [*old, *new]]
    held = read(signed(dsse.CHARTER, claims(1, old, threshold=MAX_MEMBERS), signers[:MAX_MEMBERS]))
    made = signed(dsse.CHARTER, claims(2, new, threshold=MAX_MEMBERS), signers)
    assert len(made) < DOCUMENT_LIMIT
    assert len(accept(held, made).members) == MAX_MEMBERS
    crowd = [*new, *side("c")[:1]]
    refused("malformed", None, signed(dsse.CHARTER, claims(1, crowd, threshold=20), []))
    refused("malformed", None, signed(dsse.CHARTER, FIRST, [seat("alder")] * 65))


def test_a_seats_line_says_the_whole_member_and_shows_slips() -> None:
    line = Seat(member("alder")).text()
    assert Seat.from_text(f"\n {line} ").member == member("alder")
    for place in range(len(line)):
        slipped = line[:place] + ("A" if line[place] != "A" else "B") + line[place + 1 :]
        with pytest.raises(Refused) as no:
            Seat.from_text(slipped)
        assert no.value.code == "malformed"
