# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of coming in and of one's own ways in: mail, card, invitation, confirming, helpers, a way back by two people."""

from __future__ import annotations

from collections.abc import Mapping

from node import database
from node.actor import at_the_command_line
from node.members import acts as members
from node.members.shapes import InvitationDraft
from node.signin import secrets
from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.signin.test_pages import asked, mailed, with_mail
from tests.node.signin.test_pages_own import app_set_up, figures
from tests.pages import Visitor


async def arriving(village: Village) -> Mapping[str, str]:
    """Maureen and Grace share an address, a mail is on its way; a card and an invitation are printed."""
    coop = await with_mail(village)
    await with_mail(village, "grace")
    await asked(Visitor.nobody(coop))
    link, _ = await mailed(coop)
    yasmin = await Visitor.of(village, "yasmin")
    sheet = await yasmin.open(f"/people/{village.people['derek']}/card")
    printed = await yasmin.send(sheet, "Make the card", present="yes")
    words = printed.soup.select_one(".code")
    assert words is not None
    with database.bound(coop.engine):
        draft = InvitationDraft(roles=["volunteer"], name="Val Valley", days=1)
        made = await members.invite(actor=at_the_command_line(), draft=draft, here=coop.here())
    return {
        "link": link,
        "card": secrets.encoded(secrets.from_words(words.get_text().split()) or b""),
        "invitation": made.token,
        "over": "cc_inv_" + "A" * 43,
        "derek": village.people["derek"],
    }


ARRIVING = Scene(
    arriving,
    (
        At("/sign-in", wrong={"/sign-in": {"email": "maureen"}}),
        At("/sign-in/code", wrong={"/sign-in/code": {"code": "12 34 56"}}),
        At("/sign-in/card", wrong={"/sign-in/card": {"words": "these are not the words of it"}}),
        At("/sign-in/card/{card}", plain=("/sign-in/card/{card}",)),
        At(
            "/invitations/{invitation}",
            wrong={"/invitations/{invitation}": {"phone": "ring me", "email": "val", "adult": []}},
        ),
        At("/invitations/asked"),
        At("/invitations/{over}", status=404, plain=("/invitations/{over}/wish",)),
        At("/signed-out"),
        At("/sign-in/with/{link}", plain=("/sign-in/with/{link}",)),
        At(
            "/sign-in/who",
            via=("/sign-in/with/{link}", "/sign-in/with/{link}", "", {}),
            wrong={"/sign-in/who": {"person": []}},
        ),
        At("/people/{derek}/card", "yasmin", wrong={"/people/{derek}/card": {"present": []}}),
        At("/people/{derek}/recovery", "yasmin", wrong={"/people/{derek}/recovery": {"knows": [], "spoke": []}}),
        At("/sign-in/device", "derek", wrong={"/sign-in/device": {"device": []}}),
    ),
)


async def own(village: Village) -> Mapping[str, str]:
    """Maureen has a card, a second device and a helper; Peter an app; Samuel's way back was begun by one person."""
    maureen, grace, yasmin = [await Visitor.of(village, name) for name in ("maureen", "grace", "yasmin")]
    number = figures(await grace.send(await grace.open("/me/helpers"), "Get a number"))
    when = {"until-day": "1", "until-month": "6", "until-year": "2027"}
    one = await maureen.send(await maureen.open("/me/helpers/new"), "Ask them", code=number, scopes=["people"], **when)
    derek = await Visitor.of(village, "derek")
    number = figures(await derek.send(await derek.open("/me/helpers"), "Get a number"))
    two = await maureen.send(await maureen.open("/me/helpers/new"), "Ask them", code=number, scopes=["people"], **when)
    await derek.send(await derek.open(two.path), "Yes, I help them")
    printed = await maureen.send(await maureen.open("/me/sign-in"), "Make a card")
    peter = await Visitor.of(village, "peter", proved=False)
    await app_set_up(peter)
    sheet = await yasmin.open(f"/people/{village.people['omar']}/recovery")
    begun = await yasmin.send(sheet, "It is them", knows="yes", spoke="yes")
    with village.at("alder"):
        row = await database.row("SELECT id FROM recovery")
    assert row is not None
    return {
        "asked": one.path.rpartition("/")[2],
        "stands": two.path.rpartition("/")[2],
        "card": printed.path.rpartition("/")[2],
        "recovery": row["id"],
        "number": figures(begun),
    }


OWN = Scene(
    own,
    (
        At(
            "/me/sign-in",
            "maureen",
            plain=(
                "/me/sign-in/cards",
                "/me/sign-in/cards/{any}/revocation",
                "/me/sign-in/app",
                "/me/sign-in/sessions/{any}/ending",
                "/me/sign-in/other-sessions/ending",
                "/sign-out",
            ),
        ),
        At("/me/sign-in", "peter", plain=("/me/sign-in/app/removal", "/me/sign-in/codes")),
        At("/cards/{card}", "maureen"),
        At("/me/sign-in/next", "maureen"),
        At("/me/sign-in/passkey", "maureen"),
        At(
            "/me/sign-in/app",
            "maureen",
            via=("/me/sign-in", "/me/sign-in/app", "", {}),
            wrong={"/me/sign-in/app/confirmation": {"code": "12"}},
        ),
        At("/me/sign-in/codes", "peter"),
        At("/confirm", "peter", proved=False, wrong={"/confirm": {"code": "000000"}}),
        At("/me/helpers", "maureen", plain=("/me/helpers/number",)),
        At("/me/helpers/new", "maureen", wrong={"/me/helpers/new": {"code": "1", "until-year": "1999"}}),
        At("/me/helpers/log", "maureen"),
        At(
            "/me/helpers/{stands}",
            "maureen",
            plain=("/me/helpers/{stands}/ending",),
            wrong={"/me/helpers/{stands}/introductions": {"unhelped": []}},
        ),
        At("/me/helpers/{asked}", "grace", plain=("/me/helpers/{asked}/acceptance",)),
        At("/helping", "derek", plain=("/helping/{stands}/beginning",)),
        At("/helping", "derek", via=("/helping", "/helping/{stands}/beginning", "", {}), plain=("/helping/ending",)),
        At("/recoveries", "yasmin"),
        At("/recoveries/{recovery}", "yasmin", plain=("/recoveries/{recovery}/taking-back",)),
        At("/recoveries/second", "grace", wrong={"/recoveries/second": {"code": "000 000"}}),
        At(
            "/recoveries/second",
            "grace",
            shown=(
                ("/recoveries/second", "Go on", {"code": "{number}"}),
                ("/recoveries/second/confirmation", "It is them", {}),
            ),
            at_once=True,
        ),
    ),
)
