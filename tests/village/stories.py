# SPDX-License-Identifier: AGPL-3.0-or-later
"""The cast's stories, told through the API alone: Maureen and Samuel from search to ending, and Derek, who is worried.

Each takes the folk by their names in the cast, and an `Until`. What a story asserts is what people would notice.
"""

from __future__ import annotations

from typing import Any

from tests.village.folk import Folk, Json, Person, Until

INTRODUCTIONS = "/support/introductions"
SEARCH: Json = {"words": "stroke", "ways": ["phone"], "near": "mill-hollow", "within_km": 20}


async def newest(person: Person) -> Json | None:
    """The newest introduction that this person has, whole."""
    items = (await person.get(INTRODUCTIONS))["items"]
    return await person.get(f"{INTRODUCTIONS}/{items[0]['id']}") if items else None


def events(view: Json) -> list[str]:
    return [each["event"] for each in view["timeline"]]


async def find_samuel(maureen: Person) -> Json:
    """The search of the story: Birch and Cedar have somebody, the group at Dovecote is too far."""
    found = await maureen.post("/support/searches", SEARCH)
    co_ops = {item["node_id"] for item in found["items"]}
    assert co_ops == {"birch.example", "cedar.example"}
    assert all(item["distance_km"] <= 20 for item in found["items"])
    assert all("Dovecote" not in item["area"] for item in found["items"]), "27 km is outside 20"
    return next(item for item in found["items"] if item["node_id"] == "birch.example")


async def ask_samuel(folk: Folk, until: Until) -> tuple[str, str]:
    """Maureen reads what would leave, asks, and Samuel has it. Gives both halves' ids: hers, his."""
    maureen, samuel = folk["maureen"], folk["samuel"]
    offer = await find_samuel(maureen)
    before = len((await maureen.get(INTRODUCTIONS))["items"])
    draft: Json = {
        "offer_id": offer["id"],
        "topics": ["stroke"],
        "needs": "Somebody who knows what it is like to lose half of what you see.",
        "message": "I would like to talk about going out again.",
    }
    preview = await maureen.post(INTRODUCTIONS, {**draft, "preview": True})
    assert preview["words"] == "Nothing has been sent yet."
    values = " ".join(leaf["value"] for leaf in preview["leaves"])
    assert draft["needs"] in values and draft["message"] in values and "Maureen" not in values
    assert len((await maureen.get(INTRODUCTIONS))["items"]) == before, "a preview stores nothing"

    asked = await maureen.post(INTRODUCTIONS, draft, status=201)
    assert asked["status"] == "waiting"
    mine = asked["id"]

    async def came() -> Json | None:
        for item in (await samuel.get(INTRODUCTIONS))["items"]:
            if item["status"] == "waiting" and item["side"] == "supporter":
                return dict(item)
        return None

    theirs = await until(came)
    view = await samuel.get(f"{INTRODUCTIONS}/{theirs['id']}")
    assert view["message"] == draft["message"]
    assert "Maureen" not in str(view), "nothing says who asks"

    async def reached() -> bool:
        return "reached" in str(events(await maureen.get(f"{INTRODUCTIONS}/{mine}")))

    await until(reached)
    return mine, theirs["id"]


async def say(person: Person, half: str, words: str) -> None:
    await person.post(f"{INTRODUCTIONS}/{half}/messages", {"words": words})


def has_message(person: Person, half: str, words: str) -> Any:
    async def condition() -> bool:
        view = await person.get(f"{INTRODUCTIONS}/{half}")
        return words in [message["words"] for message in view["messages"]]

    return condition


def has_status(person: Person, half: str, status: str) -> Any:
    async def condition() -> bool:
        return bool((await person.get(f"{INTRODUCTIONS}/{half}"))["status"] == status)

    return condition


async def main_story(folk: Folk, until: Until) -> tuple[str, str]:
    """Search, preview, ask, acceptance, four messages, sharing by one alone, sharing by both, ending."""
    maureen, samuel = folk["maureen"], folk["samuel"]
    hers, his = await ask_samuel(folk, until)

    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"quick": "yes-ring-me"})
    await until(has_status(maureen, hers, "accepted"))

    talk = [
        (samuel, his, maureen, hers, "Hello. Words come slowly to me."),
        (maureen, hers, samuel, his, "Take your time. I have all afternoon."),
        (samuel, his, maureen, hers, "Which side can you see?"),
        (maureen, hers, samuel, his, "The right. I bump into doors."),
    ]
    for writer, own, reader, other, words in talk:
        await say(writer, own, words)
        await until(has_message(reader, other, words))

    one = {"fields": ["first_name", "phone"], "confirm": True}
    await maureen.post(f"{INTRODUCTIONS}/{hers}/sharing", one)
    await until(has_status(samuel, his, "sharing"))
    view = await samuel.get(f"{INTRODUCTIONS}/{his}")
    assert view["sharing"]["theirs"] == []
    assert "Maureen" not in str(view) and "960301" not in str(view), "one yes alone shows nothing"

    await samuel.post(f"{INTRODUCTIONS}/{his}/sharing", one)
    await until(has_status(samuel, his, "shared"))
    await until(has_status(maureen, hers, "shared"))
    at_samuels = {
        each["field"]: each["value"] for each in (await samuel.get(f"{INTRODUCTIONS}/{his}"))["sharing"]["theirs"]
    }
    assert at_samuels == {"first_name": "Maureen", "phone": "01632 960301"}
    at_maureens = {
        each["field"]: each["value"] for each in (await maureen.get(f"{INTRODUCTIONS}/{hers}"))["sharing"]["theirs"]
    }
    assert at_maureens == {"first_name": "Samuel", "phone": "01632 960321"}

    await maureen.post(f"{INTRODUCTIONS}/{hers}/ending", {"words": "Thank you. I go to the market alone now."})
    await until(has_status(samuel, his, "ended"))
    assert (await maureen.get(f"{INTRODUCTIONS}/{hers}"))["status"] == "ended"
    return hers, his


async def worried_story(folk: Folk, until: Until) -> None:
    """Derek is worried by somebody who asked him: two taps, Peter unticked, only Ines told; the sender withdraws; the sealed
    copy still opens for Ines, and for nobody else."""
    kwame, derek, ines, peter = (folk[name] for name in ("kwame", "derek", "ines", "peter"))
    found = await kwame.post("/support/searches", {"topics": ["benefit-forms"], "near": "saltmarsh", "within_km": 5})
    offer = next(item for item in found["items"] if item["node_id"] == "alder.example")
    asked = await kwame.post(
        INTRODUCTIONS, {"offer_id": offer["id"], "topics": ["benefit-forms"], "message": "Help me."}
    )
    theirs = asked["id"]

    async def came() -> Json | None:
        items = (await derek.get(INTRODUCTIONS))["items"]
        return next((item for item in items if item["status"] == "waiting"), None)

    mine = (await until(came))["id"]
    await derek.post(f"{INTRODUCTIONS}/{mine}/acceptance", {"quick": "yes-write-to-me"})
    await until(has_status(kwame, theirs, "accepted"))
    await say(kwame, theirs, WORRYING)
    await until(has_message(derek, mine, WORRYING))

    worry = {"words": "They asked me for money.", "tell_lead": False, "tell_deputy": True}
    await derek.post(f"{INTRODUCTIONS}/{mine}/concerns", worry)
    assert await _concerns_about(peter, mine) == [], "Peter was unticked"
    concern = (await _concerns_about(ines, mine))[0]

    await kwame.post(f"{INTRODUCTIONS}/{theirs}/withdrawal")
    await until(has_status(derek, mine, "ended"))
    view = await derek.get(f"{INTRODUCTIONS}/{mine}")
    assert view["hidden"] and view["messages"] == []

    for other in (peter, derek, folk["yasmin"], folk["maureen"]):
        answer = await other.call("POST", f"{INTRODUCTIONS}/{mine}/sealed-copy", {})
        assert answer.status_code in (403, 404), (other.name, answer.status_code)
    await ines.post(f"/safeguarding/concerns/{concern['id']}/opening")
    copy = await ines.post(f"{INTRODUCTIONS}/{mine}/sealed-copy")
    assert WORRYING in str(copy)


WORRYING = "Can you lend me money for the meter."


async def _concerns_about(reader: Person, half: str) -> list[Json]:
    answer = await reader.call("GET", "/safeguarding/concerns")
    if answer.status_code == 403:
        return []
    return [each for each in answer.json()["to_read"] if each["about"] == f"introduction:{half}"]
