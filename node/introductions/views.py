# SPDX-License-Identifier: AGPL-3.0-or-later
"""A half as its person sees it: what happened, what was written and shared, what they can do next, whom to ring.

What the other person shared is shown only once both have arrived. A hidden half shows its timeline and nothing that was
written. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from node import database
from node.actor import Actor
from node.errors import NotFound
from node.here import Here
from node.introductions import reads, rules, texts
from node.introductions.halves import AskText, Half
from node.introductions.reads import Record, Words
from node.introductions.shapes import (
    Conversations,
    HelpNow,
    IntroductionView,
    MessageView,
    Moment,
    Number,
    PlanView,
    SharedValue,
    SharingView,
    WayOn,
)
from node.members.rights import check
from node.safeguarding import crisis as lines
from node.support import reads as support
from node.support.shapes import Listing, SearchQuery
from node.support.taxonomy import common
from node.words import N_, _

OWN = "introductions"
SUPPORT = "support"
MEMBER = frozenset({"member"})
LEAD = frozenset({"peer_support_lead"})
WAYS = 3
GONE = N_("That offer is no longer there. Please look for another.")


async def one(actor: Actor, introduction_id: str, *, here: Here) -> IntroductionView:
    """The actor's own half. Raises NotFound, alike for another's and for none."""
    check(actor, by=MEMBER, scope=OWN, act="introductions.one")
    return await _view(await reads.record_of(actor, introduction_id, here=here), here=here)


async def view(half: Half, *, here: Here) -> IntroductionView:
    """The whole of a half, as it is now."""
    found = await reads.record(half.id, here=here)
    assert found is not None
    return await _view(found, here=here)


async def _view(found: Record, *, here: Here) -> IntroductionView:
    half, words, text = found.half, found.words, found.ask
    told = [
        Moment(at=at, event=event, text=texts.event(event, params, at=at, side=half.side, co_op=found.co_op))
        for at, event, params in found.timeline
    ]
    begun = half.answered_at is not None and half.status not in ("waiting", "declined")
    plan = await _plan(half, words, found.plan) if found.plan else None
    closing = words.open("introduction_ending", half.id, "words", found.ending["words"]) if found.ending else None
    return IntroductionView(
        id=half.id,
        side=half.side,
        status=half.status,
        status_words=texts.status(half.status, half.side),
        co_op=found.co_op,
        node_id=half.other_node,
        group=half.group_offer,
        asked_at=half.asked_at,
        answer_by=half.answer_by,
        timeline=told,
        can=rules.can(
            half,
            plan=_stage(plan),
            sealed=found.sealed_until is not None,
        ),
        quick_replies=_quick(half),
        help=help_now(here),
        offer_id=text.listing or text.offer if text else None,
        topics=text.topics if text else [],
        needs=text.needs if text else "",
        message=text.message if text else "",
        answer=_answer(half, words, found.answer) if found.answer and found.answer["yes"] else None,
        messages=_messages(found) if begun else [],
        sharing=_sharing(found) if begun and not half.hidden else None,
        plan=plan,
        conversations=Conversations(had=half.had, of=half.had_of, review_due=rules.review_due(half, here.now))
        if half.status in rules.TALKING
        else None,
        confidentiality=texts.confidentiality() if half.status in rules.TALKING else None,
        ways_on=await _ways_on(half, text, here=here),
        closing_words=texts.goodbye(closing or ""),
        hidden=half.hidden,
        sealed_copy_until=found.sealed_until,
        erased_at=half.erased_at,
        erases_at=half.erase_at if half.erased_at is None else None,
        helped=found.help is not None,
    )


def help_now(here: Here) -> HelpNow:
    """Who answers at once in this co-op's nation."""
    shown = lines.numbers(here.co_op.nation, co_op=here.co_op.name)
    return HelpNow(
        words=shown.note,
        numbers=[Number(label=line.label, number=line.number) for line in shown.lines],
        replies_take_days=_(texts.REPLIES_TAKE_DAYS),
    )


def crisis(words: str, topics: Iterable[str]) -> bool:
    """Whether words or topics sound like something that can't wait for days. It adds help and blocks nothing."""
    meant = [*topics, *common().meant_by(words)]
    return lines.struck(words, meant, crisis_topics=common().crisis)


def labels(topics: Iterable[str]) -> list[str]:
    """What people call these topics."""
    return [common().label(slug) for slug in topics]


def _quick(half: Half) -> list[Any]:
    if half.status == "waiting" and half.side == "supporter":
        return texts.quick_replies((*rules.YES_REPLIES, *rules.NO_REPLIES))
    return texts.quick_replies(rules.MESSAGE_REPLIES) if half.status in rules.TALKING else []


def _answer(half: Half, words: Words, row: dict[str, Any]) -> MessageView:
    return MessageView(
        no=0,
        mine=half.side == "supporter",
        at=row["at"],
        words=words.open("introduction_answer", half.id, "words", row["words"]) or "",
        quick=row["quick"],
        quick_label=texts.quick_label(row["quick"]),
    )


def _messages(found: Record) -> list[MessageView]:
    return [
        MessageView(
            no=row["no"],
            mine=bool(row["mine"]),
            at=row["at"],
            words=found.words.open("introduction_message", row["id"], "words", row["words"]) or "",
            quick=row["quick"],
            quick_label=texts.quick_label(row["quick"]),
            reached_at=row["reached_at"],
            not_delivered=row["failed_at"] is not None,
        )
        for row in found.messages
    ]


def _sharing(found: Record) -> SharingView:
    theirs, choice = found.shared, found.share
    shown: list[SharedValue] = []
    if theirs is not None and found.half.both_shared_at is not None:
        details = found.words.mapping("introduction_shared", found.half.id, "details", theirs["details"])
        shown = [
            SharedValue(field=field, label=texts.field_label(field), value=value) for field, value in details.items()
        ]
    return SharingView(
        mine=choice["fields"].split(",") if choice and choice["fields"] else [],
        confirmed_at=choice["confirmed_at"] if choice else None,
        left=choice is not None and choice["reached_at"] is not None,
        theirs_confirmed=theirs is not None and bool(theirs["ready"]),
        theirs=shown,
        note=_(texts.SHARING_NOTE),
    )


async def _plan(half: Half, words: Words, row: dict[str, Any]) -> PlanView:
    details = words.mapping("introduction_plan", half.id, "plan", row["plan"])
    out = {
        bool(each["mine"]): each["at"]
        for each in await database.rows(
            "SELECT mine, at FROM introduction_check_out WHERE introduction = {} AND plan_no = {}",
            half.id,
            row["no"],
        )
    }
    kind = details.get("place_kind", "")
    return PlanView(
        no=row["no"],
        mine=bool(row["mine"]),
        place_kind=kind,
        place_label=texts.place_label(kind),
        where=details.get("where", ""),
        at=row["at"],
        ends_at=row["ends_at"],
        who_knows=details.get("who_knows", ""),
        agreed_at=row["agreed_at"],
        checked_out_at=out.get(True),
        they_checked_out_at=out.get(False),
    )


def _stage(plan: PlanView | None) -> str:
    if plan is None:
        return ""
    if plan.agreed_at is not None:
        return "agreed" if plan.checked_out_at is None else "checked_out"
    return "mine" if plan.mine else "theirs"


async def _ways_on(half: Half, text: AskText | None, *, here: Here) -> list[WayOn]:
    """After a week without an answer, or after a no: other offers that fit, the lead, the telephone."""
    if half.side != "asker" or text is None:
        return []
    waited = half.status == "waiting" and here.now >= half.asked_at + rules.WAYS_ON_AFTER
    if not waited and half.status not in ("declined", "undeliverable") and half.ended_how not in ("expired", "parted"):
        return []
    page = await support.search(SearchQuery(topics=text.topics, limit=WAYS + 1), Actor(person=half.person), here)
    fit = [each for each in page.items if each.id != text.listing and each.askable][:WAYS]
    found = [
        WayOn(
            kind="listing",
            words=_("Another offer that fits: {topics}.", topics=", ".join(each.labels)),
            listing_id=each.id,
        )
        for each in fit
    ]
    found.append(WayOn(kind="lead", words=_("Ask your co-op's lead: find someone for me.")))
    phone = here.co_op.phone
    found.append(WayOn(kind="ring", words=_("Ring {co_op}.", co_op=here.co_op.name), number=phone or None))
    return found


async def offer_to_ask(actor: Actor, listing_id: str, *, here: Here) -> Listing:
    """The offer as it stands now, for somebody who would ask; also when it is full or its supporter away. Raises NotFound."""
    check(actor, by=MEMBER, scope=OWN, act="introductions.offer_to_ask")
    found = await support.listed(listing_id, here)
    if found is None:
        raise NotFound(_(GONE), cause="no such listing now")
    return found
