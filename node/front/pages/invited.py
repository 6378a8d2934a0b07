# SPDX-License-Identifier: AGPL-3.0-or-later
""" "I was invited": for whoever has an invitation on paper or in a mail and no camera to read its code with.

What was typed leads to the invitation's own page; whether it stands is said there, to everybody alike. It is kept nowhere.
"""

from __future__ import annotations

import re

from litestar import get, post
from litestar.di import NamedDependency

from node.web.forms import Form, ours
from node.web.pages import OPEN, Page, Visit, page, to
from node.words import N_, _

INVITED = "/invitations"
TOKEN = re.compile(r"cc_inv_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
"""As `members.rules` makes them; whatever stands before it, such as the address of our page, is left away."""
NO_TOKEN = N_(
    "Look on your invitation for the line that begins with our address, or with cc_inv, and type or paste all of it."
)


@get(INVITED, name="invited", opt=OPEN)
async def invited(visit: NamedDependency[Visit]) -> Page:
    return page("front/invited.html", visit)


@post(INVITED, name="invited-sending", opt=OPEN)
@ours
async def find(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    found = TOKEN.search("".join(form.text("invitation").split()))
    if found is None:
        return page("front/invited.html", visit, form=form.with_error("invitation", _(NO_TOKEN)))
    return to(f"{INVITED}/{found.group()}")


routes = [invited, find]
