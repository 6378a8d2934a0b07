# SPDX-License-Identifier: AGPL-3.0-or-later
"""An offer's rows as facts, its wording opened, what stands behind its supporter. Nothing here judges who may see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from node import database, vault
from node.here import Here
from node.members import reads as members
from node.support import rules
from node.support.rules import Behind, Facts
from node.support.shapes import Standing
from node.support.wording import Content, Said

_FACTS = """
SELECT o.id, o.supporter, o.created_at, o.revision, r.id AS revision_id,
  s.at AS submitted_at, a.at AS approved_at, b.at AS returned_at, w.at AS withdrawn_at,
  p.number AS published, p.id AS published_id, pa.at AS checked_on, pa.by AS checked_by,
  (SELECT max(c.at) FROM offer_confirmation c WHERE c.offer = o.id) AS confirmed_at,
  l.places, l.open, y.until AS away_until, u.home_only, u.careful_ok, u.not_to
FROM offer o
JOIN offer_revision r ON r.offer = o.id AND r.number = o.revision
LEFT JOIN offer_submission s ON s.revision = r.id
LEFT JOIN offer_approval a ON a.revision = r.id
LEFT JOIN offer_return b ON b.revision = r.id
LEFT JOIN offer_withdrawal w ON w.offer = o.id
LEFT JOIN offer_revision p ON p.offer = o.id AND p.number =
  (SELECT max(q.number) FROM offer_revision q JOIN offer_approval qa ON qa.revision = q.id WHERE q.offer = o.id)
LEFT JOIN offer_approval pa ON pa.revision = p.id
LEFT JOIN offer_places l ON l.offer = o.id
LEFT JOIN offer_away y ON y.offer = o.id
LEFT JOIN offer_audience u ON u.offer = o.id
"""

_content = msgspec.json.Decoder(Content)


def _facts(row: dict[str, Any]) -> Facts:
    return Facts(
        **{
            **row,
            "places": row["places"] or 0,
            "open": row["open"] or 0,
            "home_only": True if row["home_only"] is None else bool(row["home_only"]),
            "careful_ok": bool(row["careful_ok"]),
            "not_to": tuple(json.loads(row["not_to"] or "[]")),
        }
    )


async def facts(offer_id: str, *, held: bool = False) -> Facts | None:
    """One offer's facts; with `held` nobody else changes the offer until the transaction ends."""
    if held:
        await database.row_for_update("SELECT id FROM offer WHERE id = {}", offer_id)
    row = await database.row(_FACTS + "WHERE o.id = {}", offer_id)
    return _facts(row) if row else None


async def of_supporter(person: str) -> list[Facts]:
    """All offers of one supporter, newest first."""
    found = await database.rows(_FACTS + "WHERE o.supporter = {} ORDER BY o.created_at DESC, o.id", person)
    return [_facts(row) for row in found]


async def with_the_lead() -> list[Facts]:
    """Offers whose newest revision waits for the check, the longest waiting first."""
    found = await database.rows(
        _FACTS + "WHERE s.at IS NOT NULL AND a.at IS NULL AND b.at IS NULL AND w.at IS NULL ORDER BY s.at, o.id"
    )
    return [_facts(row) for row in found]


async def published_ids() -> list[str]:
    """Offers with an approved revision that were not withdrawn, whether or not they are shown now."""
    found = await database.rows(
        "SELECT DISTINCT r.offer AS id FROM offer_approval a JOIN offer_revision r ON r.id = a.revision "
        "LEFT JOIN offer_withdrawal w ON w.offer = r.offer WHERE w.id IS NULL ORDER BY r.offer"
    )
    return [row["id"] for row in found]


async def content(facts: Facts, revision_id: str, *, here: Here) -> Content:
    """The wording of one revision, opened. Raises vault.Erased when the supporter's key was destroyed."""
    return (await contents([(facts, revision_id)], here=here))[revision_id]


async def contents(wanted: Sequence[tuple[Facts, str]], *, here: Here) -> dict[str, Content]:
    """The wordings of several revisions by their ids."""
    if not wanted:
        return {}
    marks = ", ".join("{}" for _ in wanted)
    found = {
        row["id"]: row["content"]
        for row in await database.rows(
            f"SELECT id, content FROM offer_revision WHERE id IN ({marks})",  # noqa: S608
            *(revision for _, revision in wanted),
        )
    }
    ring = await vault.ring({facts.supporter for facts, _ in wanted}, here=here)
    opened = {}
    for facts, revision in wanted:
        text = ring.open(facts.supporter, "offer_revision", revision, "content", found.get(revision))
        if text is None:
            raise vault.Erased
        opened[revision] = _content.decode(text)
    return opened


async def note(facts: Facts, *, here: Here) -> str | None:
    """The lead's note on the newest revision, if it was returned."""
    row = await database.row("SELECT id, note FROM offer_return WHERE revision = {}", facts.revision_id)
    if row is None:
        return None
    ring = await vault.ring([facts.supporter], here=here)
    return ring.open(facts.supporter, "offer_return", row["id"], "note", row["note"])


async def behind(person: str, *, here: Here) -> Behind | None:
    """What stands behind a supporter; None when nothing was recorded."""
    row = await database.row(
        "SELECT induction_on, promise_on, supervisor, next_check_in FROM supporter WHERE person = {}", person
    )
    if row is None:
        return None
    return Behind(**row, supervisor_active=await members.active(row["supervisor"], here=here))


async def standing(person: str, *, here: Here) -> Standing:
    """The gate for one supporter now: somebody who left, died or gave the role up has none."""
    active = person in await members.by_role("peer_supporter", here=here)
    return rules.standing(await behind(person, here=here), now=here.now, active=active)


def said(facts: Facts, content: Content, *, revision: int, checked_on: int, now: int) -> Said:
    """What one wording says to its readers at this moment."""
    return Said(
        kind=content.kind,
        topics=content.topics,
        have=content.have,
        how=content.how,
        limits=content.limits,
        ways=content.ways,
        languages=content.languages,
        area=content.area,
        times=content.times,
        places=facts.places,
        open=facts.open,
        replies=content.replies,
        checked_on=checked_on,
        revision=revision,
        away_until=facts.away_until if facts.is_away(now) else None,
    )
