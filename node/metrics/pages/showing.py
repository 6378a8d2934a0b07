# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts as members read them, ours and the neighbours' in one table for each kind; one of ours with what stands behind it, for
those who keep facts: to confirm it, or to take it back."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.metrics import acts, reads, rules, wording
from node.metrics.shapes import FactRecord, FactView
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

ONE = "/facts/{fact_id:str}"
SAID = {
    "drafted": N_("It is written down. Somebody else confirms it."),
    "confirmed": N_("It is declared, here and to the neighbours that get facts."),
    "withdrawn": N_("It is taken back, here and everywhere."),
}
STATES = {
    "waiting": (N_("Waits for a second person"), "waiting"),
    "declared": (N_("Declared"), "settled"),
    "replaced": (N_("Replaced"), ""),
    "withdrawn": (N_("Taken back"), ""),
    "over": (N_("Over: its review is due"), ""),
}


@get("/facts", name="facts")
async def facts(visit: NamedDependency[Visit]) -> Page:
    keeps = bool(visit.roles & rules.KEEPERS)
    found = (await reads.records(visit.actor, here=visit.here)).items if keeps else []
    return page(
        "metrics/facts.html",
        visit,
        said=SAID,
        tables=await _tables(visit),
        keeps=keeps,
        unproved=not keeps and bool(visit.held & rules.KEEPERS) and not visit.acting_for,
        records=[(each, state_of(each), titled(each)) for each in found],
    )


@get("/facts/print", name="facts_print")
async def facts_print(visit: NamedDependency[Visit]) -> Page:
    return page("metrics/facts_print.html", visit, tables=await _tables(visit))


async def _tables(visit: Visit) -> list[tuple[str, list[tuple[FactView, list[str]]]]]:
    """(title, rows) for each kind of which there is something; a row with its lines."""
    found = (await reads.facts(visit.actor, here=visit.here)).items
    kinds = [
        (_(title), [(fact, wording.lines(fact.said)) for fact in found if fact.said.about == about])
        for about, title in wording.TITLES.items()
    ]
    return [(title, rows) for title, rows in kinds if rows]


@get(ONE, name="fact")
async def fact(fact_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await reads.record(fact_id, visit.actor, here=visit.here)
    return page(
        "metrics/fact.html",
        visit,
        said=SAID,
        fact=found,
        title=titled(found),
        lines=wording.lines(found.said),
        state=state_of(found),
    )


@post(ONE + "/confirmation")
@once
async def confirm(fact_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.confirm_fact(actor=visit.actor, fact_id=fact_id, here=visit.here)
    return to(f"/facts/{fact_id}", said="confirmed")


@get(ONE + "/withdrawal", name="fact_withdrawal")
async def withdrawal(fact_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await reads.record(fact_id, visit.actor, here=visit.here)
    if found.state not in ("waiting", "declared"):
        return to(f"/facts/{fact_id}")
    return page("metrics/withdrawal.html", visit, fact=found, title=titled(found), lines=wording.lines(found.said))


@post(ONE + "/withdrawal")
@once
async def withdraw(fact_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.withdraw_fact(actor=visit.actor, fact_id=fact_id, here=visit.here)
    return to(f"/facts/{fact_id}", said="withdrawn")


def titled(fact: FactRecord) -> str:
    """What a fact is about; a total and a theme by their own names."""
    said = fact.said
    if said.about == "total":
        return said.name or ""
    if said.about == "rating":
        return wording.lines(said)[1]
    return _(wording.TITLES[said.about])


def state_of(fact: FactRecord) -> tuple[str, str]:
    """(words, kind of tag)."""
    words, kind = STATES[fact.state]
    return _(words), kind


routes = [facts, facts_print, fact, confirm, withdrawal, withdraw]
