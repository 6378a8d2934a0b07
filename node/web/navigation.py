# SPDX-License-Identifier: AGPL-3.0-or-later
"""The few places that the head of every page leads to, by what somebody is here. Links only: every page guards itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from node.words import N_, _

if TYPE_CHECKING:
    from node.web.pages import Visit


@dataclass(frozen=True, slots=True)
class Way:
    """One link: where to, what it says, whether this page lies behind it."""

    href: str
    text: str
    current: bool


MEMBER = (
    ("/", N_("Home")),
    ("/find", N_("Find support")),
    ("/introductions", N_("My introductions")),
)
BY_ROLE = (
    ("peer_supporter", "/offers", N_("My offers")),
    ("peer_support_lead", "/lead", N_("For leads")),
    ("safeguarding_lead", "/concerns", N_("Concerns")),
    ("safeguarding_deputy", "/concerns", N_("Concerns")),
    ("operator", "/running", N_("Running it")),
)
LAST = (("/me", N_("About me")),)


def navigation(visit: Visit) -> list[Way]:
    """For somebody signed in; nothing for others, whose page says itself what they can do."""
    if not visit.signed_in:
        return []
    own = dict.fromkeys((path, words) for role, path, words in BY_ROLE if role in visit.held)
    return [Way(path, _(words), _within(visit.path, path)) for path, words in (*MEMBER, *own, *LAST)]


def _within(page: str, path: str) -> bool:
    return page == path or (path != "/" and page.startswith(path + "/"))
