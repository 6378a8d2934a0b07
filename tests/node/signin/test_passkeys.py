# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passkeys: a challenge for one browser, once; our own pages only; the holder checked; a copy refused; sealed at rest."""

from __future__ import annotations

import json

import pytest

from node import database, vault
from node.errors import Conflict, Invalid, NotFound, NotProved
from node.here import Here
from node.signin import acts, reads, rules
from node.signin.shapes import Session
from tests.node.members.cast import admit, everything_stored, waiting
from tests.node.signin.authenticator import PRESENT, Authenticator
from tests.node.signin.cast import ORIGIN, signed_in, someone, standing

pytestmark = pytest.mark.usefixtures("engine")


async def add(session: Session, device: Authenticator, *, here: Here) -> Session:
    options = await acts.challenge_to_add(actor=session.actor, session=session, here=here)
    given = await acts.add_passkey(
        actor=session.actor, session=session, answer=device.make(options), label="my phone", here=here
    )
    return await standing(given, here=here)


async def prove(session: Session, device: Authenticator, *, here: Here) -> Session:
    options = await acts.challenge_to_prove(actor=session.actor, session=session, here=here)
    given = await acts.prove_by_passkey(actor=session.actor, session=session, answer=device.use(options), here=here)
    return await standing(given, here=here)


async def alone(device: Authenticator, *, here: Here) -> Session:
    cookie, options = await acts.ask_passkey(browser=None, origin=ORIGIN, here=here)
    given = await acts.by_passkey(browser=cookie, answer=device.use(options), origin=ORIGIN, here=here)
    return await standing(given, here=here)


async def test_a_passkey_is_added_confirms_and_signs_in_alone(here: Here) -> None:
    olu = await someone("Olu", "operator", here=here, email="olu@canary.example")
    device = Authenticator()
    added = await add(olu, device, here=here)
    assert added.id == olu.id and added.proved and added.actor.has("operator")
    factors = await reads.factors(added.actor, here=here)
    assert ([view.label for view in factors.passkeys], factors.codes_left) == (["my phone"], 8)
    assert await waiting("signin-mail") == [f"changed:{olu.owner}"]

    elsewhere = await standing(await signed_in(olu.actor, here=here), here=here)
    assert not elsewhere.actor.has("operator")
    assert (await prove(elsewhere, device, here=here)).actor.has("operator")

    found = await alone(device, here=here)
    assert (found.owner, found.proved) == (olu.owner, True)


async def test_the_options_are_for_our_pages_and_ask_for_the_holder(here: Here) -> None:
    ada = await someone("Ada", here=here)
    options = json.loads(await acts.challenge_to_add(actor=ada.actor, session=ada, here=here))
    assert options["rp"] == {"id": "alder.example", "name": "Our co-op"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://alder.example.evil.example"},
        {"host": "evil.example"},
        {"flags": PRESENT},
        {"flags": 0x04},
    ],
    ids=["another origin", "another host", "holder not checked", "nobody there"],
)
async def test_what_another_page_or_an_unchecked_holder_made_is_refused(here: Here, wrong: dict[str, object]) -> None:
    ada = await someone("Ada", here=here)
    with pytest.raises(Invalid):
        await add(ada, Authenticator(**wrong), here=here)  # type: ignore[arg-type]
    good = Authenticator()
    ada = await add(ada, good, here=here)
    for name, value in wrong.items():
        setattr(good, name, value)
    with pytest.raises(Invalid):
        await prove(ada, good, here=here)
    with pytest.raises(Invalid):
        await alone(good, here=here)


async def test_a_challenge_is_used_up_by_its_first_answer_right_or_wrong(here: Here) -> None:
    ada, device = await someone("Ada", here=here), Authenticator()
    ada = await add(ada, device, here=here)
    cookie, options = await acts.ask_passkey(browser=None, origin=ORIGIN, here=here)
    answer = device.use(options)
    assert await acts.by_passkey(browser=cookie, answer=answer, origin=ORIGIN, here=here)
    with pytest.raises(Invalid):
        await acts.by_passkey(browser=cookie, answer=answer, origin=ORIGIN, here=here)
    with pytest.raises(Invalid):
        await acts.by_passkey(browser=cookie, answer=device.use(options), origin=ORIGIN, here=here)

    cookie, options = await acts.ask_passkey(browser=cookie, origin=ORIGIN, here=here)
    right, broken = device.use(options), json.loads(device.use(options))
    broken["response"]["signature"] = broken["response"]["signature"][::-1]
    with pytest.raises(Invalid):
        await acts.by_passkey(browser=cookie, answer=json.dumps(broken), origin=ORIGIN, here=here)
    with pytest.raises(Invalid):
        await acts.by_passkey(browser=cookie, answer=right, origin=ORIGIN, here=here)


async def test_a_challenge_is_for_one_browser_one_purpose_and_ten_minutes(here: Here) -> None:
    ada, device = await someone("Ada", here=here), Authenticator()
    ada = await add(ada, device, here=here)
    cookie, options = await acts.ask_passkey(browser=None, origin=ORIGIN, here=here)
    other, _ = await acts.ask_passkey(browser=None, origin=ORIGIN, here=here)
    late = here.at(here.now + rules.CHALLENGE_FOR)
    for browser, now in ((other, here), (None, here), (cookie, late)):
        with pytest.raises(Invalid):
            await acts.by_passkey(browser=browser, answer=device.use(options), origin=ORIGIN, here=now)
    with pytest.raises(Invalid):
        await acts.prove_by_passkey(actor=ada.actor, session=ada, answer=device.use(options), here=here)
    forged = json.dumps({**json.loads(options), "challenge": "A" * 43})
    with pytest.raises(Invalid):
        await acts.by_passkey(browser=cookie, answer=device.use(forged), origin=ORIGIN, here=here)


async def test_a_copy_whose_count_does_not_grow_is_refused(here: Here) -> None:
    ada, device = await someone("Ada", here=here), Authenticator()
    await add(ada, device, here=here)
    for _ in range(3):
        await alone(device, here=here)
    device.count = 1
    with pytest.raises(Invalid):
        await alone(device, here=here)


async def test_nobody_confirms_with_anothers_and_nothing_hostile_gets_further_than_no(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await someone("Ben", here=here)
    device, bens = Authenticator(), Authenticator(id=b"ben's own")
    await add(ada, device, here=here)
    ben = await add(ben, bens, here=here)
    with pytest.raises(Invalid):
        await prove(ben, device, here=here)
    bens.user = ada.owner.encode()
    with pytest.raises(Invalid):
        await alone(bens, here=here)
    for answer in ("", "{}", "[]", "null", "x" * 20_000, '{"id": "a", "rawId": "a", "type": "public-key"}'):
        with pytest.raises(Invalid) as no:
            await acts.by_passkey(browser="x", answer=answer, origin=ORIGIN, here=here)
        assert set(no.value.fields) == {"passkey"}


async def test_a_removed_passkey_does_not_come_in_and_only_who_is_proved_adds_or_removes(here: Here) -> None:
    ada, device, other = await someone("Ada", here=here), Authenticator(), Authenticator(id=b"another device")
    unproved = await standing(await signed_in(ada.actor, here=here), here=here)
    ada = await add(ada, device, here=here)
    with pytest.raises(NotProved):
        await add(unproved, other, here=here)
    ada = await add(ada, other, here=here)
    mine = {view.created: view.id for view in (await reads.factors(ada.actor, here=here)).passkeys}
    assert len(mine) == 1, "both were made in this second"
    first, second = [view.id for view in (await reads.factors(ada.actor, here=here)).passkeys]
    with pytest.raises(NotProved):
        await acts.remove_passkey(actor=unproved.actor, passkey_id=first, here=here)
    ben = await someone("Ben", here=here)
    ben = await add(ben, Authenticator(id=b"ben's own"), here=here)
    with pytest.raises(NotFound):
        await acts.remove_passkey(actor=ben.actor, passkey_id=first, here=here)
    for id in (first, second):
        await acts.remove_passkey(actor=ada.actor, passkey_id=id, here=here)
    for each in (device, other):
        with pytest.raises(Invalid):
            await alone(each, here=here)
    assert (await reads.factors(ada.actor, here=here)).codes_left == 0, "the codes went with the last factor"


async def test_the_first_is_set_up_soon_after_signing_in_and_later_not(here: Here) -> None:
    olu = await someone("Olu", "operator", here=here)
    late = here.at(here.now + rules.FRESH)
    with pytest.raises(Conflict):
        await acts.challenge_to_add(actor=olu.actor, session=olu, here=late)
    assert await acts.challenge_to_add(actor=olu.actor, session=olu, here=here.at(late.now - 1))


async def test_neither_credential_nor_key_stands_readable_and_neither_can_be_moved(here: Here) -> None:
    ada, ben = await someone("Ada", here=here), await admit("Ben", here=here)
    device = Authenticator()
    await add(ada, device, here=here)
    stored = await everything_stored()
    number = device.key.public_key().public_numbers().x.to_bytes(32)
    assert device.id not in stored and number not in stored and b"my phone" not in stored
    await database.execute("UPDATE passkey SET person = {}", ben.person)
    device.user = None
    with pytest.raises(vault.Tampered):
        await alone(device, here=here)
