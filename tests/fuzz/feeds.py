# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds: checkpoints, answers to heads, pages of entries, single entries, and proofs of forks.

A checkpoint is sound when that node signed just this state and it follows on what was known; a page when each entry is the one
that was appended, or the same without its body; a fork only for a log that really forked. Entries by themselves prove nothing:
there it is asked only that what was read is written again and read again as the same.
"""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from federation import feed, notes, statements, wire
from federation.errors import Refused
from federation.feed import Control, Entry, Head, Heads, Known, Origin, Put, Withdraw, absent
from federation.keys import PublicKey
from federation.merkle import Frontier, root_of
from federation.notes import Checkpoint
from federation.statements import Area, Availability, ForkFound, PeerSupport
from tests.fuzz import mutations
from tests.fuzz.kinds import Case, Kind
from tests.fuzz.world import ALDER, BIRCH, CEDAR, DAY, NOW, World

SKEW = 300
SIZES = (1, 3, 4, 9, 16)
EPOCH = NOW - 20 * DAY
LONGEST = {"availability": 7 * DAY, "peer-support": 90 * DAY, "trust": 400 * DAY}
"""How long what is said on a topic may stand."""
TIMES = (NOW, NOW - 3600, NOW - 30 * DAY, NOW + 200 * DAY, 1)


class Logs:
    """Two honest logs and a forked one (Cedar's), with a checkpoint at each of SIZES."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.entries = {
            (node, topic): _entries(world, topic)
            for node, topic in ((BIRCH, "peer-support"), (BIRCH, "availability"), (CEDAR, "peer-support"))
        }
        self.hashes = {at: feed.leaf_hashes(Origin(*at, EPOCH), entries) for at, entries in self.entries.items()}
        self.signed: dict[tuple[str, int, bytes, int], str] = {}
        """(origin, size, root, time) of every checkpoint that its own node signed, to its note."""
        self.notes = {
            (node, topic): [self._sign(node, topic, hashes[:size], NOW - 600 + size) for size in SIZES]
            for (node, topic), hashes in self.hashes.items()
        }
        # Cedar's other history: another entry 2, and so other roots from there on.
        self.other = list(self.hashes[(CEDAR, "peer-support")])
        self.other[2] = feed.leaf_hashes(
            Origin(CEDAR, "peer-support", EPOCH), [self.entries[(BIRCH, "peer-support")][1]]
        )[0]
        self.forked = [self._sign(CEDAR, "peer-support", self.other[:size], NOW - 300 + size) for size in SIZES[1:]]

    def _sign(self, node: str, topic: str, hashes: list[bytes], time: int) -> str:
        origin = str(Origin(node, topic, EPOCH))
        note = notes.make_checkpoint(origin, len(hashes), root_of(hashes), time, self.world[node].log[0])
        self.signed[(origin, len(hashes), root_of(hashes), time)] = note
        return note

    def keys(self, node: str) -> list[PublicKey]:
        return [key.public for key in self.world[node].log]

    def opened(self, node: str, note: str) -> Checkpoint:
        return notes.open_checkpoint(note, note.partition("\n")[0], self.keys(node))


def kinds(world: World) -> list[Kind]:
    logs = Logs(world)
    return [_checkpoint(logs), _heads(logs), _page(logs), _entry(logs), _fork(logs)]


# Checkpoints ----------------------------------------------------------------------------------------------------------


def _checkpoint(logs: Logs) -> Kind:
    def known(node: str, note: str | None) -> Known | None:
        if note is None:
            return None
        at = logs.opened(node, note)
        return Known(Origin.parse(at.origin), at.size, at.root, at.time, at.note)

    held = {at: [None, *(known(at[0], note) for note in made)] for at, made in logs.notes.items()}
    cases: list[Case] = [
        {"note": note.encode(), "at": at, "held": before, "now": NOW, "node": at[0], "topic": at[1]}
        for at, made in logs.notes.items()
        for number, note in enumerate(made)
        for before in range(number + 2)
    ]
    cases += [
        {
            "note": note.encode(),
            "at": (CEDAR, "peer-support"),
            "held": 1,
            "now": NOW,
            "node": CEDAR,
            "topic": "peer-support",
        }
        for note in logs.forked
    ]

    def before(case: Case) -> Known | None:
        return held[case["at"]][case["held"]] if case["at"] == (case["node"], case["topic"]) else None

    def run(case: Case) -> Any:
        head = Head(case["topic"], case["note"].decode("utf-8", "surrogateescape"), 1)
        checkpoint = feed.open_head(head, case["node"], logs.keys(case["node"]))
        return checkpoint, feed.judge_checkpoint(before(case), checkpoint, case["now"])

    def sound(case: Case, said: Any) -> bool:
        checkpoint, judged = said
        now, last = judged.known, before(case)
        written = (checkpoint.origin, checkpoint.size, checkpoint.root, checkpoint.time)
        honest = written in logs.signed and checkpoint.note == logs.signed[written]
        follows = honest or case.get("signed_anew", False)
        origin = checkpoint.origin.split("/")
        mine = (origin[0], origin[2]) == (case["node"], case["topic"]) and now.time <= case["now"] + SKEW
        if last is None or now.origin.epoch > last.origin.epoch:
            return follows and mine and (last is None or now.time >= last.time)
        grown = now.size > last.size or (now.size == last.size and now.root == last.root)
        return follows and mine and grown and now.origin == last.origin and now.time >= last.time

    def anew(case: Case, rng: Random) -> bool:
        origin = str(
            Origin(case["node"], case["topic"], rng.choice((EPOCH, EPOCH - DAY, EPOCH + DAY, NOW + 290, NOW + 400, 5)))
        )
        time = rng.choice((NOW, NOW + 299, NOW + 5000, EPOCH + 101 * DAY, NOW - 700, 2**53 - 1))
        made = notes.make_checkpoint(
            origin, rng.choice((1, 3, 9, 16, 2**40)), rng.randbytes(32), time, logs.world[case["node"]].log[1]
        )
        case["note"] = made.encode()
        return True

    turns = {"held": range(6), "now": TIMES, "node": (BIRCH, CEDAR, ALDER), "topic": (*wire.TOPICS, "gossip")}
    return Kind("checkpoint", cases, run, sound, ("note",), turns, anew=anew, special=[_games_with_lines(logs)])


def _games_with_lines(logs: Logs) -> Any:
    """Signature lines doubled, taken from other notes, from other logs, by strangers."""
    every = [note for made in (*logs.notes.values(), logs.forked) for note in made]

    def play(case: Case, rng: Random) -> None:
        text, _, lines = case["note"].decode("utf-8", "replace").rpartition("\n\n")
        other_text, _, other = rng.choice(every).rpartition("\n\n")
        match rng.randrange(5):
            case 0:
                lines += other
            case 1:
                lines = other
            case 2:
                text = other_text
            case 3:
                lines += lines
            case _:
                lines = "— stranger.example " + "A" * 100 + "\n" + lines
        case["note"] = f"{text}\n\n{lines}".encode("utf-8", "surrogatepass")

    return play


def _heads(logs: Logs) -> Kind:
    """Only the checkpoints in it are signed: grants and versions are the word of whoever answers, over TLS."""
    cases: list[Case] = []
    for node in (BIRCH, CEDAR):
        topics = [topic for holder, topic in logs.notes if holder == node]
        for size in range(len(SIZES)):
            heads = Heads(tuple(Head(topic, logs.notes[(node, topic)][size], 2) for topic in topics), 3, 3, 0)
            cases.append({"body": feed.encode_heads(heads), "node": node})

    def run(case: Case) -> list[tuple[str, Checkpoint]]:
        heads = feed.decode_heads(case["body"])
        opened = []
        for head in heads.heads:
            try:
                opened.append((head.topic, feed.open_head(head, case["node"], logs.keys(case["node"]))))
            except Refused:
                if len(heads.heads) == 1:
                    raise
        return opened

    def sound(case: Case, said: list[tuple[str, Checkpoint]]) -> bool:
        return all(
            (at.origin, at.size, at.root, at.time) in logs.signed and at.origin.split("/")[::2] == [case["node"], topic]
            for topic, at in said
        )

    return Kind("heads", cases, run, sound, ("body",), {"node": (BIRCH, CEDAR, ALDER)}, weight=0.6)


# Entries --------------------------------------------------------------------------------------------------------------


def _page(logs: Logs) -> Kind:
    cases: list[Case] = []
    for (node, topic), entries in logs.entries.items():
        origin = Origin(node, topic, EPOCH)
        hidden = [absent(origin, entry) if isinstance(entry, Put) else entry for entry in entries]
        for size in SIZES[1:]:
            for start in (0, 1, 3):
                for shown in (entries, hidden) if start < size else ():
                    page, _ = feed.encode_page(shown[start:size])
                    cases.append({"page": page, "at": (node, topic), "start": start, "size": size, "now": NOW})

    def pin(case: Case) -> tuple[int, bytes]:
        return case.get("pin") or (case["size"], root_of(logs.hashes[case["at"]][: case["size"]]))

    def run(case: Case) -> Any:
        origin, hashes = Origin(*case["at"], EPOCH), logs.hashes[case["at"]]
        size, root = pin(case)
        frontier = Frontier().extend(hashes[: case["start"]])
        entries = feed.decode_page(case["page"])
        staged = feed.stage_page(origin, frontier, entries, end=size)
        pinned = Checkpoint(str(origin), size, root, NOW, "", "")
        feed.verify_range(frontier, staged.leaf_hashes, pinned)
        return entries, feed.sort_entries(origin, case["start"], entries, now=case["now"], live=3)

    def sound(case: Case, said: Any) -> bool:
        entries, found = said
        if case.get("signed_anew"):
            return len(found.puts) + len(found.absent) + len(found.withdrawals) + len(found.aside) <= len(entries)
        origin, due = Origin(*case["at"], EPOCH), logs.entries[case["at"]][case["start"] : case["size"]]
        whole = len(entries) == len(due) and all(
            entry == was or (isinstance(was, Put) and entry == absent(origin, was))
            for entry, was in zip(entries, due, strict=True)
        )
        return whole and all(put.put == due[put.index - case["start"]] for put in found.puts)

    def anew(case: Case, rng: Random) -> bool:
        """The owner signs whatever this page now holds."""
        try:
            entries = feed.decode_page(mutations.as_json(rng, case["page"], ()))
        except Refused:
            return False
        case["page"] = feed.encode_page(entries)[0]
        grown = [*logs.hashes[case["at"]][: case["start"]], *feed.leaf_hashes(Origin(*case["at"], EPOCH), entries)]
        case["pin"] = (len(grown), root_of(grown))
        return True

    turns = {"at": list(logs.entries), "start": (0, 1, 3, 4), "size": SIZES, "now": TIMES}
    return Kind("page", cases, run, sound, ("page",), turns, anew=anew)


def _entry(logs: Logs) -> Kind:
    cases: list[Case] = []
    for (_, topic), entries in logs.entries.items():
        for entry in entries:
            if isinstance(entry, Put):
                cases.append({"body": entry.body, "expires": entry.expires, "topic": topic, "now": NOW})
            elif isinstance(entry, Control):
                cases.append({"body": entry.body, "expires": None, "topic": topic, "now": NOW})
    close = feed.encode_control(feed.Close("key"))
    cases.append({"body": close.body, "expires": None, "topic": "peer-support", "now": NOW})
    for proof in _proofs(logs):
        said = statements.encode(ForkFound(node_id=CEDAR, **msgspec.structs.asdict(proof)))
        put = feed.make_put("trust", id=bytes(16), iat=NOW - DAY, data=said, expires=NOW + DAY, salt=bytes(32))
        cases.append({"body": put.body, "expires": put.expires, "topic": "trust", "now": NOW})

    def run(case: Case) -> Any:
        if case["expires"] is None:
            return feed.decode_control(Control(case["body"]))
        record = feed.read_put(case["topic"], Put(case["expires"], bytes(32), case["body"]), now=case["now"])
        return record, statements.READERS[case["topic"]](record.data)

    def sound(case: Case, said: Any) -> bool:
        if case["expires"] is None:
            return bool(feed.decode_control(feed.encode_control(said)) == said)
        record, statement = said
        if (
            not 0 <= record.iat <= case["now"] + SKEW
            or not record.iat < case["expires"] <= record.iat + LONGEST[case["topic"]]
        ):
            return False
        return bool(statements.decode(case["topic"], statements.encode(statement)) == statement)

    turns = {
        "expires": (NOW + DAY, NOW + 95 * DAY, NOW - DAY, 2**60, None),
        "now": TIMES,
        "topic": ("peer-support", "availability", "trust"),
    }
    return Kind("entry", cases, run, sound, ("body",), turns)


# Forks ----------------------------------------------------------------------------------------------------------------


def _fork(logs: Logs) -> Kind:
    cases: list[Case] = [{"proof": msgspec.json.encode(made), "node": CEDAR} for made in _proofs(logs)]
    honest = [note for at, made in logs.notes.items() if at[0] == BIRCH for note in made]

    def run(case: Case) -> Origin:
        fork = feed.read_fork(wire.parse(case["proof"], limit=wire.ENTRY_LIMIT))
        return feed.judge_fork(fork, case["node"], logs.keys(case["node"]))

    def sound(case: Case, said: Origin) -> bool:
        proof = feed.read_fork(wire.parse(case["proof"], limit=wire.ENTRY_LIMIT))
        told = [logs.opened(CEDAR, note) for note in (proof.note_m, proof.note_n)]
        others = [note.root in others_roots for note in told]
        return str(said) == str(forked) and case["node"] == CEDAR and others[0] is not others[1] and told[0].size > 1

    forked = Origin(CEDAR, "peer-support", EPOCH)
    others_roots = {logs.opened(CEDAR, note).root for note in logs.forked}

    def accuse(case: Case, rng: Random) -> None:
        """Notes of an honest log, or of the same history twice."""
        tree = mutations._loaded(case["proof"])
        if isinstance(tree, dict):
            notes_of = honest if rng.random() < 0.6 else logs.notes[(CEDAR, "peer-support")]
            tree |= {"note_m": rng.choice(notes_of), "note_n": rng.choice(notes_of)}
            case["proof"] = mutations._written(tree)
            case["node"] = rng.choice((BIRCH, CEDAR))

    return Kind("fork", cases, run, sound, ("proof",), {"node": (BIRCH, CEDAR)}, special=[accuse], weight=0.6)


def _proofs(logs: Logs) -> list[feed.Fork]:
    """Every way of showing that Cedar signed two histories."""
    made: list[feed.Fork] = []
    for seen in logs.forked[:-1]:
        for held in logs.notes[(CEDAR, "peer-support")][2:]:
            one, other = logs.opened(CEDAR, seen), logs.opened(CEDAR, held)
            if one.size <= other.size:
                proof = feed.find_fork(logs.hashes[(CEDAR, "peer-support")], one, other)
                assert proof is not None
                made.append(proof)
    return made


def _entries(world: World, topic: str) -> list[Entry]:
    """Entry 0, three live puts, more puts, a withdrawal: 16 in all."""
    made: list[Entry] = []
    made.append(feed.encode_control(feed.Open(0, 0, wire.b64(root_of([])), "first", 3)))
    for number in range(1, 16):
        if number == 7:
            made.append(feed.encode_control(Withdraw(((EPOCH, 1), (EPOCH, 5)), False)))
            continue
        data = statements.encode(_offer(number) if topic == "peer-support" else _half_days(world, number))
        days = 60 if topic == "peer-support" else 6
        iat = NOW - number * 600
        made.append(
            feed.make_put(topic, id=world.bytes(16), iat=iat, data=data, expires=iat + days * DAY, salt=world.bytes(32))
        )
    return made


def _offer(number: int) -> PeerSupport:
    return PeerSupport(
        kind="one_to_one",
        topics=("stroke", "birch.example:choir"),
        have=f"I had a stroke ({number}).",
        how="We write.",
        limits="",
        ways=("phone", "message"),
        languages=("en", "cy"),
        area=Area(name="Ferry Row", lat=54.02, lon=-0.5),
        times="evenings",
        places=3,
        open=number % 3,
        replies=5,
        checked_on=NOW - DAY,
        revision=number,
    )


def _half_days(world: World, number: int) -> Availability:
    return Availability(
        worker=wire.b64(world.bytes(16)), area=Area(name="Ferry Row", lat=54.02, lon=-0.5), skills=("hoist",), languages=("en",),
        windows=(f"2027-01-{10 + number}/am", f"2027-01-{11 + number}/pm"), revision=number,
    )  # fmt: skip
