# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the paper key is, as somebody saw it: shown to operators, and said anew twice a year."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency

from node.errors import Invalid
from node.peers import own
from node.peers.recovery import drilled
from node.running import acts
from node.running.reads import keys as reads
from node.running.shapes import KeysDraft
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_

SAID: Final = {"stated": N_("Thank you. We ask again in half a year.")}


@get("/running/keys", name="running-keys")
async def keys(visit: NamedDependency[Visit]) -> Page:
    return await _page(visit, None)


@post("/running/keys")
@once
async def state(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    draft = KeysDraft(place=form.text("place"), holder=form.text("holder"), seen=form.has("seen"))
    try:
        await acts.state_keys(actor=visit.actor, draft=draft, here=visit.here)
    except Invalid as no:
        return await _page(visit, form.refused(no))
    return to("/running/keys", said="stated")


async def _page(visit: Visit, form: Form | None) -> Page:
    known = await reads.keys(visit.actor, here=visit.here)
    form = form or Form.blank(place=known.place if known else "", holder=known.holder if known else "")
    machine = visit.here.machine
    return page(
        "running/keys.html",
        visit,
        form=form,
        said=SAID,
        known=known,
        on_machine=machine.holds_root_key(),
        signers=(await own.identity(here=visit.here)).threshold,
        tried=drilled(machine.root_key),
    )


routes = [keys, state]
