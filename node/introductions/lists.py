# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lists: a person's own introductions, what they asked to be told of, and what waits for a peer-support lead.

The lead's list says who of ours it is about and since when, never what was asked or written, nor by whom.
"""

from __future__ import annotations

from node import database, dates
from node.actor import Actor
from node.here import Here
from node.introductions import reads, texts
from node.introductions.reads import Words
from node.introductions.shapes import BackList, BackView, IntroductionLine, IntroductionList, LeadLine, LeadList
from node.introductions.views import MEMBER, OWN, SUPPORT
from node.members import reads as members
from node.members.rights import check
from node.peers import reads as peers
from node.words import _

LEAD = frozenset({"peer_support_lead"})


async def listing(actor: Actor, *, here: Here) -> IntroductionList:
    """The actor's own introductions, asked and answered, the newest first."""
    check(actor, by=MEMBER, scope=OWN, act="introductions.list")
    halves, names = await database.together(reads.of_person(actor.person), peers.names())
    return IntroductionList(
        items=[
            IntroductionLine(
                id=half.id,
                side=half.side,
                status=half.status,
                status_words=texts.status(half.status, half.side),
                co_op=peers.called(half.other_node, names, here=here),
                asked_at=half.asked_at,
                changed_at=half.changed_at,
            )
            for half in halves
        ]
    )


# For a lead -----------------------------------------------------------------------------------------------------------


async def unanswered(actor: Actor, *, here: Here) -> LeadList:
    """What waits for a lead: asks without an answer after five days, endings to word, people who did not check out.

    Who of ours it is, never what was asked or written, nor by whom.
    """
    check(actor, by=LEAD, scope=SUPPORT, act="introductions.unanswered")
    waiting = await database.rows(
        "SELECT id, person, other_node, asked_at AS since, answer_by AS due FROM introduction "
        "WHERE side = 'supporter' AND status = 'waiting' AND silent = {} AND lead_told_at IS NOT NULL",
        False,
    )
    endings = await database.rows(
        "SELECT i.id, i.person, i.other_node, e.at AS since, e.to_word_by AS due FROM introduction_ending e "
        "JOIN introduction i ON i.id = e.introduction WHERE e.to_word_by IS NOT NULL AND e.worded_at IS NULL"
    )
    not_home = await database.rows(
        "SELECT i.id, i.person, i.other_node, p.lead_told_at AS since, NULL AS due FROM introduction_plan p "
        "JOIN introduction i ON i.id = p.introduction WHERE p.lead_told_at IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM introduction_check_out c WHERE c.introduction = i.id AND c.plan_no = p.no AND c.mine = {})",
        True,
    )
    kinds = (("unanswered", waiting), ("ending_to_word", endings), ("not_checked_out", not_home))
    names = await members.names({row["person"] for _, rows in kinds for row in rows}, here=here)
    found = [
        LeadLine(
            id=row["id"],
            what=what,  # type: ignore[arg-type]
            who=names[row["person"]],
            co_op=await reads.co_op(row["other_node"], here=here),
            since=row["since"],
            due=row["due"],
            words=_(texts.LEAD[what]),
        )
        for what, rows in kinds
        for row in rows
    ]
    return LeadList(items=sorted(found, key=lambda line: (line.since, line.id)))


# Tell me when they are back -------------------------------------------------------------------------------------------


async def back_list(actor: Actor, *, here: Here) -> BackList:
    """What the actor asked to be told of."""
    check(actor, by=MEMBER, scope=OWN, act="introductions.back_notices")
    return BackList(items=[view for view, _ in await back_notices(actor.person, here=here)])


async def back_notices(person: str, *, here: Here) -> list[tuple[BackView, str]]:
    """What a person asked to be told of, with the listing's id."""
    found = []
    for row in await database.rows("SELECT * FROM introduction_back_notice WHERE person = {} ORDER BY at, id", person):
        words = await Words.of(f"introduction:{row['id']}", here=here)
        listing = words.open("introduction_back_notice", row["id"], "listing", row["listing"])
        found.append((back_view(row["id"], row["until"]), listing or ""))
    return found


def back_view(id: str, until: int | None) -> BackView:
    """That we will tell them, and about when."""
    words = _("We'll tell you when they are back. Nothing has been sent to them.")
    if until:
        words = _("They are away until {day}.", day=dates.day(until)) + " " + words
    return BackView(id=id, until=until, words=words)
