# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sees in a co-op's own PostgreSQL who writes to its feeds, and whether two ever do at the same time.

Triggers of its own, which the code under trial does not know: the first that a transaction does for a feed takes that feed for
it until it ends, by a lock of the witness's own. Whoever comes meanwhile is counted in a sequence, whose numbers no rollback
takes back. So two at once are seen even where something else (a key, a lost lease) undoes one of them afterwards. What was
committed is written down turn by turn: which worker, how large the log was and became, since when the transaction had been open.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import asyncpg

from federation.feed import Absent, Control, Origin, leaf_hashes
from federation.merkle import root_of
from node.exchange.tables import SPAN
from node.village.postgres import administrator

_WRITERS = """
CREATE SCHEMA witness;
CREATE SEQUENCE witness.at_once;
CREATE TABLE witness.turn (number bigserial, topic text, no bigint, was bigint, size bigint, worker text,
  begun timestamptz, at timestamptz);

CREATE FUNCTION witness.take(topic text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_current_xact_id();  -- from here to its end it holds the lock of its own number, which a COMMIT lets go first
  IF pg_try_advisory_xact_lock(hashtext('witness'), hashtext(topic)) THEN
    RETURN;
  END IF;
  IF EXISTS (
    SELECT FROM pg_locks AS feed JOIN pg_locks AS open USING (pid)
    WHERE feed.locktype = 'advisory' AND feed.granted
      AND feed.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND feed.classid::bigint = hashtext('witness')::bigint & 4294967295
      AND feed.objid::bigint = hashtext(topic)::bigint & 4294967295
      AND open.locktype = 'transactionid' AND open.granted
  ) THEN
    PERFORM nextval('witness.at_once');
  ELSE  -- it is over, and only on its way to letting its locks go, of which this is not the first
    PERFORM pg_advisory_xact_lock(hashtext('witness'), hashtext(topic));
  END IF;
END $$;

CREATE FUNCTION witness.alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM witness.take(coalesce(NEW.topic, OLD.topic));
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER alone BEFORE INSERT OR UPDATE OR DELETE ON feed_item FOR EACH ROW EXECUTE FUNCTION witness.alone();
CREATE TRIGGER alone BEFORE INSERT OR UPDATE OR DELETE ON feed_log FOR EACH ROW EXECUTE FUNCTION witness.alone();

CREATE FUNCTION witness.named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('witness.worker', OLD.worker, true);
  IF NEW.state = 'done' THEN  -- a lease also ends elsewhere; this is where a turn begins, before the log is read
    PERFORM witness.take(split_part(OLD.ref, ':', 1));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER named BEFORE UPDATE ON outbox FOR EACH ROW
  WHEN (NEW.kind = 'feed' AND OLD.lease IS NOT NULL AND NEW.lease IS NULL) EXECUTE FUNCTION witness.named();

CREATE FUNCTION witness.noted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO witness.turn (topic, no, was, size, worker, begun, at)
  VALUES (NEW.topic, NEW.no, CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.size END, NEW.size,
    coalesce(current_setting('witness.worker', true), ''), transaction_timestamp(), clock_timestamp());
  RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON feed_log FOR EACH ROW EXECUTE FUNCTION witness.noted();
"""
_READERS = """
CREATE SCHEMA witness;
CREATE TABLE witness.heard (number bigserial, peer text, topic text, epoch bigint, size bigint, at timestamptz);
CREATE FUNCTION witness.heard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO witness.heard (peer, topic, epoch, size, at)
  VALUES (NEW.peer, NEW.topic, NEW.epoch, NEW.size, clock_timestamp());
  RETURN NULL;
END $$;
CREATE TRIGGER heard AFTER UPDATE ON followed FOR EACH ROW
  WHEN (OLD.size IS DISTINCT FROM NEW.size) EXECUTE FUNCTION witness.heard();
"""


@dataclass(frozen=True)
class Writers:
    """Who wrote to a co-op's feeds. `at_once`: how often a transaction found another at the same feed; `turns`: transactions that
    were committed; `workers`: processes that had a turn; `changes`: turns that went to another process than the one before;
    `waited`: turns whose transaction stood open while the one before still wrote; `breaks`: where a log did not go on where
    it had stood."""

    at_once: int
    turns: int
    workers: int
    changes: int
    waited: int
    breaks: list[str] = field(default_factory=list)


async def watch_writers(address: str) -> None:
    """From now on every write to a feed in this co-op's database is seen."""
    await _do(address, _WRITERS)


async def watch_readers(address: str) -> None:
    """From now on it is noted in this co-op's database when more of a neighbour's feed became visible."""
    await _do(address, _READERS)


async def writers(address: str) -> Writers:
    """What was seen since `watch_writers`."""
    at_once = (await rows(address, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS n FROM witness.at_once"))[
        0
    ]
    logs: dict[int, list[Any]] = {}
    for turn in await rows(address, "SELECT * FROM witness.turn ORDER BY at, number"):
        logs.setdefault(turn["no"], []).append(turn)
    pairs = [pair for turns in logs.values() for pair in pairwise(turns)]
    named = [turn for turns in logs.values() for turn in turns if turn["worker"]]
    return Writers(
        at_once=at_once["n"],
        turns=sum(map(len, logs.values())),
        workers=len({turn["worker"] for turn in named}),
        changes=sum(one["worker"] != other["worker"] for one, other in pairs if one["worker"] and other["worker"]),
        waited=sum(other["begun"] < one["at"] for one, other in pairs),
        breaks=[
            f"log {one['no']}: {one['size']} entries, and the next turn began at {other['was']}"
            for one, other in pairs
            if one["size"] != other["was"]
        ],
    )


async def heard_after(owner: str, reader: str, node_id: str) -> float:
    """The median of how many seconds after each turn of the owner its neighbour had it (both databases stand in one server)."""
    heard = await rows(reader, "SELECT topic, size, at FROM witness.heard WHERE peer = $1 ORDER BY number", node_id)
    took: list[float] = []
    for turn in await rows(owner, "SELECT topic, size, at FROM witness.turn WHERE size > was ORDER BY number"):
        had = next(
            (each["at"] for each in heard if each["topic"] == turn["topic"] and each["size"] >= turn["size"]), None
        )
        if had is not None:
            took.append((had - turn["at"]).total_seconds())
    return statistics.median(took) if took else float("inf")


async def behind(owner: str, reader: str, node_id: str) -> list[str]:
    """The topics of which the reader has not all that the owner has signed."""
    logs = {row["topic"]: row for row in await rows(owner, "SELECT topic, epoch, size FROM feed_log WHERE NOT closed")}
    held = await rows(reader, "SELECT topic, epoch, size FROM followed WHERE peer = $1", node_id)
    has = {(row["topic"], row["epoch"], row["size"]) for row in held}
    followed = {row["topic"] for row in held} & logs.keys()
    return [topic for topic in sorted(followed) if (topic, logs[topic]["epoch"], logs[topic]["size"]) not in has]


async def disagreements(owner: str, reader: str, node_id: str) -> list[str]:
    """What is wrong with the owner's logs as both databases hold them: a gap, a double, another leaf, another root, a second
    epoch, an alarm. Every leaf is hashed again from the owner's entries."""
    wrong: list[str] = []
    held = await rows(reader, "SELECT * FROM followed WHERE peer = $1 ORDER BY topic, epoch", node_id)
    if not held:
        wrong.append("nothing was followed")
    for row in held:
        topic, epoch = row["topic"], row["epoch"]
        name = f"{topic} of {epoch}"
        logs = await rows(owner, "SELECT * FROM feed_log WHERE topic = $1 ORDER BY epoch", topic)
        if [log["epoch"] for log in logs] != [epoch]:
            wrong.append(f"{name}: the owner has epochs {[log['epoch'] for log in logs]}")
            continue
        theirs = await _span(reader, "place, leaf, visible", "followed_entry", row["no"])
        ours = await _span(owner, "place, kind, expires, commitment, body", "feed_entry", logs[0]["no"])
        for who, entries, size in (("reader", theirs, row["size"]), ("owner", ours, logs[0]["size"])):
            if [entry["place"] % SPAN for entry in entries] != list(range(size)):
                wrong.append(f"{name}: the {who}'s places are not 0 to {size}")
        hashed = leaf_hashes(Origin(node_id, topic, epoch), [_entry(entry) for entry in ours])
        leaves = [bytes(entry["leaf"]) for entry in theirs]
        if leaves != hashed[: len(leaves)]:
            wrong.append(f"{name}: the reader verified other entries than the owner has")
        if root_of(leaves) != bytes(row["root"]):
            wrong.append(f"{name}: the root is not that of its leaves")
        if row["alarm"] or not all(entry["visible"] for entry in theirs):
            wrong.append(f"{name}: alarm {row['alarm']!r}, or entries that were never shown")
    aside = await rows(reader, "SELECT topic, idx, reason FROM set_aside WHERE source = $1", node_id)
    return wrong + [f"{row['topic']} {row['idx']}: set aside, {row['reason']}" for row in aside]


def _entry(row: Any) -> Control | Absent:
    if row["kind"] == "control":
        return Control(bytes(row["body"]))
    return Absent(row["expires"], bytes(row["commitment"]))


async def _span(address: str, columns: str, table: str, no: int) -> list[Any]:
    """The entries of one log, in their order."""
    return await rows(
        address,
        f"SELECT {columns} FROM {table} WHERE place >= $1 AND place < $2 ORDER BY place",
        no * SPAN,
        (no + 1) * SPAN,
    )


async def rows(address: str, sql: str, *args: Any) -> list[asyncpg.Record]:
    connection = await administrator(address)
    try:
        return list(await connection.fetch(sql, *args))
    finally:
        await connection.close()


async def _do(address: str, statements: str) -> None:
    connection = await administrator(address)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()
