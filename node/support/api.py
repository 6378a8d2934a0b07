# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door of the peer-support room: parse, one act or read, its shape. What is searched for comes in a body, never in an
address, and is kept nowhere."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.support import acts, reads
from node.support.shapes import (
    AssistedQuery,
    AssistedView,
    AwayUntil,
    CheckInDone,
    Fullness,
    Induction,
    OfferDraft,
    OfferList,
    OfferView,
    Preview,
    Return,
    SearchPage,
    SearchQuery,
    SupporterView,
    TopicList,
)
from node.web.problems import problems
from node.words import _

TAGS = ["Peer support"]
OFFERS = "/support/offers"
ONE = OFFERS + "/{offer_id:str}"
SUPPORTER = "/support/supporters/{person:str}"


@get(
    "/support/topics",
    operation_id="support_topics",
    summary="Topics, and how far an offer on each may go",
    tags=TAGS,
    responses=problems(401),
)
async def topics(actor: NamedDependency[Actor]) -> TopicList:
    return reads.topics()


@post(
    "/support/searches",
    operation_id="support_search",
    summary="Find someone who has been there",
    tags=TAGS,
    status_code=200,
    responses=problems(400, 401, 403, 422),
)
async def search(data: JSONBody[SearchQuery], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> SearchPage:
    return await reads.search(data, actor, here)


@post(
    "/support/assisted-searches",
    operation_id="support_assisted_search",
    summary="Find someone with a person who rang or came by",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def assisted_search(
    data: JSONBody[AssistedQuery], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> AssistedView:
    return await acts.assisted_search(actor=actor, asked=data, here=here)


@get(
    OFFERS,
    operation_id="support_offers",
    summary="My offers; for a lead, with state=waiting, those that wait for the check",
    tags=TAGS,
    responses=problems(400, 401, 403, 422),
)
async def offers(
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
    wanted: Annotated[Literal["waiting"] | None, QueryParameter(name="state")] = None,
) -> OfferList:
    return await (reads.waiting(actor, here) if wanted else reads.mine(actor, here))


@post(
    OFFERS,
    operation_id="support_draft",
    summary="Begin an offer",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def draft(data: JSONBody[OfferDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> OfferView:
    return await acts.draft_offer(actor=actor, draft=data, here=here)


@get(
    ONE,
    operation_id="support_offer",
    summary="One offer, as its supporter or the lead reads it",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def offer(offer_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> OfferView:
    return await reads.offer(offer_id, actor, here)


@post(
    ONE + "/revision",
    operation_id="support_revise",
    summary="Write it anew",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def revise(
    offer_id: FromPath[str],
    data: JSONBody[OfferDraft],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> OfferView:
    return await acts.revise_offer(actor=actor, offer_id=offer_id, draft=data, here=here)


@post(
    ONE + "/submission",
    operation_id="support_submit",
    summary="Hand it to the lead",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def submit(offer_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> OfferView:
    return await acts.submit_offer(actor=actor, offer_id=offer_id, here=here)


@post(
    ONE + "/approval",
    operation_id="support_approve",
    summary="The lead says yes: publish it",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def approve(offer_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> OfferView:
    return await acts.approve_offer(actor=actor, offer_id=offer_id, here=here)


@post(
    ONE + "/return",
    operation_id="support_return",
    summary="The lead hands it back with a note",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def give_back(
    offer_id: FromPath[str], data: JSONBody[Return], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> OfferView:
    return await acts.return_offer(actor=actor, offer_id=offer_id, note=data.note, here=here)


@post(
    ONE + "/withdrawal",
    operation_id="support_withdraw",
    summary="End it, here and everywhere",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404),
)
async def withdraw(offer_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> OfferView:
    return await acts.withdraw_offer(actor=actor, offer_id=offer_id, here=here)


@post(
    ONE + "/fullness",
    operation_id="support_fullness",
    summary="I'm full, or I have room again",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def fullness(
    offer_id: FromPath[str], data: JSONBody[Fullness], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> OfferView:
    if data.full:
        if data.open:
            raise Invalid({"open": _("Say either that you are full, or for how many there is room.")})
        return await acts.full(actor=actor, offer_id=offer_id, here=here)
    return await acts.room_again(actor=actor, offer_id=offer_id, open=data.open, here=here)


@post(
    ONE + "/away",
    operation_id="support_away",
    summary="Away until a day, or back",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def away(
    offer_id: FromPath[str], data: JSONBody[AwayUntil], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> OfferView:
    if data.until is None:
        return await acts.back(actor=actor, offer_id=offer_id, here=here)
    return await acts.away_until(actor=actor, offer_id=offer_id, until=data.until, here=here)


@post(
    ONE + "/confirmation",
    operation_id="support_confirm",
    summary="Still right: for another 90 days",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def confirm(offer_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> OfferView:
    return await acts.confirm_offer(actor=actor, offer_id=offer_id, here=here)


@post(
    ONE + "/preview",
    operation_id="support_preview",
    summary="Exactly what leaves, to which co-ops, until when",
    tags=TAGS,
    status_code=200,
    responses=problems(401, 403, 404),
)
async def preview(offer_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> Preview:
    return await reads.preview(offer_id, actor, here)


@get(
    SUPPORTER,
    operation_id="support_supporter",
    summary="What stands behind a supporter",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def supporter(person: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> SupporterView:
    return await reads.supporter(person, actor, here)


@post(
    SUPPORTER + "/induction",
    operation_id="support_induct",
    summary="Induction, promise, supervisor, next check-in",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 422),
)
async def induct(
    person: FromPath[str], data: JSONBody[Induction], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> SupporterView:
    return await acts.induct_supporter(actor=actor, person=person, induction=data, here=here)


@post(
    SUPPORTER + "/check-in",
    operation_id="support_check_in",
    summary="A check-in took place",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 422),
)
async def check_in(
    person: FromPath[str], data: JSONBody[CheckInDone], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> SupporterView:
    return await acts.record_check_in(actor=actor, person=person, check_in=data, here=here)


routes = [
    topics,
    search,
    assisted_search,
    offers,
    draft,
    offer,
    revise,
    submit,
    approve,
    give_back,
    withdraw,
    fullness,
    away,
    confirm,
    preview,
    supporter,
    induct,
    check_in,
]
