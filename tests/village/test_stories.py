# SPDX-License-Identifier: AGPL-3.0-or-later
"""The cast's stories in a village in one process, on both databases."""

from __future__ import annotations

from node.village import Village
from tests.village.conftest import folk_of
from tests.village.folk import settling
from tests.village.stories import (
    INTRODUCTIONS,
    ask_samuel,
    events,
    find_samuel,
    main_story,
    worried_story,
)


async def test_maureen_and_samuel(three: Village) -> None:
    hers, _ = await main_story(folk_of(three), settling(three.settle))
    view = await folk_of(three)["maureen"].get(f"{INTRODUCTIONS}/{hers}")
    texts = " ".join(each["text"] for each in view["timeline"])
    assert "reached Birch Row Care Co-op" in texts


async def test_derek_is_worried(three: Village) -> None:
    await worried_story(folk_of(three), settling(three.settle))


async def test_birch_is_off_and_nothing_is_lost(three: Village) -> None:
    folk, until = folk_of(three), settling(three.settle)
    maureen, samuel = folk["maureen"], folk["samuel"]
    offer = await find_samuel(maureen)
    three.stop("birch")
    asked = await maureen.post(INTRODUCTIONS, {"offer_id": offer["id"], "topics": ["stroke"], "message": "Hello."})
    await three.settle()
    view = await maureen.get(f"{INTRODUCTIONS}/{asked['id']}")
    assert view["status"] == "waiting"
    assert any("computer is off. Nothing is lost." in each["text"] for each in view["timeline"])

    three.start("birch")
    three.clock.advance(hours=2)

    async def came() -> bool:
        return any(item["status"] == "waiting" for item in (await samuel.get(INTRODUCTIONS))["items"])

    await until(came)
    assert "reached" in str(events(await maureen.get(f"{INTRODUCTIONS}/{asked['id']}")))


async def test_nobody_answers_for_three_weeks(three: Village) -> None:
    folk = folk_of(three)
    hers, his = await ask_samuel(folk, settling(three.settle))
    for _ in range(22):
        three.clock.advance(days=1)
        await three.settle()
    # Tokens stand for 30 days, so both are still signed in.
    for person, half in ((folk["maureen"], hers), (folk["samuel"], his)):
        assert (await person.get(f"{INTRODUCTIONS}/{half}"))["status"] == "ended"


async def test_what_may_not_leave_never_leaves(three: Village) -> None:
    """Farah's offer stays in Cedar, Mick has died, the one that is not for Birch is not at Birch, drafts are nowhere."""
    folk = folk_of(three)
    found: dict[str, set[str]] = {}
    for name in ("maureen", "ruth", "aled"):
        texts: set[str] = set()
        after = None
        while True:
            page = await folk[name].post("/support/searches", {"limit": 50, "after": after})
            texts |= {item["have"] for item in page["items"]}
            after = page["next"]
            if after is None:
                break
        found[name] = texts
    alder, birch, cedar = found["maureen"], found["ruth"], found["aled"]
    assert "I left. It took years." in cedar
    assert not any("I left. It took years." in texts for texts in (alder, birch))
    assert "I lost most of my sight at 40." in alder
    assert "I lost most of my sight at 40." not in birch
    assert not any("I had two strokes." in texts or "My husband Ken has MS." in texts for texts in found.values())
    assert "I moved to a smaller place." not in alder | birch | cedar, "it has run out"
