# SPDX-License-Identifier: AGPL-3.0-or-later
"""The texts behind our peerings: made when we propose, held against the hash when they do, and kept once we have signed.

Nobody countersigns what nobody here can read: a hash behind which there is no text that we made, hold, or were handed is refused
in words. What stands already stands, whatever its text.
"""

from __future__ import annotations

from typing import Final

from federation.peerings import Peering, Terms
from federation.profile import Profile
from federation.trust import PeerView
from federation.wire import b64
from node import database
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.peers import agreement, own, views
from node.peers.agreement import Party
from node.peers.shapes import AgreementText
from node.words import _

SHORT: Final = agreement.named(agreement.SHORT)


async def ours(view: PeerView, terms: Terms, *, here: Here) -> str:
    """The text of terms that we are about to propose to this node."""
    first, second = await _party(here.node_id, view, here=here), await _party(view.node_id, view, here=here)
    version = 1 if view.peering is None else view.peering.version + 1
    return agreement.text(agreement.of_terms(first, second, terms, version))


async def behind(view: PeerView, peering: Peering, *, here: Here) -> str | None:
    """The text whose hash this peering carries: as we keep it, or make it; None where it is neither."""
    name = b64(peering.agreement_sha256)
    if (kept := await held(name)) is not None:
        return kept
    if name == SHORT:
        return agreement.SHORT
    first, second = [await _party(node, view, here=here) for node in peering.parties]
    made = agreement.text(agreement.of_peering(first, second, peering))
    return made if agreement.named(made) == name else None


async def agreed_to(view: PeerView, peering: Peering, given: str, *, here: Here) -> None:
    """Keep the text that we are about to sign; in the caller's transaction. `given`: the text as an operator handed it in, or "".

    Raises Invalid where `given` is another than they signed, Conflict where there is no text to read.
    """
    name = b64(peering.agreement_sha256)
    if given:
        words: str | None = agreement.tidy(given)
        if agreement.named(words or "") != name:
            raise Invalid(
                {
                    "agreement": _(
                        "These aren't the words that they signed. Compare the two texts: a single sign makes another text."
                    )
                }
            )
    else:
        words = await behind(view, peering, here=here)
    if words is None:
        raise Conflict(
            _(
                "They signed another agreement than our computer makes from these terms. Ask them for its text as a file, read "
                "it, and hand it in when you say yes (--agreement FILE); or ask them to propose again."
            ),
            cause="another agreement",
        )
    await keep(words, own=bool(given), here=here)


async def keep(words: str, *, own: bool, here: Here) -> str:
    """Keep a text that we sign; its name. `own`: it was handed in. In the caller's transaction."""
    name = agreement.named(words)
    if name != SHORT:
        await database.execute(
            "INSERT INTO agreement_text (digest, words, own, at) VALUES ({}, {}, {}, {}) ON CONFLICT (digest) DO NOTHING",
            name,
            words,
            own,
            here.now,
        )
    return name


async def held(name: str) -> str | None:
    """The text of that name, where we keep it."""
    row = await database.row("SELECT words FROM agreement_text WHERE digest = {}", name)
    return None if row is None else str(row["words"])


async def is_own(name: str) -> bool:
    """Whether a text of that name was handed in here."""
    row = await database.row("SELECT own FROM agreement_text WHERE digest = {}", name)
    return row is not None and bool(row["own"])


async def read(node_id: str, *, proposed: bool | None = None, here: Here) -> AgreementText:
    """The text with one neighbour: of what is proposed (True), of what was agreed last (False), or of the newer of the two.

    Raises NotFound where nothing of that kind is there.
    """
    view = await views.load(node_id, here=here)
    if view is None:
        if await database.row("SELECT node_id FROM peer WHERE node_id = {}", node_id) is None:
            raise NotFound(_("We don't know a co-op of that name."))
        raise NotFound(_("There is no agreement yet: our computer has not reached theirs."), cause="not met")
    newest = view.proposal or view.peering
    peering = newest if proposed is None else view.proposal if proposed else view.peering
    if peering is None:
        raise NotFound(_("There is no agreement of that kind with this co-op."), cause="no such terms")
    name = b64(peering.agreement_sha256)
    words = await behind(view, peering, here=here)
    return AgreementText(
        node_id=node_id,
        version=peering.version,
        proposed=peering is view.proposal,
        sha256=peering.agreement_sha256.hex(),
        own=await is_own(name),
        text=words,
    )


async def _party(node_id: str, view: PeerView, *, here: Here) -> Party:
    mine = node_id == here.node_id
    face: Profile = (await own.manifest(here=here)).profile if mine else view.manifest.profile
    return Party(node_id=node_id, name=face.name, phone=face.contact.phone, email=face.contact.email)
