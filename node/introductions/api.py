# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door of private introductions: parse, one act or read, answer with a shape.

Asker and supporter use the same routes and each sees only their own half; another's half and none are answered alike.
"""

from __future__ import annotations

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from node.actor import Actor
from node.here import Here
from node.introductions import acts, lists, views
from node.introductions.shapes import (
    AskDraft,
    AskPreview,
    BackDraft,
    BackList,
    BackView,
    Goodbye,
    IntroductionList,
    IntroductionView,
    LeadList,
    No,
    PlanDraft,
    ReviewDraft,
    SealedCopyView,
    Sharing,
    Words,
    Worry,
    Yes,
)
from node.safeguarding.shapes import ConcernReceipt
from node.web.problems import problems

TAGS = ["Private introductions"]
BASE = "/support/introductions"
ONE = BASE + "/{introduction_id:str}"
OWN = problems(400, 401, 403, 404, 409, 422)


@post(
    BASE,
    operation_id="introductions_ask",
    summary="Ask a peer supporter; with preview, see exactly what would leave",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def ask(
    data: JSONBody[AskDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> Response[IntroductionView | AskPreview]:
    if data.preview:
        return Response(await acts.preview(actor=actor, draft=data, here=here), status_code=200)
    return Response(await acts.ask(actor=actor, draft=data, here=here), status_code=201)


@get(BASE, operation_id="introductions_list", summary="My introductions", tags=TAGS, responses=problems(401, 403))
async def listing(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> IntroductionList:
    return await lists.listing(actor, here=here)


@get(
    ONE,
    operation_id="introductions_show",
    summary="One of my introductions",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def show(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await views.one(actor, introduction_id, here=here)


@post(
    ONE + "/acceptance",
    operation_id="introductions_accept",
    summary="Say yes",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def accept(
    introduction_id: FromPath[str], data: JSONBody[Yes], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.accept(actor=actor, introduction_id=introduction_id, answer=data, here=here)


@post(
    ONE + "/declining",
    operation_id="introductions_decline",
    summary="Say no; no reason is given",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def decline(
    introduction_id: FromPath[str], data: JSONBody[No], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.decline(actor=actor, introduction_id=introduction_id, answer=data, here=here)


@post(
    ONE + "/never-again",
    operation_id="introductions_never_again",
    summary="Never again an ask from this person",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def never_again(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.never_again(actor=actor, introduction_id=introduction_id, here=here)


@post(
    ONE + "/messages",
    operation_id="introductions_write",
    summary="Write through the relay",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def write(
    introduction_id: FromPath[str], data: JSONBody[Words], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.write(actor=actor, introduction_id=introduction_id, words=data, here=here)


@post(
    ONE + "/sharing",
    operation_id="introductions_share",
    summary="Choose what to share; nothing leaves until both confirm",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def share(
    introduction_id: FromPath[str], data: JSONBody[Sharing], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.share(actor=actor, introduction_id=introduction_id, sharing=data, here=here)


@post(
    ONE + "/withdrawal",
    operation_id="introductions_withdraw",
    summary="Withdraw; the thread is hidden on both sides",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def withdraw(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.withdraw(actor=actor, introduction_id=introduction_id, here=here)


@post(
    ONE + "/ending",
    operation_id="introductions_end",
    summary="End it without fault",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def end(
    introduction_id: FromPath[str], data: JSONBody[Goodbye], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.end(actor=actor, introduction_id=introduction_id, goodbye=data, here=here)


@post(
    ONE + "/concerns",
    operation_id="introductions_worry",
    summary="I'm worried: tell your own safeguarding lead and deputy",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 422),
)
async def worry(
    introduction_id: FromPath[str], data: JSONBody[Worry], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> ConcernReceipt:
    return await acts.worry(actor=actor, introduction_id=introduction_id, worry=data, here=here)


@post(
    ONE + "/plan",
    operation_id="introductions_plan",
    summary="Propose a plan",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def plan(
    introduction_id: FromPath[str],
    data: JSONBody[PlanDraft],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> IntroductionView:
    return await acts.plan(actor=actor, introduction_id=introduction_id, draft=data, here=here)


@post(
    ONE + "/plan/agreement",
    operation_id="introductions_agree",
    summary="Agree to the other person's plan",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def agree(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.agree(actor=actor, introduction_id=introduction_id, here=here)


@post(
    ONE + "/plan/check-out",
    operation_id="introductions_check_out",
    summary="Home again",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def check_out(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.check_out(actor=actor, introduction_id=introduction_id, here=here)


@post(
    ONE + "/conversations",
    operation_id="introductions_count_conversation",
    summary="One more conversation was had",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def count_conversation(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> IntroductionView:
    return await acts.count_conversation(actor=actor, introduction_id=introduction_id, here=here)


@post(
    ONE + "/review",
    operation_id="introductions_review",
    summary="How is it going? It stays in this co-op",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def review(
    introduction_id: FromPath[str],
    data: JSONBody[ReviewDraft],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> IntroductionView:
    return await acts.review(actor=actor, introduction_id=introduction_id, answers=data, here=here)


@post(
    ONE + "/sealed-copy",
    operation_id="introductions_open_sealed_copy",
    summary="Open what was kept of a withdrawn introduction, for a concern about it; each opening is logged",
    tags=TAGS,
    status_code=200,
    responses=problems(401, 403, 404, 409),
)
async def open_sealed_copy(
    introduction_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> SealedCopyView:
    return await acts.open_sealed_copy(actor=actor, introduction_id=introduction_id, here=here)


@get(
    "/support/unanswered",
    operation_id="introductions_unanswered",
    summary="What waits for a peer-support lead",
    tags=TAGS,
    responses=problems(401, 403),
)
async def unanswered(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> LeadList:
    return await lists.unanswered(actor, here=here)


@post(
    ONE + "/worded-ending",
    operation_id="introductions_word_ending",
    summary="Word the ending for somebody who left or died",
    tags=TAGS,
    status_code=201,
    responses=OWN,
)
async def word_ending(
    introduction_id: FromPath[str], data: JSONBody[Goodbye], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> LeadList:
    await acts.word_ending(actor=actor, introduction_id=introduction_id, goodbye=data, here=here)
    return await lists.unanswered(actor, here=here)


@post(
    "/support/back-notices",
    operation_id="introductions_tell_me_when_back",
    summary="Tell me when they are back",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def tell_me_when_back(
    data: JSONBody[BackDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> BackView:
    return await acts.tell_me_when_back(actor=actor, draft=data, here=here)


@get(
    "/support/back-notices",
    operation_id="introductions_back_notices",
    summary="What I asked to be told of",
    tags=TAGS,
    responses=problems(401, 403),
)
async def back_notices(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> BackList:
    return await lists.back_list(actor, here=here)


routes = [
    ask,
    listing,
    show,
    accept,
    decline,
    never_again,
    write,
    share,
    withdraw,
    end,
    worry,
    plan,
    agree,
    check_out,
    count_conversation,
    review,
    open_sealed_copy,
    unanswered,
    word_ending,
    tell_me_when_back,
    back_notices,
]
