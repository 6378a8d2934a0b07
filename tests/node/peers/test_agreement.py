# SPDX-License-Identifier: AGPL-3.0-or-later
"""The agreement that two co-ops sign: one text at both, whose hash the peering carries, read before anybody says yes."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from federation.wire import b64
from node import database
from node.errors import Conflict, Invalid, NotFound
from node.peers import acts, agreeing, agreement, leaving, own, renewing
from node.peers.agreement import Deal, Party
from node.peers.shapes import Acceptance, AgreementText, Yes
from tests.node.exchange.coops import OPERATOR, CoOp, change, make_peers, settle
from tests.node.peers.test_peering import detail, invite, words
from tests.node.peers.test_renewing import agree, ask, propose

DEAL = Deal(
    first=Party("alder.example", "Alder", "01632 960201"),
    second=Party("birch.example", "Birch", "01632 960202", "hello@birch.example"),
    version=1,
    gives=("peer-support", "trust"),
    gets=("trust",),
    purpose="Peer support between our members",
    retention_days=90,
    erasure_hours=72,
    on_end="delete",
    begins=1_795_000_000,
    until=1_826_536_000,
)
EDITIONS = {
    1: "3366e56087759ba5e34bf827b13229b05ab194105162ca100df541a421517259",
    2: "bc9d5746e5e9b9d382afbaf64ca6da4650b8316592b319c65cb56d5701d3b33c",
}
"""Edition -> the sum of the text of `DEAL`."""
OURS = "Birch and Alder agree.\n\n- Nobody passes anything on.\n"


def test_an_edition_never_changes() -> None:
    """Other words, or another field that crosses, are another edition: raise `agreement.EDITION` and put its sum here too. Two
    nodes whose texts differ can't sign the text that one of them made."""
    assert max(EDITIONS) == agreement.EDITION
    assert agreement.digest(agreement.text(DEAL)).hex() == EDITIONS[agreement.EDITION]


@pytest.mark.parametrize(
    "other",
    [
        {"first": replace(DEAL.first, name="Adler")},
        {"first": replace(DEAL.first, node_id="adler.example")},
        {"second": replace(DEAL.second, phone="01632 960203")},
        {"second": replace(DEAL.second, email="")},
        {"version": 2},
        {"gives": ("trust",)},
        {"gets": ("metrics", "trust")},
        {"purpose": "Peer support between our members."},
        {"retention_days": 91},
        {"erasure_hours": 24},
        {"on_end": "expire"},
        {"begins": DEAL.begins + 86_400},
        {"until": DEAL.until + 86_400},
    ],
    ids=str,
)
def test_every_term_is_in_the_text(other: dict[str, Any]) -> None:
    assert agreement.text(replace(DEAL, **other)) != agreement.text(DEAL)


def test_what_crosses_is_told_by_field_and_what_does_not_is_not() -> None:
    text = agreement.text(DEAL)
    for topic, said in (("peer-support", 1), ("trust", 2), ("metrics", 0), ("availability", 0)):
        for what, fields in leaving.in_english(topic):
            line = f"    - {what}: {'; '.join(fields)}.\n"
            assert text.count(line) == said, what
    assert all(f"- {what}: {'; '.join(fields)}.\n" in text for _name, what, fields in leaving.letters_in_english())
    assert "Alder gives Birch nothing." in agreement.text(replace(DEAL, gives=()))


def test_a_file_of_the_text_is_the_text() -> None:
    """A program on another computer may end lines in its own way, or put a mark at the beginning."""
    text = agreement.text(DEAL)
    for written in (text, "\ufeff" + text.replace("\n", "\r\n"), text.rstrip("\n"), text + "\n \n"):
        assert agreement.tidy(written) == text
    for wrong in ("", " \n\t\n", "a\0b", "x" * (agreement.LONGEST + 1)):
        with pytest.raises(Invalid) as no:
            agreement.tidy(wrong)
        assert no.value.fields.keys() == {"agreement"}


def test_every_word_of_the_text_is_on_its_page() -> None:
    for text in (agreement.text(DEAL), OURS, "-", "- \n==\nA\n==\n"):
        shown = " ".join(line for _kind, lines in agreement.blocks(text) for line in lines)
        kept = [word for word in text.split() if set(word) - {"-", "="}]
        assert [word for word in shown.split() if set(word) - {"-", "="}] == kept
    kinds = [kind for kind, _lines in agreement.blocks(agreement.text(DEAL))]
    assert (kinds[0], kinds.count("title")) == ("title", 1)
    assert kinds.count("heading") == 11


async def read(coop: CoOp, other: CoOp, proposed: bool | None = None) -> AgreementText:
    with coop.bound():
        return await agreeing.read(other.node_id, proposed=proposed, here=coop.here())


async def accept(coop: CoOp, invitation: str, text: str = "") -> None:
    with coop.bound():
        given = Acceptance(invitation=invitation, agreement=text)
        await acts.accept(actor=OPERATOR, invitation=given, here=coop.here())


async def confirm(coop: CoOp, other: CoOp, text: str = "") -> Any:
    return await change(coop, acts.confirm, other.node_id, words=await words(other), agreement=text)


async def carried(coop: CoOp) -> bytes:
    """What the peering in force at this co-op carries."""
    from node.peers import views

    with coop.bound():
        (view,) = await views.load_all(here=coop.here())
    assert view.peering is not None and view.peering.complete
    return view.peering.agreement_sha256


async def test_both_read_the_same_bytes_before_and_after_they_sign(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"))
    with pytest.raises(NotFound) as early:
        await read(birch, alder)
    assert "has not reached theirs" in early.value.words
    await settle(alder, birch)
    before = [await read(alder, birch), await read(birch, alder)]
    assert [each.proposed for each in before] == [True, True]
    await confirm(alder, birch)
    await settle(alder, birch)
    after = [await read(alder, birch), await read(birch, alder)]
    assert [each.proposed for each in after] == [False, False]
    (text,) = {each.text for each in (*before, *after)}
    assert text is not None and text.startswith("Data-sharing agreement (Commoncare, edition 2)\n")
    assert "- Birch, at birch.example; 01422 000000\n- Alder, at alder.example; 01422 000000\n" in text
    assert {each.sha256 for each in (*before, *after)} == {sha256(text.encode()).hexdigest()}
    assert await carried(alder) == await carried(birch) == sha256(text.encode()).digest()


async def test_nobody_signs_what_nobody_here_can_read(strangers: list[CoOp]) -> None:
    """Birch hands in words of its own. Alder needs those very words, and not one other."""
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"), OURS)
    await settle(alder, birch)
    seen = await read(alder, birch)
    assert (seen.text, seen.own, seen.sha256) == (None, False, sha256(OURS.encode()).hexdigest())
    with pytest.raises(Conflict) as no:
        await confirm(alder, birch)
    assert "another agreement than our computer makes" in no.value.words
    with pytest.raises(Invalid) as wrong:
        await confirm(alder, birch, OURS.replace("anything", "something"))
    assert "aren't the words that they signed" in wrong.value.fields["agreement"]
    assert (await detail(alder, "birch.example")).state == "proposed"
    assert await alder.rows("SELECT * FROM agreement_text") == []
    assert (await confirm(alder, birch, OURS.replace("\n", "\r\n"))).state == "active"
    await settle(alder, birch)
    assert [(each.text, each.own) for each in (await read(alder, birch), await read(birch, alder))] == [
        (OURS, True)
    ] * 2
    assert await carried(alder) == await carried(birch) == sha256(OURS.encode()).digest()


async def test_who_hands_words_in_later_proposes_anew(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"))
    await settle(alder, birch)
    alder.clock.advance(minutes=1)
    await accept(birch, await invite(alder, "birch.example"), OURS)
    await settle(alder, birch)
    assert {(await read(coop, other)).sha256 for coop, other in ((alder, birch), (birch, alder))} == {
        sha256(OURS.encode()).hexdigest()
    }
    await confirm(alder, birch, OURS)
    await settle(alder, birch)
    assert await carried(alder) == await carried(birch) == sha256(OURS.encode()).digest()


async def test_a_name_that_changed_meanwhile_makes_another_text(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"))
    await settle(alder, birch)
    with alder.bound():
        async with database.transaction():
            face = own.profile({"name": "Alder and Elm"}, here=alder.here())
            await own.publish_manifest(face, here=alder.here())
    with pytest.raises(Conflict, match="another agreement"):
        await confirm(alder, birch)


async def test_other_terms_make_another_text(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    first = await read(alder, birch)
    await propose(alder, birch, gives=["trust"])
    await settle(alder, birch)
    new, old = await read(birch, alder), await read(birch, alder, proposed=False)
    assert old.text == first.text
    assert (
        new.text is not None and new.proposed and "Alder gives Birch:\n\n- news of its own keys (trust)\n" in new.text
    )
    assert new.sha256 != old.sha256
    await agree(birch, alder)
    await settle(alder, birch)
    assert await carried(alder) == await carried(birch) == bytes.fromhex(new.sha256)
    assert (await read(alder, birch)).text == new.text


async def test_words_of_their_own_go_on_until_somebody_asks_for_ours(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"), OURS)
    await settle(alder, birch)
    await confirm(alder, birch, OURS)
    await settle(alder, birch)
    await propose(alder, birch, days=100)
    await settle(alder, birch)
    assert (await read(birch, alder)).text == OURS
    await agree(birch, alder)
    await settle(alder, birch)
    await propose(birch, alder, days=200, standard=True)
    await settle(alder, birch)
    text = (await read(alder, birch)).text
    assert text is not None and "Version 3 of what these two have agreed on" in text
    await agree(alder, birch)
    await settle(alder, birch)
    other = "Other words.\n"
    await propose(alder, birch, agreement=other)
    await settle(alder, birch)
    held = (await detail(birch, "alder.example")).proposal
    assert held is not None
    with pytest.raises(Conflict, match="another agreement"):
        await change(birch, renewing.agree_terms, "alder.example", yes=Yes(digest=held.digest))
    await change(birch, renewing.agree_terms, "alder.example", yes=Yes(digest=held.digest, agreement=other))
    await settle(alder, birch)
    assert await carried(alder) == await carried(birch) == sha256(other.encode()).digest()


async def short(coop: CoOp) -> None:
    """As a node proposed before there were editions."""
    name = b64(agreement.digest(agreement.SHORT))
    with coop.bound():
        await database.execute(
            "INSERT INTO agreement_text (digest, words, own, at) VALUES ({}, {}, {}, 0)", name, agreement.SHORT, False
        )
        await database.execute("UPDATE peer SET agreement = {}", name)


async def test_a_peering_from_before_there_were_editions_stands(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"))
    await short(birch)
    await settle(alder, birch)
    assert (await read(alder, birch)).text == agreement.SHORT
    assert (await confirm(alder, birch)).state == "active"
    await settle(alder, birch)
    assert await carried(alder) == agreement.digest(agreement.SHORT)
    await propose(birch, alder, days=30)
    await settle(alder, birch)
    renewed = (await read(alder, birch)).text
    assert renewed is not None and renewed.startswith("Data-sharing agreement")
    assert (await agree(alder, birch)).state == "active"
    assert ask().agreement == ""


async def test_it_is_kept_after_the_end_and_of_strangers_there_is_none(strangers: list[CoOp]) -> None:
    alder, birch, _cedar = strangers
    await make_peers(alder, birch)
    text = (await read(alder, birch)).text
    await change(alder, acts.end, "birch.example", reason="We merge")
    await settle(alder, birch)
    assert text == (await read(alder, birch)).text == (await read(birch, alder)).text
    with alder.bound(), pytest.raises(NotFound) as stranger:
        await agreeing.read("cedar.example", here=alder.here())
    assert "don't know a co-op" in stranger.value.words
    with pytest.raises(NotFound) as none:
        await read(alder, birch, proposed=True)
    assert "no agreement of that kind" in none.value.words
