# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of finding support, of one's own offers, and of leads who check offers or look with somebody who rang."""

from __future__ import annotations

from collections.abc import Mapping

from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.introductions.two import listing
from tests.node.support.test_pages_offers import offer_of
from tests.pages import Visitor

STEPS = {
    "words": {"words": "stroke " * 60},
    "ways": {},
    "where": {"near": "elsewhere", "elsewhere": "Nowhere-on-Sea"},
    "more": {},
}
LONG = "x" * 700


async def looking(village: Village) -> Mapping[str, str]:
    """Maureen has answered every question, and there are offers."""
    maureen = await Visitor.of(village, "maureen")
    sheet = await maureen.open("/find/what")
    for answers in ({"topics": ["stroke"]}, {"words": ""}, {"ways": ["phone"]}, {"near": "mill-hollow"}, {}):
        sheet = await maureen.send(sheet, "Continue", **answers)
    await maureen.send(await maureen.open("/find/where"), "Save and go back", within_km="0")
    sheet = await maureen.send(await maureen.open("/find/check"), "Show me who is there")
    return {
        "samuel": await listing(village, "alder", "samuel"),
        "group": await listing(village, "alder", "joan", "group"),
        "marek": await listing(village, "alder", "marek"),
    }


FIND = Scene(
    looking,
    (
        At("/find", "maureen", plain=("/find/clearing",)),
        At("/find/what", "maureen", wrong={"/find/what": {"topics": "*"}}),
        *(
            At(
                f"/find/{step}",
                "maureen",
                wrong={f"/find/{step}": wrong} if wrong else {},
                plain=() if wrong else (f"/find/{step}",),
            )
            for step, wrong in STEPS.items()
        ),
        At("/find/check", "maureen", plain=("/find/results", "/find/clearing")),
        At("/find/results", "maureen", plain=("/find/clearing",)),
        At("/listings/{samuel}", "maureen"),
        At("/listings/{group}", "maureen"),
        At("/listings/{samuel}/print", "maureen"),
    ),
    title_may_repeat=frozenset({"/listings/{listing_id:str}"}),
)


async def offering(village: Village) -> Mapping[str, str]:
    """Joan's draft waits for her lead; Bronwen has offers that others find; Lily's has run out; Samuel is full."""
    joan, samuel = [await Visitor.of(village, name) for name in ("joan", "samuel")]
    found = {
        "published": await offer_of(village, "samuel", "published"),
        "checked": await offer_of(village, "joan", "draft"),
        "draft": await offer_of(village, "derek", "draft"),
        "kwame": await offer_of(village, "kwame", "published"),
        "lily": await offer_of(village, "lily", "expired"),
        "joan": village.people["joan"],
    }
    await joan.send(await joan.open(f"/offers/{found['checked']}/check"), "Hand it to my lead")
    await samuel.send(await samuel.open(f"/offers/{found['published']}"), "I'm full")
    found["away"] = await offer_of(village, "marek", "published", away=True)
    ruth = await Visitor.of(village, "ruth")
    sheet = await ruth.send(await ruth.open("/lead/rang"), name="Samuel", asked_alone="yes")
    sheet = await ruth.send(sheet, topics=["stroke"], near="ferry-row")
    found["assisted"] = sheet.path.rpartition("/")[2]
    await ruth.send(await ruth.open("/lead/rang"), name="Samuel", asked_alone="yes")
    return found


OFFER_STEPS = {
    "topics": {"topics": "*"},
    "words": {"have": LONG},
    "how": {"how": ""},
    "limits": {"limits": LONG},
    "kind": {"kind": []},
    "places": {"places": "many"},
    "ways": {"ways": []},
    "when": {"times": LONG},
    "replies": {"replies": "99"},
    "languages": {"languages": []},
}
OFFERS = Scene(
    offering,
    (
        At("/offers", "derek"),
        At("/offers/new", "samuel", wrong={"/offers/new/check": {}}),
        At("/offers/{published}", "samuel", plain=("/offers/{published}/room",)),
        At("/offers/{published}/print", "samuel"),
        At("/offers/{kwame}", "kwame", plain=("/offers/{kwame}/full",)),
        At(
            "/offers/{kwame}/away",
            "kwame",
            wrong={"/offers/{kwame}/away": {"until-day": "40", "until-month": "1", "until-year": "2027"}},
        ),
        At("/offers/{kwame}/withdrawal", "kwame", plain=("/offers/{kwame}/withdrawal",)),
        At("/offers/{away}", "marek", plain=("/offers/{away}/back",)),
        At("/offers/{lily}", "lily", plain=("/offers/{lily}/confirmation",)),
        At("/offers/{draft}/writing", "derek", plain=("/offers/{draft}/check",)),
        At("/offers/{draft}/check", "derek", plain=("/offers/{draft}/submission",)),
        *(
            At(f"/offers/new/{step}", "derek", wrong={f"/offers/new/{step}": wrong})
            for step, wrong in OFFER_STEPS.items()
        ),
        At("/offers/{draft}/where", "derek", plain=("/offers/{draft}/where",)),
        At("/offers/{draft}/audience", "derek", plain=("/offers/{draft}/audience",)),
        At("/lead/offers", "ruth"),
        At(
            "/lead/offers/{checked}",
            "ruth",
            wrong={"/lead/offers/{checked}/return": {"note": "x" * 1001}},
            plain=("/lead/offers/{checked}/approval",),
        ),
        At("/lead/supporters", "ruth"),
        At(
            "/lead/supporters/{joan}",
            "ruth",
            wrong={
                "/lead/supporters/{joan}/induction": {
                    "induction_on-day": "",
                    "promise_on-day": "40",
                    "supervisor_name": "Nobody",
                },
                "/lead/supporters/{joan}/check-ins": {"following-day": "40"},
            },
        ),
        At("/lead/rang", "ruth", wrong={"/lead/rang": {"name": "Nobody", "asked_alone": []}}),
        At("/lead/rang/questions", "ruth", wrong={"/lead/rang/questions": {"words": "stroke " * 60}}),
        At("/lead/rang/{assisted}", "ruth", plain=("/lead/rang/{assisted}/pick",)),
        At("/lead/rang/{assisted}/print", "ruth"),
    ),
    title_may_repeat=frozenset({"/offers/{offer_id:str}"}),
)
