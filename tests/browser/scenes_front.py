# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of everybody: welcome and home, about me, my data and its review, complaints, calls, what is kept and why."""

from __future__ import annotations

from collections.abc import Mapping

from node import database
from node.village import Village
from tests.browser.visits import At, Scene
from tests.pages import Visitor

LONG = "Slowly. " * 1000


async def nothing(village: Village) -> Mapping[str, str]:
    return {}


async def waiting(village: Village) -> Mapping[str, str]:
    """Maureen asked to be rung and for her copy, Tomasz has his, Grace complained twice."""
    found = {}
    maureen, tomasz, grace = [await Visitor.of(village, name) for name in ("maureen", "tomasz", "grace")]
    peter, callum = await Visitor.of(village, "peter"), await Visitor.of(village, "callum")
    await maureen.send(await maureen.open("/ask"), "Please ring me", about="find", suits="any")
    for who, key in ((maureen, "asked"), (tomasz, "handed")):
        await who.send(await who.open("/me/data/new"), "Ask for my copy", introductions="no")
        known = set(found.values())
        with village.at("alder"):
            found[key] = next(
                row["id"] for row in await database.rows("SELECT id FROM copy_request") if row["id"] not in known
            )
    page = await peter.send(await peter.open(f"/lead/copies/{found['asked']}"), "Open it")
    page = await peter.send(await peter.open(f"/lead/copies/{found['handed']}"), "Open it")
    await peter.send(page, "Hand it out to", read="yes")
    await grace.send(
        await grace.open("/me/data/complaint"), "Send my complaint", words="My card came open.", readers="operators"
    )
    with village.at("alder"):
        row = await database.row("SELECT id FROM data_complaint")
    assert row is not None
    found["complaint"] = row["id"]
    page = await callum.open(f"/lead/complaints/{row['id']}")
    assert page.status == 200, page.words
    return found


CALM = Scene(
    nothing,
    (
        At("/"),
        At("/invitations", wrong={"/invitations": {"invitation": "cc_inv_too-short"}}),
        At("/ask", wrong={"/ask": {"name": "", "phone": "12"}}),
        At(
            "/ask/sent",
            via=("/ask", "/ask", "", {"about": "join", "suits": "any", "name": "Una", "phone": "01632 960477"}),
        ),
        At("/me/look", plain=("/me/look",)),
        At("/me/data/complaint", wrong={"/me/data/complaint": {"words": "", "contact": "Una"}}),
        At(
            "/me/data/complaint/sent",
            via=(
                "/me/data/complaint",
                "/me/data/complaint",
                "",
                {"words": "A letter came open.", "contact": "01632 960477"},
            ),
        ),
        At("/privacy"),
        At("/privacy/print"),
        At("/worry", wrong={"/worry": {"words": "", "tell": [], "contact": "Una, 01632 960 777"}}),
        At("/worry/sent", via=("/worry", "/worry", "", {"words": "She has bruises.", "contact": ""})),
        At("/worry/print"),
        At("/worry/numbers"),
        At("/", "maureen"),
        At("/me", "maureen"),
        At("/me/details", "maureen", wrong={"/me/details": {"full_name": "", "email": "nonsense", "phone": "01632"}}),
        At("/me/mail", "maureen", wrong={"/me/mail": {"mail": []}}),
        At("/me/sharing", "maureen"),
        At("/me/data/new", "maureen", wrong={"/me/data/new": {"introductions": []}}),
    ),
    title_may_repeat=frozenset({"/"}),
)
DATA = Scene(
    waiting,
    (
        At("/lead/calls", "yasmin", plain=("/lead/calls/{call}/done",)),
        At("/me/data", "maureen", plain=("/me/data/{asked}/taking-back",)),
        At("/me/data/{handed}", "tomasz"),
        At("/me/data/{handed}/print", "tomasz"),
        At("/me/data/{handed}/file", "tomasz", file=True),
        At("/lead/copies", "peter"),
        At("/lead/copies/new", "yasmin", wrong={"/lead/copies/new": {"name": ""}}),
        At(
            "/lead/copies/{asked}",
            "peter",
            wrong={"/lead/copies/{asked}/handing-out": {"note": "A word", "read": []}},
            plain=("/lead/copies/{asked}/leaving-out", "/lead/copies/{asked}/opening"),
        ),
        At("/lead/copies/{handed}/print", "peter"),
        At("/lead/complaints", "callum"),
        At(
            "/lead/complaints/{complaint}",
            "callum",
            wrong={"/lead/complaints/{complaint}/answer": {"answer": ""}},
            plain=("/lead/complaints/{complaint}/acknowledgement",),
        ),
    ),
)
