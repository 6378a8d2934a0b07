# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cedar leaves a village of three: said and taken back, said again, gone on the day, confirmed by one at once and by one late."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from node import database, journal, schema
from node.actor import Actor, at_the_command_line
from node.backing.format import Damaged
from node.closing import rules as closing_rules
from node.database.sql import quoted
from node.errors import Conflict, Invalid, NotAllowed
from node.leaving import acts, duties, reads, receipt, rules
from node.leaving.shapes import Status
from node.members import acts as members
from node.members.rights import REGISTRY
from node.members.shapes import InvitationDraft
from node.village import Village
from tests.village import stories
from tests.village.conftest import folk_of, moulds, three
from tests.village.folk import Person, settling

__all__ = ["moulds", "three"]
DAY = 86_400
CLI = at_the_command_line()
CEDAR, BIRCH, ALDER = "cedar.example", "birch.example", "alder.example"


async def say_it(made: Village, *, days: int = 20, typed: str = CEDAR, **more: Any) -> int:
    with made.at("cedar") as coop:
        here = coop.here()
        given: dict[str, Any] = {"actor": CLI, "on_at": here.now + days * DAY, "answered": 90, "typed": typed}
        await acts.announce(**(given | more), here=here)
        return int((given | more)["on_at"])


async def status(made: Village) -> Status:
    with made.at("cedar") as coop:
        return await reads.status(CLI, here=coop.here())


async def front_page(made: Village) -> str:
    answer = await made.client("cedar").get("/", headers={"accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


async def pass_days(made: Village, days: int, *, step: int = 4) -> None:
    """Time goes by while everybody who is up works."""
    while days > 0:
        made.clock.advance(days=min(step, days))
        days -= step
        await made.settle()


async def words_of_cedar(made: Village) -> list[bytes]:
    """What cedar's supporters and circles wrote, as its neighbours have it."""
    with made.at("birch"):
        offers = await database.rows("SELECT have, how, limits FROM listing WHERE node_id = {}", CEDAR)
        facts = await database.rows("SELECT says FROM neighbour_fact WHERE node_id = {}", CEDAR)
    texts = {value for row in [*offers, *facts] for value in row.values() if len(value) > 12}
    assert len(texts) > 5, "there is something to be found"
    return [text.encode() for text in texts]


async def ask_walter(farah: Person) -> str:
    """Farah asks somebody of her own co-op; the id of her half."""
    found = await farah.post("/support/searches", {"topics": ["moving"], "near": "cedar-sands", "within_km": 5})
    offer = next(item for item in found["items"] if item["node_id"] == CEDAR)
    draft = {"offer_id": offer["id"], "topics": ["moving"], "message": "Have you got a van?"}
    return str((await farah.post(stories.INTRODUCTIONS, draft, status=201))["id"])


async def all_bytes(made: Village, name: str) -> bytes:
    """Everything in a co-op's tables; on SQLite every byte of its files as well."""
    with made.at(name) as coop:
        assert await database.scrub() in (True, False)
        held = b""
        for table in schema.tables():
            rows = await database.rows(f"SELECT * FROM {quoted(table._meta.tablename)}")
            values = [value for row in rows for value in row.values() if isinstance(value, str | bytes)]
            held += b"\n".join(value.encode() if isinstance(value, str) else bytes(value) for value in values)
        files = coop.settings.folder.glob("commoncare.db*")
        return held + b"".join(path.read_bytes() for path in files)


@pytest.mark.slow
async def test_cedar_leaves_and_nothing_of_it_is_left_with_others(
    three: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "AT_ONCE", 2)  # so that it takes many turns
    folk, until = folk_of(three), settling(three.settle)
    await three.settle()
    words = await words_of_cedar(three)
    for name in ("alder", "birch"):
        held = await all_bytes(three, name)
        assert all(each in held for each in words), name
    found = await folk["maureen"].post("/support/searches", stories.SEARCH)
    offer = next(item for item in found["items"] if item["node_id"] == CEDAR)
    draft = {"offer_id": offer["id"], "topics": ["stroke"], "needs": "Somebody to ring.", "message": "Hello."}
    asked = await folk["maureen"].post(stories.INTRODUCTIONS, draft, status=201)
    await three.settle()

    at_home = await ask_walter(folk["farah"])

    on_at = await say_it(three)
    await pass_days(three, 19)
    before = await status(three)
    assert (before.phase, before.on_at) == ("announced", on_at)
    assert {each.step for each in before.neighbours} == {"waiting"}
    three.stop("birch")
    await pass_days(three, 2, step=1)

    now = await status(three)
    assert now.phase == "gone", "who is away holds up nothing"
    steps = {each.node_id: each for each in now.neighbours}
    assert (steps[ALDER].step, steps[BIRCH].step, steps[BIRCH].signed) == ("confirmed", "waiting", False)
    held = await all_bytes(three, "alder")
    assert not any(each in held for each in words)
    view = await folk["maureen"].get(f"{stories.INTRODUCTIONS}/{asked['id']}")
    assert (view["status"], stories.events(view)[-1]) == ("ended", "ended_parted")

    hers = await folk["farah"].get(f"{stories.INTRODUCTIONS}/{at_home}")
    assert (hers["status"], stories.events(hers)[-1]) == ("ended", "ended_closed")
    assert "Our co-op has closed" in str(hers)

    await pass_days(three, 4)
    assert {each.node_id: each.step for each in (await status(three)).neighbours} == {
        ALDER: "confirmed",
        BIRCH: "overdue",
    }
    with three.at("cedar") as coop:
        early = receipt.check(await receipt.document(CLI, here=coop.here()))
    assert (early.signed, early.without) == ([ALDER], [BIRCH])

    await pass_days(three, 6)
    three.start("birch")
    for _ in range(3):
        await three.settle()
        three.clock.advance(hours=2)
    await until(lambda: _all_confirmed(three))
    held = await all_bytes(three, "birch")
    assert not any(each in held for each in words)

    with three.at("cedar") as coop:
        last = await receipt.document(CLI, here=coop.here())
        entries = [each.act for each in await journal.newest(["co-op.left", "co-op.leaving-said"])]
    assert entries == ["co-op.left", "co-op.leaving-said"]
    judged = receipt.check(last)
    assert (judged.node_id, judged.left_at, judged.signed, judged.without) == (CEDAR, on_at, [ALDER, BIRCH], [])
    await altered_is_seen(last)

    page = await front_page(three)
    assert "Cedar Sands Together has closed" in page
    assert "01632 960221" in page
    with three.at("cedar") as coop:
        with pytest.raises(Conflict, match="closed"):
            await members.invite(
                actor=CLI, draft=InvitationDraft(roles=["member"], name="A B", email="", days=7), here=coop.here()
            )
        with pytest.raises(Conflict):
            await acts.take_back(actor=CLI, here=coop.here())


async def test_a_turn_that_is_cut_off_changes_nothing_and_is_done_again(
    three: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three.settle()
    await say_it(three)
    await pass_days(three, 19)
    end, asked = duties.peers.end, list[str]()

    async def cut_off(*, node_id: str, **given: Any) -> object:
        asked.append(node_id)
        if len(asked) == 2:
            raise OSError(5, "Input/output error")
        return await end(node_id=node_id, **given)

    monkeypatch.setattr(duties.peers, "end", cut_off)
    three.clock.advance(days=1)
    with three.at("cedar") as coop:
        for _ in range(50):
            if len(asked) == 2:
                break
            await coop.step()
        now = await reads.preview(CLI, here=coop.here())
        assert (await reads.status(CLI, here=coop.here())).phase == "going"
        assert (now.offers, now.facts, sorted(now.neighbours)) == (0, 0, [ALDER, BIRCH]), (
            "the first end was rolled back"
        )
    await pass_days(three, 1)
    assert asked[2:] == asked[:2], "both were ended in the next try"
    found = await status(three)
    assert (found.phase, {each.step for each in found.neighbours}) == ("gone", {"confirmed"})


async def _all_confirmed(made: Village) -> bool:
    found = (await status(made)).neighbours
    return all(each.step == "confirmed" and each.signed for each in found)


async def altered_is_seen(last: bytes) -> None:
    """Neither a receipt of another, nor one for another peering, nor a claim that cedar did not sign is taken."""
    outer = json.loads(last)
    claims = json.loads(base64.b64decode(outer["payload"]))
    one, other = claims["neighbours"]

    def with_claims(changed: dict[str, Any]) -> bytes:
        payload = base64.b64encode(json.dumps(changed).encode()).decode()
        return json.dumps(outer | {"payload": payload}).encode()

    for changed in (
        claims | {"left_at": 1},
        claims | {"neighbours": [one, other | {"receipt": one["receipt"]}]},
        claims | {"iss": ALDER},
    ):
        with pytest.raises(Damaged):
            receipt.check(with_claims(changed))
    for cut in (last[:-20], b"{}", b""):
        with pytest.raises(Damaged):
            receipt.check(cut)


async def test_it_is_said_to_everybody_and_can_be_taken_back(three: Village) -> None:
    await three.settle()
    assert "closes on" not in await front_page(three)
    with three.at("cedar") as coop:
        found = await reads.preview(CLI, here=coop.here())
        people = await database.rows("SELECT id FROM person WHERE state = 'active'")
        never = await database.rows("SELECT person FROM person_settings WHERE mail = 'never'")
    assert (found.people, sorted(found.neighbours)) == (len(people), [ALDER, BIRCH])
    assert min(found.offers, found.facts) > 0
    on_at = await say_it(three)
    assert await say_it(three, on_at=on_at) == on_at, "said twice it is said once"
    with pytest.raises(Conflict):
        await say_it(three, days=30)
    with three.at("cedar"):
        mails = await database.rows("SELECT ref FROM outbox WHERE kind = 'mail' AND state = 'open'")
        told = {row["ref"].partition(":")[0] for row in mails if row["ref"].endswith((":news", ":daily"))}
        assert told == {row["id"] for row in people} - {row["person"] for row in never}
    page = await front_page(three)
    assert "Cedar Sands Together closes on" in page
    assert "01632 960221" in page
    with three.at("cedar") as coop:
        await acts.take_back(actor=CLI, here=coop.here())
        with pytest.raises(Conflict):
            await acts.take_back(actor=CLI, here=coop.here())
    assert "closes on" not in await front_page(three)
    await pass_days(three, 24)
    assert (await status(three)).phase == "none"
    with three.at("cedar") as coop:
        again = await reads.preview(CLI, here=coop.here())
        timers = await database.rows("SELECT state FROM outbox WHERE ref LIKE 'leaving:%'")
        assert [row["state"] for row in timers] == ["back"]
        with pytest.raises(Conflict):
            await receipt.document(CLI, here=coop.here())
    assert (again.facts, sorted(again.neighbours)) == (found.facts, [ALDER, BIRCH])


async def test_refused_in_words_and_to_whoever_may_not(three: Village) -> None:
    for change, field in (
        ({"typed": "alder.example"}, "say"),
        ({"days": 3}, "on"),
        ({"days": 500}, "on"),
        ({"answered": 1}, "answered"),
    ):
        with pytest.raises(Invalid) as no:
            await say_it(three, **change)
        assert list(no.value.fields) == [field]
    for actor in (Actor(person="p", roles=frozenset({"operator"})), Actor(person="p", via="cli")):
        with pytest.raises(NotAllowed):
            await say_it(three, actor=actor)
    with three.at("cedar") as coop, pytest.raises(NotAllowed):
        await reads.status(Actor(person="p", roles=frozenset({"worker"})), here=coop.here())
    assert (await status(three)).phase == "none"


def test_what_can_not_begin_any_more_are_acts_that_there_are() -> None:
    assert closing_rules.OVER <= REGISTRY.keys()
    staying = {"safeguarding.raise", "front.ask-for-copy", "introductions.withdraw", "people.leave", "signin.by-link"}
    assert not closing_rules.OVER & staying


def test_a_day_is_one_by_the_wall_and_a_wrong_one_is_told() -> None:
    assert rules.day_of("2027-07-01") == 1_814_396_400, "midnight in summer time"
    for text in ("31.3.2027", "2027-02-30", ""):
        with pytest.raises(Invalid):
            rules.day_of(text)
