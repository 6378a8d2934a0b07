# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an offer may say and how far it may go, the gate, the hints: pure, without a database."""

from __future__ import annotations

import msgspec
import pytest

from node.errors import Invalid
from node.here import Here
from node.support import rules
from node.support.hints import check_hints
from node.support.rules import Behind, Facts, judged, may_leave, standing, state, tidy
from node.support.shapes import Audience, OfferDraft
from node.support.taxonomy import common
from node.support.wording import Content
from tests.node.support.conftest import DAY, STROKE

NOW = 1_800_000_000


def changed(**given: object) -> OfferDraft:
    return msgspec.structs.replace(STROKE, **given)


def faults(draft: OfferDraft, here: Here) -> set[str]:
    with pytest.raises(Invalid) as found:
        judged(draft, topics=common(), here=here)
    return set(found.value.fields)


def content(here: Here, **given: object) -> Content:
    return judged(changed(**given), topics=common(), here=here)


def test_a_good_offer_is_tidied(here: Here) -> None:
    made = content(here, have="  I had\u202e a  stroke. ", languages=["EN", "en", "pt-br"], topics=["stroke", "stroke"])
    assert made.have == "I had a stroke."
    assert made.languages == ("en", "pt-BR")
    assert made.topics == ("stroke",)
    assert (made.area.name, made.area.lat, made.area.lon) == ("Saltmarsh", 54.48, 2.22)


def test_every_field_is_faulted_at_once(here: Here) -> None:
    draft = OfferDraft(
        kind="three",
        topics=["stroke", "no-such-topic"],
        have="",
        how="x" * 601,
        limits="\U0001f600" * 600,
        ways=["carrier pigeon"],
        languages=["english please"],
        area="atlantis",
        times="y" * 201,
        replies=31,
        places=0,
        audience=Audience(not_to=["not a host"]),
    )
    assert faults(draft, here) == {
        "kind", "topics", "have", "how", "limits", "ways", "languages", "area", "times", "replies", "places",
        "audience.not_to",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"topics": []}, "topics"),
        ({"topics": ["stroke", "aphasia", "parkinsons", "moving", "loneliness", "a-break"]}, "topics"),
        ({"ways": []}, "ways"),
        ({"ways": ["phone", "home_visit"]}, "ways"),
        ({"ways": ["phone_group"]}, "ways"),
        ({"languages": []}, "languages"),
        ({"places": 21}, "places"),
        ({"open": 3}, "open"),
        ({"open": -1}, "open"),
        ({"audience": Audience(not_to=["alder.example"])}, "audience.not_to"),
    ],
)
def test_one_fault(given: dict[str, object], field: str, here: Here) -> None:
    assert faults(changed(**given), here) == {field}


def test_a_first_meeting_is_never_at_home(here: Here) -> None:
    with pytest.raises(Invalid) as found:
        judged(changed(ways=["at_home"]), topics=common(), here=here)
    assert "never at home" in found.value.fields["ways"]


def test_an_area_by_id_by_name_and_the_whole_patch(here: Here) -> None:
    assert content(here, area="ferry-row").area.name == content(here, area=" ferry  ROW").area.name == "Ferry Row"
    assert content(here, area="whole_patch").area.name == "Alder Neighbours Co-op"
    assert content(here, area="").area_id == "whole_patch"


def test_reach_decides_what_may_be_written(here: Here) -> None:
    assert faults(changed(topics=["stroke", "domestic-abuse"]), here) == {"audience.home_only"}
    assert faults(changed(topics=["cancer"]), here) == {"careful_ok", "area"}
    assert faults(changed(topics=["cancer"], area="whole_patch"), here) == {"careful_ok"}
    assert faults(changed(topics=["cancer"], careful_ok=True), here) == {"area"}
    assert content(here, topics=["cancer"], careful_ok=True, area="whole_patch").careful_ok
    assert content(here, topics=["cancer", "self-harm"], audience=Audience(home_only=True)).home_only


def test_reach_decides_what_may_leave(here: Here) -> None:
    topics = common()
    plain = content(here)
    careful = content(here, topics=["cancer"], careful_ok=True, area="whole_patch")
    replace = msgspec.structs.replace
    assert may_leave(plain, topics) == []
    assert may_leave(careful, topics) == []
    # However a wording came to be stored, these do not leave.
    assert may_leave(replace(plain, home_only=True), topics)
    assert may_leave(replace(plain, topics=("stroke", "self-harm")), topics)
    assert may_leave(replace(plain, topics=("unheard-of",)), topics)
    assert may_leave(replace(careful, careful_ok=False), topics)
    assert may_leave(replace(careful, area_id="saltmarsh"), topics)


GOOD = Behind(induction_on=NOW - DAY, promise_on=NOW - DAY, supervisor="them", next_check_in=NOW + DAY)


def test_the_gate() -> None:
    assert standing(GOOD, now=NOW).ok
    assert not standing(GOOD, now=NOW + DAY).ok
    assert not standing(GOOD, now=NOW, active=False).ok
    assert len(standing(None, now=NOW).missing) == 4
    for missing in (
        {"induction_on": None},
        {"induction_on": NOW + 1},
        {"promise_on": None},
        {"supervisor": None},
        {"supervisor_active": False},
        {"next_check_in": None},
        {"next_check_in": NOW},
    ):
        given = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__} | missing
        assert len(standing(Behind(**given), now=NOW).missing) == 1, missing


def facts(**given: object) -> Facts:
    plain: dict[str, object] = dict.fromkeys(Facts.__dataclass_fields__) | {
        "id": "o", "supporter": "p", "created_at": NOW, "revision": 1, "places": 1, "open": 1, "not_to": (),
        "home_only": False, "careful_ok": False,
    }  # fmt: skip
    return Facts(**(plain | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "ok", "found"),
    [
        ({}, True, "draft"),
        ({"submitted_at": NOW}, True, "waiting_check"),
        ({"submitted_at": NOW, "returned_at": NOW}, True, "returned"),
        ({"published": 1, "checked_on": NOW}, True, "published"),
        ({"published": 1, "checked_on": NOW, "submitted_at": NOW}, True, "published"),
        ({"published": 1, "checked_on": NOW}, False, "paused"),
        ({"published": 1, "checked_on": NOW - 90 * DAY}, True, "expired"),
        ({"published": 1, "checked_on": NOW - 90 * DAY, "confirmed_at": NOW - DAY}, True, "published"),
        ({"published": 1, "checked_on": NOW, "withdrawn_at": NOW}, True, "withdrawn"),
    ],
)
def test_what_an_offer_is(given: dict[str, object], ok: bool, found: str) -> None:
    assert state(facts(**given), ok=ok, now=NOW) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My husband Ken has MS.", ["My husband Ken", "My husband … MS"]),
        ("My mum, Rose Bell, went into a home.", ["My mum Rose Bell"]),
        ("I look after my son, who is autistic.", ["my son … autistic"]),
        ("Her sister was in chemo for months.", ["Her sister … chemo"]),
        ("Dr Marsh was kind.", ["Dr Marsh"]),
        ("Ring me on 01632 960999 any time.", ["01632 960999"]),
        ("Write to me@example.org", ["me@example.org"]),
        ("I live at ZZ9 9ZZ.", ["ZZ9 9ZZ"]),
        ("I have cared for my husband for nine years.", []),
        ("I had a stroke in 2021. Words were slow to come back.", []),
        ("I ring on Tuesdays and Fridays.", []),
        ("My wife Monday to Friday, me at weekends.", []),
        ("What is said stays here, unless someone is in danger.", []),
    ],
)
def test_hints_for_the_lead(text: str, words: list[str], here: Here) -> None:
    assert [hint.words for hint in check_hints(content(here, have=text), common())] == words


def test_tidy_keeps_lines_and_joiners() -> None:
    assert tidy("one\r\n\r\n two\u200b \u0000\n") == "one\ntwo"
    assert tidy("one\ntwo", line=True) == "one two"
    assert tidy("می\u200cخواهم") == "می\u200cخواهم"


def test_dates_behind_a_supporter() -> None:
    good = {"induction_on": NOW - 1, "promise_on": NOW, "next_check_in": NOW + 1, "now": NOW}
    assert rules.when_faults(**good) == {}
    bad = {"induction_on": NOW + 1, "promise_on": 0, "next_check_in": NOW + 181 * DAY, "now": NOW}
    assert set(rules.when_faults(**bad)) == {"induction_on", "promise_on", "next_check_in"}
