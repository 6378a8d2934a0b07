# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door of the safeguarding room.

Raising needs two fields at most and, by its own route, no account. A concern's words come only by the POST that opens it.
Whoever may not read a concern gets the same answer as for one that does not exist.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from node.actor import Actor
from node.here import Here
from node.safeguarding import acts, reads, telling
from node.safeguarding import setup as numbers_to_ring
from node.safeguarding.crisis import Numbers
from node.safeguarding.shapes import (
    Closing,
    ConcernCard,
    ConcernDraft,
    ConcernList,
    ConcernOne,
    ConcernReceipt,
    ConcernView,
    ConcernWithoutAccount,
    HandOver,
    HoldDraft,
    HoldView,
    Lifting,
    NoteDraft,
    NoteView,
    SetupDraft,
    SetupView,
    TellingDraft,
    TellingView,
)
from node.web.problems import problems

TAGS = ["Safeguarding"]
CONCERNS = "/safeguarding/concerns"
ONE = CONCERNS + "/{concern_id:str}"


@get(
    "/safeguarding/numbers",
    operation_id="safeguarding_numbers",
    summary="Whom to ring",
    tags=TAGS,
    security=[{}],
    responses=problems(),
)
async def numbers(here: NamedDependency[Here]) -> Numbers:
    return await reads.numbers_here(here=here)


@post(
    CONCERNS,
    operation_id="safeguarding_raise",
    summary="I'm worried",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def raise_concern(
    data: JSONBody[ConcernDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> ConcernReceipt:
    return await acts.raise_concern(actor=actor, draft=data, here=here)


@post(
    CONCERNS + "/without-account",
    operation_id="safeguarding_raise_without_account",
    summary="I'm worried, and have no account",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 422, 429),
    security=[{}],
)
async def raise_without_account(data: JSONBody[ConcernWithoutAccount], here: NamedDependency[Here]) -> ConcernReceipt:
    return await acts.raise_without_account(draft=data, here=here)


@get(
    CONCERNS,
    operation_id="safeguarding_list",
    summary="My worries, and those I am asked to read",
    tags=TAGS,
    responses=problems(401),
)
async def listing(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> ConcernList:
    return await reads.listing(actor, here=here)


@get(
    ONE,
    operation_id="safeguarding_one",
    summary="One concern, without its words",
    tags=TAGS,
    responses=problems(401, 404),
)
async def one(concern_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> ConcernOne:
    return await reads.one(actor, concern_id, here=here)


@post(
    ONE + "/opening",
    operation_id="safeguarding_open",
    summary="Open a concern; this is recorded",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404),
)
async def open_concern(
    concern_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> ConcernView:
    return await acts.open_concern(actor=actor, concern_id=concern_id, here=here)


@post(
    ONE + "/notes",
    operation_id="safeguarding_add_note",
    summary="Write down what was found or decided",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 422),
)
async def add_note(
    concern_id: FromPath[str],
    data: JSONBody[NoteDraft],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> NoteView:
    return await acts.add_note(actor=actor, concern_id=concern_id, note=data, here=here)


@post(
    ONE + "/tellings",
    operation_id="safeguarding_tell_other",
    summary="Tell another co-op",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def tell_other(
    concern_id: FromPath[str],
    data: JSONBody[TellingDraft],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> TellingView:
    return await telling.decide_to_tell_other(actor=actor, concern_id=concern_id, telling=data, here=here)


@post(
    ONE + "/holds",
    operation_id="safeguarding_place_hold",
    summary="Keep something from being erased",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 422),
)
async def place_hold(
    concern_id: FromPath[str],
    data: JSONBody[HoldDraft],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> HoldView:
    return await telling.place_hold(actor=actor, concern_id=concern_id, hold=data, here=here)


@post(
    "/safeguarding/holds/{hold_id:str}/lifting",
    operation_id="safeguarding_lift_hold",
    summary="End a hold",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def lift_hold(
    hold_id: FromPath[str],
    data: JSONBody[Lifting],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> HoldView:
    return await telling.lift_hold(actor=actor, hold_id=hold_id, lifting=data, here=here)


@post(
    ONE + "/readers",
    operation_id="safeguarding_hand_over",
    summary="Let another lead or deputy read it too",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def hand_over(
    concern_id: FromPath[str],
    data: JSONBody[HandOver],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> ConcernCard:
    return await acts.hand_over(actor=actor, concern_id=concern_id, person=data.person, here=here)


@post(
    "/safeguarding/takeover",
    operation_id="safeguarding_take_over",
    summary="After a change of lead or deputy, take over what has no reader left",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403),
)
async def take_over(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> list[ConcernCard]:
    return await acts.take_over(actor=actor, here=here)


@post(
    ONE + "/closing",
    operation_id="safeguarding_close",
    summary="Close a concern",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def close(
    concern_id: FromPath[str],
    data: JSONBody[Closing],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> ConcernCard:
    return await acts.close(actor=actor, concern_id=concern_id, closing=data, here=here)


@get(
    "/safeguarding/setup",
    operation_id="safeguarding_setup",
    summary="The numbers people ring, and what is missing",
    tags=TAGS,
    responses=problems(401, 403),
)
async def setup(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> SetupView:
    return await reads.setup(actor, here=here)


@post(
    "/safeguarding/setup",
    operation_id="safeguarding_set_up",
    summary="Set the numbers people ring",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def set_up(data: JSONBody[SetupDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> SetupView:
    return await numbers_to_ring.set_up(actor=actor, draft=data, here=here)


routes = [
    numbers,
    raise_concern,
    raise_without_account,
    listing,
    one,
    open_concern,
    add_note,
    tell_other,
    place_hold,
    lift_hold,
    hand_over,
    take_over,
    close,
    setup,
    set_up,
]
