# SPDX-License-Identifier: AGPL-3.0-or-later
"""My data: asking for a copy of what is kept, and the copy itself, to read, to print and as a file.

For the person alone: no delegate asks for it or opens it. Another's copy, one that is over and none at all are the same page.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Conflict, Invalid
from node.front import acts, reads, rules
from node.front.pages.parts import parts, qr
from node.front.shapes import CopyDraft
from node.members.rights import themselves
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_

DATA = "/me/data"
NEW, ONE = f"{DATA}/new", f"{DATA}/{{copy_id:str}}"
SAID = {
    "asked": N_("You asked for a copy. We write to you when it is ready."),
    "already": N_("A copy has been asked for already. It is on its way."),
    "taken-back": N_("You took your request back. Nobody reads anything for it."),
}
WHOLE = {
    "yes": (N_("Yes, put them in"), N_("A lead reads what you wrote there, before you get the copy.")),
    "no": (N_("No, leave them out"), N_("You can read them yourself at any time, on their own pages.")),
}


@get(DATA, name="me-data")
async def data(visit: NamedDependency[Visit]) -> Page:
    mine = await reads.mine(visit.actor, here=visit.here)
    under_way = [each for each in mine if each.state in ("waiting", "opened")]
    return page(
        "front/data.html",
        visit,
        said=SAID,
        under_way=under_way[0] if under_way else None,
        ready=[each for each in mine if each.state == "ready"],
        complaints=await reads.my_complaints(visit.actor, here=visit.here),
    )


@get(NEW, name="me-data-new")
async def new(visit: NamedDependency[Visit]) -> Page:
    themselves(visit.actor, "front.ask-for-copy")
    return _new(Form.blank(), visit)


def _new(form: Form, visit: Visit) -> Page:
    return page("front/copy_new.html", visit, form=form, whole=WHOLE, due=rules.month_after(visit.here.now))


@post(NEW, name="me-data-asking")
@once
async def ask(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.ask_for_copy(actor=visit.actor, draft=form.into(CopyDraft), here=visit.here)
    except Invalid as no:
        return _new(form.refused(no), visit)
    except Conflict:
        return to(DATA, said="already")
    return to(DATA, said="asked")


@post(ONE + "/taking-back", name="me-data-taking-back")
@once
async def take_back(copy_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.take_back_copy(actor=visit.actor, copy_id=copy_id, here=visit.here)
    return to(DATA, said="taken-back")


@get(ONE, name="me-data-copy")
async def copy(copy_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    shown = await reads.copy(visit.actor, copy_id, here=visit.here)
    return page("front/copy.html", visit, shown=shown, parts=parts(shown.sections))


@get(ONE + "/print", name="me-data-copy-print")
async def copy_print(copy_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    shown = await reads.copy(visit.actor, copy_id, here=visit.here)
    path = f"{DATA}/{copy_id}"
    return page(
        "front/copy_print.html",
        visit,
        shown=shown,
        parts=parts(shown.sections),
        qr=qr(visit.here, path),
        back=path,
        unread=[],
    )


@get(ONE + "/file", name="me-data-copy-file")
async def copy_file(copy_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[bytes]:
    """The same for a machine: JSON (RFC 8259); moments as Unix seconds, words of ours in English."""
    shown = await reads.copy(visit.actor, copy_id, here=visit.here)
    whole: dict[str, Any] = {
        "co_op": shown.co_op,
        "asked_at": shown.line.asked_at,
        "handed_out_at": shown.line.handed_at,
        "note": shown.note,
        "sections": shown.sections,
    }
    return Response(
        msgspec.json.format(msgspec.json.encode(whole), indent=2),
        media_type="application/json",
        headers={"content-disposition": 'attachment; filename="my-copy.json"', "cache-control": "no-store"},
    )


routes = [data, new, ask, take_back, copy, copy_print, copy_file]
