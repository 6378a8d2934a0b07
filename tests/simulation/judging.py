# SPDX-License-Identifier: AGPL-3.0-or-later
"""What has to hold once the weather was fair for a while: each check gives findings in words, none when all is well.

The truth about an offer is what its own co-op's room says of it now; the truth about an introduction is its two halves side by
side. Nothing is compared with what the simulation believes it did: only wordings are remembered, to look for those that should
be gone.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import Any

from node import database
from node.exchange.erasures import dead_key
from node.support.sharing import room
from tests.simulation.deeds import Town
from tests.simulation.street import Street

AGREE: dict[str, frozenset[str | None]] = {
    "waiting": frozenset({"waiting"}),
    "accepted": frozenset({"accepted"}),
    "sharing": frozenset({"sharing"}),
    "shared": frozenset({"shared"}),
    "declined": frozenset({"declined"}),
    # Who withdrew what was declined or undeliverable has ended it at home alone; an ask that never left has no other half.
    "ended": frozenset({"ended", "declined", None}),
    "undeliverable": frozenset({None, "declined"}),
}
"""The asker's status -> what the supporter's half may say, when nothing is under way."""


async def judge(town: Town) -> list[str]:
    """Everything that has to hold."""
    street = town.street
    found = [f"{name} is not up" for name in street.names if name not in street.up]
    if found:
        return found
    for check in (_alarms, _under_way, _ends, _feeds, _receipts, _gone, _halves, _once):
        found += await check(town)
    return found


# Feeds ----------------------------------------------------------------------------------------------------------------


async def _alarms(town: Town) -> list[str]:
    found = []
    for name in town.street.names:
        with town.street.at(name):
            alarms = await database.rows("SELECT peer, topic, alarm FROM followed WHERE alarm <> ''")
            found += [f"{name} has an alarm about {row['peer']} {row['topic']}: {row['alarm']}" for row in alarms]
            frozen = await database.rows("SELECT node_id FROM peer WHERE frozen = {}", True)
            found += [f"{name} froze {row['node_id']}" for row in frozen]
            aside = await database.rows("SELECT source, reason, epoch, idx FROM set_aside")
            found += [
                f"{name} set aside {row['source']} {row['epoch']}:{row['idx']} ({row['reason']})" for row in aside
            ]
    return found


async def _feeds(town: Town) -> list[str]:
    """Every node's view of every other's offers is what that one has live and granted: items, words, revisions."""
    found = []
    for owner in town.street.names:
        with town.street.at(owner) as coop:
            here = coop.here()
            truth = {}
            for ref in await room.standing(here=here):
                statement = await room.statement(ref, here=here)
                if statement is not None and not await _dead(owner, statement.id, here.now):
                    truth[statement.id] = (json.loads(statement.data), statement.not_to)
            pauses = await _pauses(owner)
        for reader in town.street.names:
            if reader != owner:
                found += await _view(town.street, owner, reader, truth, pauses)
    return found


async def _dead(owner: str, id: str, now: int) -> bool:
    """Whether neighbours told this co-op, which was put back from a copy, that it withdrew this: it shares it with nobody."""
    key = dead_key(f"{owner}.example", id)
    return await database.row("SELECT key FROM dead_id WHERE key = {} AND until > {}", key, now) is not None


async def _standing(name: str) -> dict[str, bool]:
    """The neighbours of this co-op, whose database is bound: node id -> whether the peering stands."""
    return {row["node_id"]: not row["ended"] for row in await database.rows("SELECT node_id, ended FROM peer")}


async def _apart(street: Street, one: str, other: str) -> bool:
    """Whether either of the two says that their peering ended, or that there is none."""
    with street.at(one):
        here = (await _standing(one)).get(f"{other}.example", False)
    with street.at(other):
        return not (here and (await _standing(other)).get(f"{one}.example", False))


async def _ends(town: Town) -> list[str]:
    """What one side ended, the other knows to be over."""
    says = {}
    for name in town.street.names:
        with town.street.at(name):
            says |= {(f"{name}.example", other): stands for other, stands in (await _standing(name)).items()}
    return [
        f"{one} says that the peering with {other} {'stands' if stands else 'ended'}; {other} says otherwise"
        for (one, other), stands in says.items()
        if says.get((other, one)) is not stands
    ]


async def _receipts(town: Town) -> list[str]:
    """Who is asked to forget says that they did, as long as neither shares nothing with the other."""
    found, paused = [], {}
    for name in town.street.names:
        with town.street.at(name):
            paused[f"{name}.example"] = await _pauses(name)
    for name in town.street.names:
        me = f"{name}.example"
        with town.street.at(name):
            standing = await _standing(name)
            rows = await database.rows("SELECT peer, topic, epoch, idx FROM erasure_due WHERE done_at IS NULL")
        for row in rows:
            if standing.get(row["peer"]) and row["peer"] not in paused[me] and me not in paused[row["peer"]]:
                found.append(f"{row['peer']} owes {name} a receipt for {row['topic']} {row['epoch']}:{row['idx']}")
    return found


async def _view(street: Street, owner: str, reader: str, truth: dict[str, Any], pauses: set[str]) -> list[str]:
    source, me = f"{owner}.example", f"{reader}.example"
    due = {id: said for id, (said, not_to) in truth.items() if me not in not_to}
    with street.at(reader):
        paused = source in await _pauses(reader) or me in pauses
        listed = await database.rows(
            "SELECT offer_id, revision, have, open, hidden FROM listing WHERE node_id = {}", source
        )
        held = await database.rows(
            "SELECT entry.body FROM followed_entry AS entry JOIN followed ON entry.place / 4294967296 = followed.no "
            "WHERE followed.peer = {} AND followed.topic = 'peer-support' AND entry.kind = 'put'",
            source,
        )
    what = f"{reader}'s view of {owner}"
    if await _apart(street, owner, reader):
        return [f"{what}: {len(listed)} listings, {len(held)} entries, and no peering"] if listed or held else []
    if paused:
        return [f"{reader} shows {row['offer_id']} of {owner}, paused" for row in listed if not row["hidden"]]
    found = [f"{what}: {row['offer_id']} is hidden" for row in listed if row["hidden"]]
    bodies = [json.loads(row["body"]) for row in held]
    found += _differs(f"{what}, entries", {body["id"]: body["data"] for body in bodies}, due)
    short = {row["offer_id"]: (row["revision"], row["have"], row["open"]) for row in listed}
    found += _differs(
        f"{what}, listings", short, {id: (said["revision"], said["have"], said["open"]) for id, said in due.items()}
    )
    if len(bodies) != len(due) or len(listed) != len(due):
        found.append(f"{what}: {len(bodies)} entries, {len(listed)} listings, where {len(due)} are due")
    return found


def _differs(what: str, held: dict[str, Any], due: dict[str, Any]) -> list[str]:
    found = [f"{what}: {id} is not there" for id in sorted(due.keys() - held.keys())]
    found += [f"{what}: {id} is still there" for id in sorted(held.keys() - due.keys())]
    return found + [
        f"{what}: {id} is {held[id]} where {due[id]} is due"
        for id in sorted(due.keys() & held.keys())
        if held[id] != due[id]
    ]


async def _pauses(name: str) -> set[str]:
    return {row["node_id"] for row in await database.rows("SELECT node_id FROM peer WHERE paused_here = {}", True)}


async def _gone(town: Town) -> list[str]:
    """A wording that was replaced or withdrawn is in no entry and no listing anywhere, the owner's included."""
    found = []
    for owner, offer, words in town.wordings:
        with town.street.at(owner) as coop:
            statement = await room.statement(offer, here=coop.here())
        if statement is not None and json.loads(statement.data)["have"] == words:
            continue
        for name in town.street.names:
            with town.street.at(name):
                for table, column in (("listing", "have"), ("followed_entry", "body"), ("feed_entry", "body")):
                    rows = await database.rows(
                        f"SELECT COUNT(*) AS n FROM {table} WHERE instr(CAST({column} AS TEXT), {{}}) > 0",
                        words,
                    )
                    # At home an offer stays listed that is for nobody else.
                    if rows[0]["n"] and not (name == owner and table == "listing"):
                        found.append(f"{name} still has {words!r} of {owner} in {table}")
    return found


# Letters --------------------------------------------------------------------------------------------------------------


async def _under_way(town: Town) -> list[str]:
    found = []
    for name in town.street.names:
        with town.street.at(name):
            paused = await _pauses(name)
            rows = await database.rows(
                "SELECT kind, ref, destination, attempts, why FROM outbox "
                "WHERE state = 'open' AND kind IN ('letter', 'feed', 'peering') AND (attempts > 0 OR due <= {})",
                town.street.clocks[name].now(),  # a restored co-op's word of an erasure is put off for a day
            )
            for row in rows:
                if row["destination"] not in paused and row["why"] != "peer-paused":
                    found.append(
                        f"{name} has not delivered {row['kind']} {row['ref']} to {row['destination']}: {row['why']}"
                    )
    return found


async def _halves(town: Town) -> list[str]:
    halves: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    askers = []
    for name in town.street.names:
        with town.street.at(name):
            for half in await database.rows("SELECT * FROM introduction ORDER BY id"):
                half["messages"] = await database.rows(
                    "SELECT mine, no, reached_at, failed_at FROM introduction_message WHERE introduction = {}",
                    half["id"],
                )
                # Who left is spoken for by the lead, who has a week to find the words: until then the other side does not know.
                half["unsaid"] = await database.row(
                    "SELECT id FROM outbox WHERE state = 'open' AND ref = {}",
                    f"introductions:default-ending:{half['id']}",
                )
                if half["side"] == "asker":
                    askers.append((name, half))
                else:
                    halves.setdefault((half["other_node"], half["thread"]), []).append((name, half))
    found = []
    for name, asker in askers:
        theirs = [
            each
            for each in halves.pop((f"{name}.example", asker["thread_out"]), [])
            if f"{each[0]}.example" == asker["other_node"]
        ]
        if len(theirs) > 1:
            found.append(f"{len(theirs)} halves of the ask {asker['id']} of {name}")
        if asker["unsaid"] or any(half["unsaid"] for _, half in theirs):
            continue
        if await _forgotten(town.street, name, asker["other_node"]):
            continue
        status = theirs[0][1]["status"] if theirs else None
        if status not in AGREE[asker["status"]]:
            found.append(
                f"{name} says {asker['status']} ({asker['ended_how']}) of {asker['id']}, {asker['other_node']} says {status}"
                + (f" ({theirs[0][1]['ended_how']}, silent {theirs[0][1]['silent']})" if theirs else "")
            )
        if theirs:
            found += _messages(name, asker, *theirs[0]) + _messages(*theirs[0], name, asker)
    found += [
        f"half {half['id']} at {name} has no asker"
        for each in halves.values()
        for name, half in each
        if not await _forgotten(town.street, name, half["other_node"])
    ]
    return found


async def _forgotten(street: Street, name: str, other: str) -> bool:
    """Whether one of the two was put back from a copy, or pauses the other, or they parted: their halves need not agree."""
    them = other.removesuffix(".example")
    if {name, them} & street.restored:
        return True
    if name == them:
        return False
    for one, paused in ((name, other), (them, f"{name}.example")):
        with street.at(one):
            if paused in await _pauses(one):
                return True
    return await _apart(street, name, them)


def _messages(name: str, mine: dict[str, Any], other: str, theirs: dict[str, Any]) -> list[str]:
    """What one side sent is at the other side, once."""
    came = Counter(row["no"] for row in theirs["messages"] if not row["mine"])
    found = [f"message {no} of {mine['id']} came {times} times" for no, times in came.items() if times > 1]
    sent = {row["no"]: row for row in mine["messages"] if row["mine"]}
    found += [f"message {no} at {other} was never sent by {name}" for no in came if no not in sent]
    for no, row in sent.items():
        if row["reached_at"] and no not in came and not theirs["hidden"] and theirs["status"] != "ended":
            found.append(f"message {no} of {mine['id']} at {name} reached {other}, and is not there")
        if not row["reached_at"] and not row["failed_at"] and mine["status"] in ("accepted", "sharing", "shared"):
            found.append(f"message {no} of {mine['id']} at {name} is neither there nor lost")
    return found


async def _once(town: Town) -> list[str]:
    """What happens once stands once on a timeline, and each ask took one place."""
    found = []
    for name in town.street.names:
        with town.street.at(name):
            twice = await database.rows(
                "SELECT introduction, event, params, COUNT(*) AS n FROM introduction_event "
                "WHERE event IN ('came', 'accepted', 'declined', 'answer_reached', 'message_reached', 'shared', 'reached') "
                "GROUP BY introduction, event, params HAVING COUNT(*) > 1"
            )
            found += [f"{name}: {row['event']} {row['n']} times in {row['introduction']}" for row in twice]
            places = await database.rows("SELECT offer, open, places FROM offer_places WHERE open < 0 OR open > places")
            found += [f"{name}: {row['open']} of {row['places']} places open in {row['offer']}" for row in places]
    return found


# Replay ---------------------------------------------------------------------------------------------------------------

_BYTES = {("followed_entry", "leaf"), ("followed", "root"), ("feed_entry", "commitment")}
"""What of binary columns is no ciphertext, and goes into the sum."""

_LEFT_OUT = {"worker", "tokens"}
"""The number of a process; words in the order of a set, which the listing's own text tells as well."""


async def digest(street: Street) -> str:
    """A sum over everything that every co-op holds, ciphertext apart."""
    whole = sha256()
    for name in street.names:
        with street.at(name):
            tables = await database.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'listing_words%' "
                "AND name NOT LIKE 'sqlite_%' AND name <> 'migration' ORDER BY name"
            )
            for table in (row["name"] for row in tables):
                rows = []
                for row in await database.rows(f"SELECT * FROM {table}"):
                    plain = {
                        column: value.hex() if isinstance(value, bytes) else value
                        for column, value in row.items()
                        if (not isinstance(value, bytes) or (table, column) in _BYTES) and column not in _LEFT_OUT
                    }
                    rows.append(json.dumps(plain, sort_keys=True, default=str))
                whole.update(f"{name} {table} {len(rows)}\n".encode() + "\n".join(sorted(rows)).encode())
    return whole.hexdigest()[:32]
