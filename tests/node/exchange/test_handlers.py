# SPDX-License-Identifier: AGPL-3.0-or-later
"""What else is in the outbox goes through handlers that are handed in: acknowledged with the effect, or by the handler itself."""

from __future__ import annotations

from node import database, post
from node.exchange.worker import GiveUp, by_itself, inside
from node.here import Here
from tests.node.exchange.coops import CoOp


async def _put(coop: CoOp, kind: str, ref: str) -> None:
    with coop.bound():
        await post.put_out(kind=kind, ref=ref, to="", due=coop.clock.now(), expires=None, here=coop.here())


async def _state(coop: CoOp, kind: str, ref: str) -> str:
    with coop.bound():
        put = await post.state_of(kind, ref)
    assert put is not None
    return put.state


async def test_an_effect_inside_stands_or_falls_with_its_acknowledgement(strangers: list[CoOp]) -> None:
    alder, _ = strangers
    failing = True

    async def due(item: post.Item, here: Here) -> None:
        assert database.in_transaction()
        await alder.board.write(item.ref, "From a timer", here=here)
        if failing:
            raise RuntimeError("a fault after a change")

    alder.exchange._handlers = {"timer": inside(due)}
    await _put(alder, "timer", "1")
    await alder.step()
    assert await alder.rows("SELECT * FROM board_own") == []
    assert await _state(alder, "timer", "1") == "open"
    failing = False
    alder.clock.advance(minutes=5)
    await alder.step()
    assert len(await alder.rows("SELECT * FROM board_own")) == 1
    assert await _state(alder, "timer", "1") == "done"


async def test_an_effect_elsewhere_comes_first_and_may_be_given_up(strangers: list[CoOp]) -> None:
    alder, _ = strangers
    sent: list[str] = []

    async def send(item: post.Item, here: Here) -> None:
        assert not database.in_transaction()
        if item.ref == "nobody":
            raise GiveUp("no-address")
        sent.append(item.ref)
        assert await post.done(item, here=here)

    told: list[tuple[str, str]] = []
    alder.exchange._handlers = {"mail": by_itself(send)}
    alder.exchange._tally = lambda kind, outcome: told.append((kind, outcome))
    await _put(alder, "mail", "somebody")
    await _put(alder, "mail", "nobody")
    await alder.step()
    assert sent == ["somebody"]
    assert sorted(told) == [("mail", "done"), ("mail", "given-up")]
    assert [await _state(alder, "mail", ref) for ref in ("somebody", "nobody")] == ["done", "dead"]
