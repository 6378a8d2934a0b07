# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's first page: what is not well today, then what is still to be set up, then the ways on."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request, get
from litestar.di import NamedDependency

from node.running.reads import health, setting_up
from node.running.shapes import Overview
from node.web.pages import Page, Visit, page
from node.words import N_, _

STATES: Final = {"done": N_("Done"), "todo": N_("To do"), "look": N_("Look at it"), "yourself": N_("Up to you")}


@get("/running", name="running")
async def running(request: Request[Any, Any, Any], visit: NamedDependency[Visit]) -> Page:
    host = urlsplit("//" + request.headers.get("host", "")).hostname or ""
    found = Overview(
        tasks=await setting_up.tasks(visit.actor, opened_at=host, here=visit.here),
        findings=await health.findings(visit.actor, here=visit.here),
    )
    tasks = [
        {
            "text": each.text,
            "hint": each.words,
            "href": each.href,
            "done": each.state == "done",
            "state": _(STATES[each.state]),
        }
        for each in found.tasks
    ]
    return page(
        "running/overview.html",
        visit,
        tasks=tasks,
        left=sum(not task["done"] for task in tasks),
        troubles=[each for each in found.findings if not each.well],
        well=[each for each in found.findings if each.well],
    )


routes = [running]
