# SPDX-License-Identifier: AGPL-3.0-or-later
"""What neighbours see of our keys over time: a turned one costs no request, a revoked one is worth nothing, a long absence heals.

One process, real co-ops, real databases; the keys that a thief holds are the real ones, taken out before they are destroyed.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from federation import wire
from federation.errors import Refused
from federation.feed import Origin
from federation.identity import accept_identity, make_identity, well_known
from federation.keys import SigningKey
from federation.letters import Concern, reseal, seal
from federation.notes import make_checkpoint, open_checkpoint
from federation.requests import sign_request
from node import database
from node.actor import at_the_command_line
from node.coop import Coop
from node.peers import acts, founding, keyring, own, reads, roots, rotating, views
from node.peers.shapes import Acceptance
from node.village import Village
from node.village.village import PASSPHRASE

DAY = 86_400
OPERATOR = at_the_command_line()
OFFERS = "SELECT * FROM followed WHERE peer = {} AND topic = 'peer-support'"


def root(coop: Coop) -> SigningKey:
    return founding.root_from_file(coop.settings.path(coop.settings.root_key_file), PASSPHRASE)


async def revoke(village: Village, name: str, use: str) -> rotating.Turned:
    with village.at(name) as coop:
        return await rotating.revoke(
            actor=OPERATOR, use=use, reason="stolen", begin_anew=coop.begin_feeds_anew, here=coop.here()
        )


async def rotate(village: Village, name: str, use: str) -> rotating.Turned:
    with village.at(name) as coop:
        return await rotating.rotate(actor=OPERATOR, use=use, here=coop.here())


async def secret(village: Village, name: str, use: Any) -> SigningKey:
    with village.at(name) as coop:
        return await keyring.signing(use, here=coop.here())


def refused(village: Village, name: str) -> dict[str, float]:
    """Requests of other nodes that this co-op answered with 401, by handler."""
    return {
        sample.labels["handler"]: sample.value
        for metric in village[name].figures.requests.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["status"] == "401" and sample.value
    }


async def ask(village: Village, name: str, key: SigningKey, *, created: int, nonce: int) -> httpx.Response:
    """A request for heads at birch that bears alder's name, signed with this key at this time."""
    headers = sign_request(
        "GET", f"{name}.example", wire.HEADS, "", None, None,
        key=key, node_id="alder.example", now=created, nonce=nonce.to_bytes(16, "big"),
    )  # fmt: skip
    async with village.client(name) as client:
        return await client.get(wire.HEADS, headers=headers)


async def alarms(village: Village, name: str) -> list[str]:
    with village.at(name):
        frozen = await database.rows("SELECT node_id FROM peer WHERE frozen OR failing_since IS NOT NULL")
        return [row["alarm"] for row in await database.rows("SELECT alarm FROM followed WHERE alarm <> ''")] + [
            row["node_id"] for row in frozen
        ]


async def test_a_turned_http_key_costs_no_request(three: Village) -> None:
    turned = await rotate(three, "alder", "http")
    before = await secret(three, "alder", "http")
    for _ in range(16):
        await three.settle()
        three.clock.advance(days=1)
    await three.settle()
    now = await secret(three, "alder", "http")
    assert (now.kid, before.kid != now.kid) == (turned.kid, True)
    assert [refused(three, name) for name in three.coops] == [{}, {}, {}]
    asked = [request for request in three.net.requests if request[0] == "alder.example"]
    assert len(asked) > 30
    with three.at("alder"):
        gone = await database.row("SELECT secret, destroyed_at FROM own_key WHERE kid = {}", before.kid)
    assert gone is not None and gone["secret"] is None and gone["destroyed_at"] is not None
    assert await alarms(three, "birch") == []


async def test_a_revoked_http_key_is_refused_back_dated_too(three: Village) -> None:
    stolen = await secret(three, "alder", "http")
    three.clock.advance(minutes=2)
    now = three.clock.now()
    assert (await ask(three, "birch", stolen, created=now, nonce=1)).status_code == 200
    turned = await revoke(three, "alder", "http")
    assert turned.revoked == [stolen.kid]
    await three.settle()
    for nonce, created in enumerate((now, now - 60, now - 119, three.clock.now()), 2):
        answer = await ask(three, "birch", stolen, created=created, nonce=nonce)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:commoncare:problem:signature-invalid")
    fresh = await secret(three, "alder", "http")
    assert fresh.kid == turned.kid
    assert (await ask(three, "birch", fresh, created=now, nonce=9)).status_code == 200
    with three.at("birch") as birch:
        held = await reads.view("alder.example", here=birch.here())
    assert held is not None and stolen.kid in held.manifest.revoked


async def test_a_revoked_log_key_begins_every_feed_anew_and_neighbours_take_it_without_alarm(three: Village) -> None:
    stolen = await secret(three, "alder", "log")
    with three.at("birch"):
        (before,) = await database.rows(OFFERS, "alder.example")
        shown = await database.rows(
            "SELECT id FROM listing WHERE node_id = {} AND NOT hidden ORDER BY id", "alder.example"
        )
    assert shown
    three.clock.advance(minutes=1)
    await revoke(three, "alder", "log")
    await three.settle()
    with three.at("birch"):
        (after,) = await database.rows(OFFERS, "alder.example")
        opening = await database.row("SELECT body FROM followed_entry WHERE place = {}", after["no"] * 2**32)
        again = await database.rows(
            "SELECT id FROM listing WHERE node_id = {} AND NOT hidden ORDER BY id", "alder.example"
        )
    assert after["epoch"] > before["epoch"]
    assert opening is not None
    said = wire.parse(bytes(opening["body"]))
    assert (said["reason"], said["prev_epoch"]) == ("key", before["epoch"])
    assert [row["id"] for row in again] == [row["id"] for row in shown]
    assert await alarms(three, "birch") == await alarms(three, "cedar") == []
    assert [refused(three, name) for name in three.coops] == [{}, {}, {}]
    # What the thief signs now, back-dated into the old epoch or not, is taken by nobody.
    with three.at("birch") as birch:
        keys = views.ring(await _view(birch, "alder.example")).usable("alder.example", "log", birch.here().now)
    assert stolen.kid not in {key.kid for key in keys}
    forged = make_checkpoint(
        str(Origin("alder.example", "peer-support", after["epoch"])), 1, bytes(32), before["note_time"], stolen
    )
    origin = str(Origin("alder.example", "peer-support", after["epoch"]))
    assert open_checkpoint(forged, origin, [stolen.public]).size == 1
    with pytest.raises(Refused):
        open_checkpoint(forged, origin, keys)


async def _view(coop: Coop, node_id: str) -> Any:
    found = await reads.view(node_id, here=coop.here())
    assert found is not None
    return found


async def test_after_a_long_absence_a_neighbour_walks_up_every_version(three: Village) -> None:
    three.cut("alder", "birch")
    for number in range(3):
        three.clock.advance(days=50)
        await three.settle()
        with three.at("alder") as alder:
            assert await founding.renew_identity(actor=OPERATOR, root=root(alder), here=alder.here()) == number + 2
    await three.settle()  # both turned their http keys meanwhile: neither knows the other's
    keys = {}
    for name, other in (("alder", "birch"), ("birch", "alder")):
        now = await secret(three, name, "http")
        with three.at(other) as coop:
            keys[name] = await reads.key(f"{name}.example", "http", now.kid, here=coop.here())
    assert keys == {"alder": None, "birch": None}
    three.heal("alder", "birch")
    three.clock.advance(
        hours=2
    )  # neither hears a request of the other that it could believe: both wait until their next try
    three.net.requests.clear()
    await three.settle()
    with three.at("birch") as birch:
        held = await _view(birch, "alder.example")
        state = await reads.state("alder.example", here=birch.here())
    with three.at("alder") as alder:
        mine = await own.identity(here=alder.here())
    assert (held.identity.version, held.identity.payload) == (4, mine.payload)
    assert str(state) == "active"
    walked = [path for source, to, path in three.net.requests if (source, to) == ("birch.example", "alder.example")]
    assert {f"{wire.PREFIX}/identity/{number}" for number in (2, 3)} <= set(walked)
    assert await alarms(three, "birch") == await alarms(three, "alder") == []


async def test_roots_that_too_few_signed_over_to_are_refused_by_a_neighbour(three: Village) -> None:
    """The whole way: what alder serves is put there by a thief of its database who holds no root of it."""
    thief = SigningKey.from_seed(bytes(range(1, 33)))
    with three.at("alder") as alder:
        here = alder.here()
        mine = await own.identity(here=here)
        forged = make_identity(
            node_id="alder.example", version=mine.version + 1, now=here.now, exp=here.now + 300 * DAY,
            roots=[thief.public], threshold=1, docs=mine.docs, signers=[thief],
        )  # fmt: skip
        with pytest.raises(Refused, match="threshold of the roots"):
            await own.publish_identity(forged, here=here)
        async with database.transaction():
            await own.publish_identity(forged, afresh=True, here=here)
    await three.settle()
    with three.at("birch") as birch:
        held = await _view(birch, "alder.example")
        why = await database.row("SELECT why FROM peer WHERE node_id = 'alder.example'")
    assert held.identity.payload == mine.payload
    assert why is not None and why["why"] == "untrusted"
    assert well_known(forged, held.manifest.envelope)
    with pytest.raises(Refused, match="threshold of the roots"):
        accept_identity(held.identity, forged, three.clock.now(), node_id="alder.example")


async def test_new_roots_after_a_loss_are_taken_once_words_were_compared(three: Village) -> None:
    with three.at("alder") as alder:
        alder.settings.path(alder.settings.root_key_file).unlink()
        made = await founding.replace_lost_roots(
            actor=OPERATOR,
            root_file=alder.settings.path(alder.settings.root_key_file),
            passphrase=PASSPHRASE,
            here=alder.here(),
        )
        assert made.words == await own.words(here=alder.here())
    await three.settle()
    with three.at("birch") as birch:
        assert (await _view(birch, "alder.example")).identity.version == 1
    for name, other in (("alder", "birch"), ("birch", "alder")):
        with three.at(name) as coop:
            await acts.end(actor=OPERATOR, node_id=f"{other}.example", reason="Lost roots", here=coop.here())
    await three.settle()
    await three.befriend("birch", "alder")
    with three.at("birch") as birch:
        found = await reads.detail("alder.example", here=birch.here())
    assert (found.state, found.words) == ("active", made.words)


async def test_letters_to_the_old_letter_key_open_for_8_days_and_no_longer(three: Village) -> None:
    with three.at("birch") as birch:
        old = await reads.seal_to("alder.example", here=birch.here())
        assert old is not None
    three.clock.advance(minutes=1)
    await rotate(three, "alder", "letter")
    await three.settle()
    with three.at("birch") as birch:
        new = await reads.seal_to("alder.example", here=birch.here())
        assert new is not None and new.kid != old.kid
        doc = await keyring.signing("doc", here=birch.here())
        key = await keyring.signing("http", here=birch.here())

    async def bring(number: int) -> httpx.Response:
        """A concern that birch's node sealed to the old key."""
        now, jti = three.clock.now(), wire.b64(number.to_bytes(16, "big"))
        made = seal(
            "concern", wire.b64(bytes(16)), Concern(words="Somebody is not well.", urgency="soon"),
            me="birch.example", to="alder.example", jti=jti, now=now, exp=now + DAY, doc_key=doc, letter_key=old,
        )  # fmt: skip
        body = reseal(made.inner, me="birch.example", to="alder.example", jti=jti, letter_key=old)
        headers = sign_request(
            "POST", "alder.example", wire.CONCERNS, "", body, wire.MEDIA_JSON,
            key=key, node_id="birch.example", now=now, nonce=number.to_bytes(16, "big"),
        )  # fmt: skip
        async with three.client("alder") as client:
            return await client.post(wire.CONCERNS, content=body, headers=headers)

    assert (await bring(1)).status_code == 202
    three.clock.advance(days=7, hours=23)
    assert (await bring(2)).status_code == 202
    three.clock.advance(hours=1)
    late = await bring(3)  # also before any worker destroyed it
    assert (late.status_code, late.json()["type"]) == (422, "urn:commoncare:problem:unknown-enc-key")
    await three.settle()
    with three.at("alder"):
        row = await database.row("SELECT secret FROM own_key WHERE kid = {}", old.kid)
    assert row is not None and row["secret"] is None


async def test_a_new_document_key_is_known_before_it_signs(three: Village) -> None:
    first = await secret(three, "alder", "doc")
    with three.at("alder") as alder:
        drawn = await roots.propose(actor=OPERATOR, docs="over", here=alder.here())
        assert (await keyring.signing("doc", here=alder.here())).kid == first.kid
        await roots.publish(actor=OPERATOR, proposal=roots.sign(drawn, root(alder)), here=alder.here())
    await three.settle()
    kids = []
    for _ in range(16):
        kids.append((await secret(three, "alder", "doc")).kid)
        three.clock.advance(days=1)
        await three.settle()
    assert (kids[0], kids[6], kids[7] != first.kid, len(set(kids))) == (first.kid, first.kid, True, 2)
    with three.at("birch") as birch:
        held = await _view(birch, "alder.example")
    assert {key.kid for key in held.identity.docs} == set(kids)
    assert await alarms(three, "birch") == []
    with three.at("alder") as alder:
        gone = await database.row("SELECT secret FROM own_key WHERE kid = {}", first.kid)
        assert gone is not None and gone["secret"] is None
        assert await founding.renew_identity(actor=OPERATOR, root=root(alder), here=alder.here()) == 3
        assert [key.kid for key in (await own.identity(here=alder.here())).docs] == [kids[-1]]
    await three.settle()
    with three.at("birch") as birch:
        assert (await _view(birch, "alder.example")).identity.version == 3


async def test_a_stolen_document_key_signs_nothing_that_neighbours_take(three: Village) -> None:
    stolen = await secret(three, "alder", "doc")
    with three.at("alder") as alder:
        drawn = await roots.propose(actor=OPERATOR, docs="now", here=alder.here())
        signed = roots.sign(drawn, root(alder))
        await roots.publish(actor=OPERATOR, proposal=signed, reason="stolen", here=alder.here())
    await three.settle()
    with three.at("birch") as birch:
        held = await _view(birch, "alder.example")
        found = await reads.detail("alder.example", here=birch.here())
    assert stolen.kid not in {key.kid for key in held.identity.docs}
    assert found.state == "active"  # what it signed before stands
    assert await alarms(three, "birch") == []


async def test_a_proposal_under_way_ends_with_the_key_that_signed_it(three: Village) -> None:
    for name, other in (("alder", "birch"), ("birch", "alder")):
        with three.at(name) as coop:
            await acts.end(actor=OPERATOR, node_id=f"{other}.example", reason="A break", here=coop.here())
    with three.at("alder") as alder:
        made = await acts.invite(actor=OPERATOR, node_id="birch.example", here=alder.here())
    with three.at("birch") as birch:
        given = Acceptance(invitation=made.invitation)
        await acts.accept(actor=OPERATOR, invitation=given, here=birch.here())
    await three.settle()
    with three.at("birch") as birch:
        assert (await reads.detail("alder.example", here=birch.here())).state == "proposed"
        drawn = await roots.propose(actor=OPERATOR, docs="now", here=birch.here())
        signed = roots.sign(drawn, root(birch))
        await roots.publish(actor=OPERATOR, proposal=signed, reason="stolen", here=birch.here())
        states = {each.node_id: each.state for each in await reads.details(here=birch.here())}
    assert states == {"alder.example": "ended", "cedar.example": "active"}
    three.clock.advance(minutes=1)
    await three.settle()
    await three.befriend("alder", "birch")
    with three.at("birch") as birch:
        assert (await reads.detail("alder.example", here=birch.here())).state == "active"
