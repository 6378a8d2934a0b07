# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last document of a co-op that left: which neighbours deleted what they had, signed, with each one's signed receipt in it.

It proves itself: beside each receipt stands the neighbour's signed identity, whose keys signed it. `check` judges all of it with
nothing but the file. Who has not answered stands in it too, so that nothing looks better than it is.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import msgspec
from msgspec import Struct

from federation import envelope
from federation.errors import Refused
from federation.identity import read_identity
from node import database
from node.actor import Actor
from node.backing.format import Damaged
from node.errors import Conflict
from node.here import Here
from node.leaving import reads
from node.leaving.shapes import Parting
from node.members.rights import check as allowed
from node.peers import keyring, own

TYPE: Final = "application/vnd.commoncare.parting.v1+json"
LIMIT: Final = 64 * 2**20
KEPT: Final = (
    "What the law asks a co-op to keep stays with it: safeguarding records, and records of care for as long as they have to be "
    "kept. They were given to nobody by this node. Their keeper is named in the co-op's own papers."
)


class Judged(Struct, frozen=True, kw_only=True):
    """A last document that is sound. `signed`: neighbours whose receipt in it verified; `without`: all others."""

    node_id: str
    left_at: int
    made_at: int
    signed: list[str]
    without: list[str]


async def document(actor: Actor, *, here: Here) -> bytes:
    """The document as of now, as a DSSE envelope. Raises NotAllowed, Conflict where the co-op has not left."""
    allowed(actor, by=reads.OPERATOR, scope="peers", act="leaving.receipt")
    status = await reads.status(actor, here=here)
    if status.phase != "gone":
        raise Conflict("There is no last document before the co-op has left. See: commoncare leave --status")
    held = {
        row["peer"]: row
        for row in await database.rows("SELECT peer, peering, signed, identity FROM parting_receipt ORDER BY at")
    }
    mine = await own.identity(here=here)
    claims = {
        "iss": here.node_id,
        "iat": here.now,
        "co_op": here.co_op.name,
        "left_at": status.on_at,
        "identity": _text(mine.envelope),
        "neighbours": [_of(each, held.get(each.node_id)) for each in status.neighbours],
        "kept": KEPT,
    }
    signer = await keyring.signing("doc", here=here)
    return envelope.sign(TYPE, msgspec.json.encode(claims), [signer])


def _of(each: Parting, held: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "node_id": each.node_id,
        "name": each.name,
        "ended_at": each.ended_at,
        "confirmed_at": each.confirmed_at,
        "due": each.due,
    }
    if held is not None:
        said |= {"peering": held["peering"], "receipt": _text(held["signed"]), "identity": _text(held["identity"])}
    return said


def check(data: bytes) -> Judged:
    """What a last document says, once every signature in it was judged. Raises Damaged."""
    try:
        payload = msgspec.json.decode(envelope.open_envelope(data, limit=LIMIT).payload)
        node_id = str(payload["iss"])
        mine = read_identity(_bytes(payload["identity"]), node_id=node_id)
        claims = envelope.verify(data, TYPE, node_id, mine.docs, None, limit=LIMIT).claims
        signed = [each["node_id"] for each in claims["neighbours"] if "receipt" in each and _is_theirs(each, node_id)]
        return Judged(
            node_id=node_id,
            left_at=claims["left_at"],
            made_at=claims["iat"],
            signed=signed,
            without=[each["node_id"] for each in claims["neighbours"] if each["node_id"] not in signed],
        )
    except (Refused, msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise Damaged("This is no last document of a co-op, or it was altered.") from None


def _is_theirs(each: dict[str, Any], to: str) -> bool:
    """Raises Refused where a receipt is not what it is given out for."""
    theirs = read_identity(_bytes(each["identity"]), node_id=each["node_id"])
    said = envelope.verify(
        _bytes(each["receipt"]), envelope.LETTER, each["node_id"], theirs.docs, None, audience=to
    ).claims
    data = said["data"]
    if said["kind"] != "receipt" or data["what"] != "ended" or data["peering"] != each["peering"]:
        raise Refused("untrusted", "a receipt of something else")
    return True


def _text(data: bytes) -> str:
    return base64.b64encode(bytes(data)).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
