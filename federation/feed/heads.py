# SPDX-License-Identifier: AGPL-3.0-or-later
"""The answer to `GET /heads`: the newest checkpoint of each feed, and the versions that a peer should know of.

`{"heads":[{topic,checkpoint,grant}],"identity_version","manifest_version","charter","paused"?}`. Its etag changes with what
wakes a waiter (epochs, sizes, grants, versions, a pause) and not with renewed times. A head is believed only through
`open_head`, where node, topic, origin and key have to agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from .. import notes, wire
from ..errors import Refused
from ..keys import PublicKey
from ..notes import Checkpoint
from ..statements import common
from ..statements.common import Slug
from .origins import TOPICS, Origin

Version = Annotated[int, msgspec.Meta(ge=0, lt=wire.INTEGER_END)]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feed: its topic, its signed checkpoint, and the grant under which the one who asks may read it.

    `grant` is 0 when bodies are withheld, else a number that changes whenever what they may read changes.
    """

    topic: str
    checkpoint: str
    grant: Version


class Paused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That the one who answers pauses the one who asks, and why: a code (PAUSES; an unknown one reads as `other`), and words
    that its operator chose to say to the other co-op and its members, 200 characters on one line, or none."""

    why: Slug
    words: Annotated[str, msgspec.Meta(max_length=200, pattern=common.LINE)] = ""


PAUSES: Final = ("repair", "people", "talk", "safety", "erasure", "fork", "other")
"""Why a node pauses another: its computer is repaired or moved; nobody is there to look after it; the two want to talk first;
somebody's safety; an erasure was not answered; the log forked; something else."""


class Heads(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All feeds of a node; `charter` is the version of the charter it holds, 0 for none; `paused`: that it pauses us."""

    heads: Annotated[tuple[Head, ...], msgspec.Meta(max_length=len(TOPICS))]
    identity_version: Version
    manifest_version: Version
    charter: Version
    paused: Paused | None = None


def encode_heads(heads: Heads) -> bytes:
    """The answer's JSON. ValueError for one that no reader would take."""
    body = msgspec.json.encode(heads)
    try:
        decode_heads(body)
    except Refused as refusal:
        raise ValueError(refusal.cause) from refusal
    return body


def decode_heads(body: bytes) -> Heads:
    """The answer as it stands; no checkpoint in it is believed yet. Refused: too-large, malformed."""
    try:
        heads = msgspec.convert(wire.parse(body, limit=wire.HEADS_LIMIT), Heads)
    except msgspec.ValidationError as error:
        raise Refused("malformed", "an answer to heads of another form") from error
    if heads.paused is not None:
        common.read(Paused, heads.paused)  # its words are free text
    topics = [head.topic for head in heads.heads]
    if len(set(topics)) != len(topics) or not set(topics) <= set(TOPICS):
        raise Refused("malformed", "a topic that is unknown or stands twice in heads")
    return heads


def open_head(head: Head, node_id: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """The checkpoint in a head, when `node_id` signed it with one of its `log` keys for a log of its own on this topic.

    Refused: malformed, too-large, untrusted.
    """
    origin = _origin(head.checkpoint)
    if (origin.node_id, origin.topic) != (node_id, head.topic):
        raise Refused("untrusted", "a checkpoint of another node or topic")
    return notes.open_checkpoint(head.checkpoint, str(origin), keys)


def etag(heads: Heads) -> str:
    """22 characters that stay the same as long as nobody who waits needs to be woken. Both sides can compute it."""
    state = [[head.topic, *_state(head.checkpoint), head.grant] for head in heads.heads]
    whole: list[object] = [sorted(state), heads.identity_version, heads.manifest_version, heads.charter]
    if heads.paused is not None:
        whole.append([heads.paused.why, heads.paused.words])
    return wire.b64(sha256(wire.dumps(whole)).digest()[:16])


def _state(note: str) -> tuple[int, int]:
    """(epoch, size) as a note claims them: enough for an etag, which proves nothing."""
    text, blank, _ = note.partition("\n\n")
    origin, size, _ = notes.read_checkpoint(text + blank[:1])
    return Origin.parse(origin).epoch, size


def _origin(note: str) -> Origin:
    return Origin.parse(note.partition("\n")[0])
