# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in: only a token's hash is kept; unknown, expired, revoked, left and died are answered alike."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode

import pytest

from node import database
from node.actor import Actor
from node.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from node.here import Here
from node.members import acts, reads
from node.members.shapes import TokenDraft
from tests.node.members.cast import CLI, admit, everything_stored, token_for

pytestmark = pytest.mark.usefixtures("engine")
HOUR, DAY = 3600, 86400


async def test_a_token_names_its_person_their_roles_and_what_it_is_for(here: Here) -> None:
    person = await admit("Ada", "worker", here=here)
    made = await token_for(person, "support", here=here)

    assert made.token is not None
    assert re.fullmatch(r"cc_pat_[A-Za-z0-9_-]{43}", made.token)
    actor = await reads.authenticate(made.token, here=here)
    assert actor == Actor(person=person.person, roles=frozenset({"worker"}), scopes=frozenset({"support"}))
    assert actor.may_use("support") and not actor.may_use("people")


async def test_only_the_hash_is_kept(here: Here) -> None:
    made = await token_for(await admit("Ada", here=here), here=here)
    assert made.token is not None
    digest = urlsafe_b64encode(hashlib.sha256(made.token.encode()).digest()).rstrip(b"=")

    stored = await everything_stored()

    assert digest in stored
    assert made.token.encode() not in stored and made.token[7:].encode() not in stored
    assert b"my phone" not in stored, "nor what the person calls it"


async def test_every_no_is_alike(here: Here) -> None:
    stands, revoked, left, died = [await admit(name, here=here) for name in ("Ada", "Ben", "Cy", "Di")]
    texts = {}
    for name, person in {"expired": stands, "revoked": revoked, "left": left, "died": died}.items():
        made = await token_for(person, here=here, days=1 if name == "expired" else 90)
        texts[name] = made.token or ""
        assert (await reads.authenticate(texts[name], here=here)).person == person.person
        if name == "revoked":
            await acts.revoke_token(actor=person, token_id=made.id, here=here)
    await acts.leave(actor=left, here=here)
    await acts.record_death(actor=CLI, person_id=died.person, here=here)
    texts |= {"unknown": "cc_pat_" + "A" * 43, "cut": texts["expired"][:-1], "other kind": "cc_inv_" + "A" * 43}
    texts |= {"none": "", "long": "cc_pat_" + "A" * 5000, "odd": "cc_pat_" + "é" * 43}

    said = set()
    for text in texts.values():
        with pytest.raises(NotSignedIn) as no:
            await reads.authenticate(text, here=here.at(here.now + DAY))
        said.add((no.value.words, no.value.code, str(no.value.public)))
    assert len(said) == 1


async def test_the_last_use_is_kept_to_the_hour_only(here: Here) -> None:
    person = await admit("Ada", here=here)
    made = await token_for(person, here=here)
    assert made.token is not None
    begin = here.now - here.now % HOUR
    for at in (begin + 5, begin + 3000):
        await reads.authenticate(made.token, here=here.at(at))
        assert [token.last_used for token in await reads.tokens(person, here=here)] == [begin]
    await reads.authenticate(made.token, here=here.at(begin + HOUR + 7))
    (view,) = await reads.tokens(person, here=here)
    assert (view.last_used, view.label, view.token) == (begin + HOUR, "my phone", None)


async def test_a_person_makes_and_ends_their_own_tokens_and_nobody_elses(here: Here) -> None:
    ada, ben = await admit("Ada", here=here), await admit("Ben", "operator", here=here)
    theirs = await token_for(ada, here=here)

    with pytest.raises(NotAllowed):
        await acts.issue_token(actor=ben, draft=TokenDraft(label="x", scopes=["*"]), person_id=ada.person, here=here)
    cy = await admit("Cy", here=here)
    answers = set()
    for token_id in (theirs.id, "nothing"):
        with pytest.raises(NotFound) as no:
            await acts.revoke_token(actor=cy, token_id=token_id, here=here)
        answers.add(no.value.words)
    assert len(answers) == 1
    assert theirs.token is not None
    await reads.authenticate(theirs.token, here=here)
    await acts.revoke_token(actor=ben, token_id=theirs.id, here=here)
    with pytest.raises(NotSignedIn):
        await reads.authenticate(theirs.token, here=here)


async def test_at_the_command_line_an_operator_makes_one_for_somebody(here: Here) -> None:
    ada = await admit("Ada", here=here)
    made = await acts.issue_token(
        actor=CLI, draft=TokenDraft(label="card", scopes=["support"]), person_id=ada.person, here=here
    )
    assert made.token is not None
    assert (await reads.authenticate(made.token, here=here)).person == ada.person
    row = await database.row("SELECT issued_by FROM access_token WHERE id = {}", made.id)
    assert row == {"issued_by": "cli"}


async def test_a_narrow_token_makes_no_wider_one(here: Here) -> None:
    ada = await admit("Ada", here=here)
    narrow = Actor(person=ada.person, scopes=frozenset({"people"}))
    for scopes in (["*"], ["people", "support"]):
        with pytest.raises(Invalid) as no:
            await acts.issue_token(actor=narrow, draft=TokenDraft(label="wide", scopes=scopes), here=here)
        assert set(no.value.fields) == {"scopes"}


async def test_every_fault_of_a_token_is_told_at_once(here: Here) -> None:
    ada = await admit("Ada", here=here)
    with pytest.raises(Invalid) as no:
        await acts.issue_token(actor=ada, draft=TokenDraft(label=" ", scopes=["all"], days=0), here=here)
    assert set(no.value.fields) == {"label", "scopes", "days"}
