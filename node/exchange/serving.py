# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the door answers once a request was proved: heads, entries, what we saw, peerings, letters, concerns.

Everything is read from what is committed. A body goes out only under a full grant, and to nobody it is withheld from; its
leaf always does. Heads are judged again, peer, key and grant, just before they are answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from federation import wire
from federation.errors import Refused
from federation.feed import Absent, Control, Entry, Head, Heads, Origin, Put, encode_heads, encode_page, etag
from federation.trust import Extent, PeerView, State, grant
from node import database
from node.charter import reads as charters
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import own, reads


async def heads_for(view: PeerView, *, here: Here) -> tuple[Heads, str]:
    """What this peer may know of our feeds now, and its etag."""
    logs = await database.rows(
        "SELECT topic, epoch, note, size FROM feed_log AS log WHERE note <> '' AND epoch = "
        "(SELECT MAX(epoch) FROM feed_log AS other WHERE other.topic = log.topic) ORDER BY topic"
    )
    identity, manifest = await own.versions()
    lines = []
    for log in logs:
        extent = grant(view, log["topic"], here.now, us=here.node_id)
        if extent is None:
            continue
        number = view.peering.version if extent is Extent.FULL and view.peering is not None else 0
        lines.append(Head(log["topic"], log["note"], number))
    paused = await reads.told(view.node_id) if view.state(here.now) is State.PAUSED else None
    heads = Heads(tuple(lines), identity, manifest, await charters.told(view.node_id), paused)
    return heads, etag(heads)


def heads_body(heads: Heads) -> bytes:
    return encode_heads(heads)


async def entries(peer: str, topic: str, epoch: int, start: int, end: int, extent: Extent, *, here: Here) -> bytes:
    """A page of one of our logs, as this peer may see it. Refused: not-found, epoch-closed, cursor-ahead, malformed."""
    found = await database.rows(
        "SELECT no, epoch, size FROM feed_log WHERE topic = {} AND note <> '' ORDER BY epoch DESC LIMIT 1", topic
    )
    if not found:
        raise Refused("not-found", "no such log")
    newest = found[0]
    if epoch != newest["epoch"]:
        if epoch > newest["epoch"]:
            raise Refused("not-found", "no such epoch")
        raise Refused(
            "epoch-closed", "an epoch before the present one", origin=str(Origin(here.node_id, topic, newest["epoch"]))
        )
    if start >= end:
        raise Refused("malformed", "a range that holds nothing")
    if end > newest["size"]:
        raise Refused("cursor-ahead", "beyond the end of the log")
    base = newest["no"] * SPAN
    rows = await database.rows(
        "SELECT kind, expires, commitment, salt, body, not_to FROM feed_entry WHERE place >= {} AND place < {} "
        "ORDER BY place",
        base + start,
        base + min(end, start + wire.PAGE_ENTRIES),
    )
    return encode_page(_entry(row, peer, extent) for row in rows)[0]


def _entry(row: Mapping[str, Any], peer: str, extent: Extent) -> Entry:
    if row["kind"] == "control":
        return Control(bytes(row["body"]))
    shown = extent is Extent.FULL and row["body"] is not None
    if shown and not (row["not_to"] and peer in json.loads(row["not_to"])):
        return Put(row["expires"], bytes(row["salt"]), bytes(row["body"]))
    return Absent(row["expires"], bytes(row["commitment"]))


async def seen(peer: str, about: str, after: int | None, *, here: Here) -> bytes:
    """The newest checkpoints of that node that we hold; to that node itself also its control entries of these epochs.

    `{"checkpoints":[{topic,checkpoint}],"controls":[{topic,epoch,index,body}]}`; `after`: an index.
    """
    held = await database.rows(
        "SELECT no, topic, epoch, note FROM followed WHERE peer = {} AND note <> '' ORDER BY topic, epoch", about
    )
    answer: dict[str, Any] = {
        "checkpoints": [{"topic": row["topic"], "checkpoint": row["note"]} for row in held],
        "controls": [],
    }
    if about == peer:
        room = wire.PAGE_LIMIT // 2
        for row in held:
            base = row["no"] * SPAN
            found = await database.rows(
                "SELECT place, body FROM followed_entry WHERE place > {} AND place < {} AND kind = 'control' AND visible = {} "
                "AND body IS NOT NULL ORDER BY place LIMIT 500",
                base + (0 if after is None else after),
                base + SPAN,
                True,
            )
            for entry in found:
                body = bytes(entry["body"]).decode()
                room -= len(body) + 200
                if room < 0:
                    break
                answer["controls"].append(
                    {"topic": row["topic"], "epoch": row["epoch"], "index": entry["place"] - base, "body": body}
                )
    return wire.dumps(answer)
