# SPDX-License-Identifier: AGPL-3.0-or-later
"""Concerns: one's own, with where they are; and, for a lead or deputy, those to read.

A concern's words come only after a POST that records the opening; then its record stays open for that reader for half an hour,
on this page and on paper, and has to be opened again after that. A GET never opens anything.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import SAFEGUARDING_ROLES
from node.safeguarding import acts, opened, reads
from node.safeguarding.pages.parts import (
    CONCERNS,
    ONE,
    RECORD,
    SAID,
    Neighbours,
    for_reader,
    from_whom,
    most_pressing,
    names,
    names_an_introduction,
    one,
    qr,
    stage,
    to_prove,
)
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to


@get(CONCERNS, name="concerns")
async def listing(visit: NamedDependency[Visit], co_ops: Neighbours) -> Page:
    found = await reads.listing(visit.actor, here=visit.here)
    to_read = [(card, stage(card), from_whom(card, co_ops)) for card in most_pressing(found.to_read)]
    return page(
        "safeguarding/concerns.html",
        visit,
        said=SAID,
        mine=found.mine,
        to_read=to_read,
        reads=bool(visit.roles & SAFEGUARDING_ROLES),
        to_prove=to_prove(visit),
        numbers=await reads.numbers_here(here=visit.here),
    )


@post(CONCERNS + "/takeover", name="concerns-takeover", status_code=200)
@once
async def take_over(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.take_over(actor=visit.actor, here=visit.here)
    return to(CONCERNS, said="checked")


@get(ONE, name="concern")
async def concern(concern_id: FromPath[str], visit: NamedDependency[Visit], co_ops: Neighbours) -> Page:
    """To its raiser: where it is. To its reader: its card, and the button that opens it."""
    found = await one(visit, concern_id)
    numbers = await reads.numbers_here(here=visit.here)
    if found.card is None:
        return page("safeguarding/mine.html", visit, said=SAID, mine=found.mine, numbers=numbers)
    already = await opened.still_open(visit.actor, concern_id, here=visit.here)
    return page(
        "safeguarding/card.html",
        visit,
        said=SAID,
        card=found.card,
        mine=found.mine,
        stage=stage(found.card),
        from_whom=from_whom(found.card, co_ops),
        open_until=already[1] if already else None,
        numbers=numbers,
    )


@post(ONE + "/opening", name="concern-opening", status_code=200)
@once
async def open_it(concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.open_concern(actor=visit.actor, concern_id=concern_id, here=visit.here)
    return to(f"{CONCERNS}/{concern_id}/record")


@get(RECORD, name="concern-record")
async def record(concern_id: FromPath[str], visit: NamedDependency[Visit], co_ops: Neighbours) -> Page:
    return await _opened("safeguarding/record.html", concern_id, visit, co_ops)


@get(ONE + "/print", name="concern-print")
async def on_paper(concern_id: FromPath[str], visit: NamedDependency[Visit], co_ops: Neighbours) -> Page:
    """The record for a referral, marked confidential. Only while it is open for this reader."""
    return await _opened("safeguarding/record_print.html", concern_id, visit, co_ops)


async def _opened(template: str, concern_id: str, visit: Visit, co_ops: Neighbours) -> Page:
    card = await for_reader(visit, concern_id)
    found = await opened.still_open(visit.actor, concern_id, here=visit.here)
    if found is None:
        return to(f"{CONCERNS}/{concern_id}", said=visit.said if visit.said in SAID else "closed-over")
    return page(
        template,
        visit,
        said=SAID,
        view=found[0],
        open_until=found[1],
        stage=stage(card),
        from_whom=from_whom(card, co_ops),
        names=names(co_ops),
        introduction=names_an_introduction(card),
        numbers=await reads.numbers_here(here=visit.here),
        qr=qr(visit.here, f"{CONCERNS}/{concern_id}"),
    )


routes = [listing, take_over, concern, open_it, record, on_paper]
