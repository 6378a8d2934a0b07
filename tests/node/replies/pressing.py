# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody does with a mail that came: finds its pages, opens one as nobody in particular, presses."""

from __future__ import annotations

import re

from node.village import Village
from tests.pages import Sheet, Visitor

OVER = "There is nothing left to answer here"


def links(text: str) -> list[str]:
    """The pages to answer on, as the mail lists them; the last that ends such mails is not among them."""
    found = re.findall(r"^https://[a-z.]+(/answer/[A-Za-z0-9_-]{44})$", text, re.MULTILINE)
    assert len(found) == text.count("/answer/")
    return found[:-1] if "To get no more mails like this" in text else found


def buttons(sheet: Sheet) -> list[str]:
    return [each.get_text(strip=True) for each in sheet.soup.select("main form button")]


async def stranger(village: Village, co_op: str) -> Visitor:
    return Visitor.nobody(village.coops[co_op])


async def pressed(three: Village, co_op: str, path: str, words: str) -> Sheet:
    visitor = await stranger(three, co_op)
    sheet = await visitor.send(await visitor.open(path), words)
    assert not [name for name in visitor.client.cookies if "session" in name], "no session comes of it"
    return sheet
