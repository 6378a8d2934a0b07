# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door of the metrics room: parse, one act or read, its shape."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from node.actor import Actor
from node.here import Here
from node.metrics import acts, reads
from node.metrics.shapes import FactDraft, FactList, FactRecord, RecordList
from node.web.problems import problems

TAGS = ["Facts"]
FACTS = "/metrics/facts"
ONE = FACTS + "/{fact_id:str}"


@get(
    FACTS,
    operation_id="metrics_facts",
    summary="What we and our neighbours declare",
    tags=TAGS,
    responses=problems(401, 403),
)
async def facts(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> FactList:
    return await reads.facts(actor, here=here)


@get(
    "/metrics/records",
    operation_id="metrics_records",
    summary="Our facts, with the agreements behind them",
    tags=TAGS,
    responses=problems(401, 403),
)
async def records(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> RecordList:
    return await reads.records(actor, here=here)


@post(
    FACTS,
    operation_id="metrics_draft",
    summary="Write down a fact and its agreement",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 409, 422),
)
async def draft(data: JSONBody[FactDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> FactRecord:
    return await acts.draft_fact(actor=actor, draft=data, here=here)


@get(
    ONE,
    operation_id="metrics_record",
    summary="One fact of ours, with its agreement",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def record(fact_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> FactRecord:
    return await reads.record(fact_id, actor, here=here)


@post(
    ONE + "/confirmation",
    operation_id="metrics_confirm",
    summary="A second person says yes: declare it",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def confirm(fact_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> FactRecord:
    return await acts.confirm_fact(actor=actor, fact_id=fact_id, here=here)


@post(
    ONE + "/withdrawal",
    operation_id="metrics_withdraw",
    summary="Take it back, here and everywhere",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404),
)
async def withdraw(fact_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> FactRecord:
    return await acts.withdraw_fact(actor=actor, fact_id=fact_id, here=here)


routes = [facts, records, draft, record, confirm, withdraw]
