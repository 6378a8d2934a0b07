# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long each thing stands, how often it may be tried, and what may be done from which session. Pure.

A session of a shared device ends after an hour without use and after twelve hours at most; one's own device keeps it for
thirty days, with a printed card ninety. A second factor counts for twelve hours. What somebody may do for somebody else never
holds a guarded role.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

from node.actor import GUARDED
from node.words import N_, _

MINUTE, HOUR, DAY = 60, 3600, 86400

SHARED_IDLE = HOUR
SHARED_LONGEST = 12 * HOUR
IDLE_STEP = 5 * MINUTE
OWN_DAYS = {"card": 90, "recovery": 30}
OWN_DAYS_ELSE = 30
PROVED_FOR = 12 * HOUR
MOMENT = 20
"""How long after a cookie was changed the one before still says whose it is, and opens nothing."""
FRESH = 15 * MINUTE
"""How long after signing in a first factor may be set up, and how long a secret is shown to whoever made it."""

PENDING_FOR = HOUR
CODE_ATTEMPTS = 5
CARD_DAYS = 365
CHALLENGE_FOR = 10 * MINUTE
RECOVERY_CODES = 8
RECOVERY_WAITS = DAY
RECOVERY_BEGUN_FOR = 7 * DAY
RECOVERY_CARD_FOR = 14 * DAY
HELPER_CODE_FOR = DAY
DELEGATION_DAYS = 366
WISH_LONGEST = 300
WISH_KEPT = 60 * DAY
LABEL_LONGEST = 80

DELEGATED = ("support", "people")
"""What a delegate can be named for. Safeguarding never; introductions only by the person's own switch."""

LIMITS: dict[str, tuple[int, int]] = {
    "mail-address": (6, 20),
    "mail-origin": (30, 200),
    "code-address": (15, 30),
    "code-origin": (60, 300),
    "card-origin": (20, 60),
    "passkey-origin": (60, 300),
    "totp-person": (10, 30),
    "helper-person": (10, 30),
    "recovery-person": (10, 30),
    "wish-origin": (10, 30),
}
"""kind -> (at most in an hour, at most in a day)."""

WRONG_CODE = N_("That code isn't the one we sent last. Check the newest mail from us; it has six figures.")
CODE_OVER = N_("This code can't be used any more. Please ask for a new one.")
LINK_OVER = N_("This link can't be used any more. Please ask for a new one.")
CARD_WRONG = N_("We don't know this card. Check the eight words, or ask the co-op for a new card.")
TOO_MANY = N_("That was tried too often. Please wait an hour, or ring us.")
AGAIN = N_("It is a while since you signed in. Please sign out, sign in again, and do this within fifteen minutes.")

_AGENTS = (
    ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device(user_agent: str) -> str:
    """What a session is called: the kind of device and the browser's family, nothing finer. Kept as "phone/Firefox"."""
    family = next((name for sign, name in _AGENTS if sign in user_agent), "")
    if "iPad" in user_agent or "Tablet" in user_agent or ("Android" in user_agent and "Mobile" not in user_agent):
        kind = "tablet"
    elif "Mobi" in user_agent or "iPhone" in user_agent:
        kind = "phone"
    else:
        kind = "computer"
    return f"{kind}/{family}"


def device_words(kept: str) -> str:
    """A session's label, for people."""
    kind, _slash, family = kept.partition("/")
    words = {"phone": _("A phone"), "tablet": _("A tablet")}.get(kind, _("A computer"))
    return f"{words}, {family}" if family else words


def origin(address: str) -> str:
    """What requests are counted by: an IPv4 address, an IPv6 network of 64 bits (one household has that many)."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def figures(text: str) -> str:
    """Only the figures of what was typed or pasted, as ASCII: "482 913" is 482913."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def grouped(code: str) -> str:
    """A six-figure code as people read it: "482 913"."""
    return f"{code[:3]} {code[3:]}"


def card_words(text: str) -> list[str]:
    """The words of a card as typed: any case, any spaces, numbers and marks between them left out."""
    return re.findall(r"[a-z]+", text.lower())


def expires(*, how: str, shared: bool, signed_in: int) -> int:
    """When a session ends at the latest."""
    if shared:
        return signed_in + SHARED_LONGEST
    return signed_in + own_days(how) * DAY


def own_days(how: str) -> int:
    """How many days somebody's own device stays signed in."""
    return OWN_DAYS.get(how, OWN_DAYS_ELSE)


def idle_until(*, shared: bool, now: int) -> int | None:
    """When a shared device's session ends if nothing is done: an hour from now, to five minutes."""
    return -(-now // IDLE_STEP) * IDLE_STEP + SHARED_IDLE if shared else None


def session_stands(*, expires: int, idle_until: int | None, revoked_at: int | None, state: str, now: int) -> bool:
    """Whether a session may be used."""
    return revoked_at is None and state == "active" and now < expires and (idle_until is None or now < idle_until)


def proved(proved_at: int | None, now: int) -> bool:
    """Whether a second factor that was shown still counts."""
    return proved_at is not None and now < proved_at + PROVED_FOR


def delegation_stands(*, accepted_at: int | None, ended_at: int | None, until: int, now: int) -> bool:
    """Whether a delegate may act now."""
    return accepted_at is not None and ended_at is None and now < until


def set_up_fault(*, has_one: bool, proved: bool, signed_in: int, now: int) -> str | None:
    """Why a second factor can't be set up from this session: "prove" with one that is there, or "again": sign in anew."""
    if has_one:
        return None if proved else "prove"
    return None if proved or now < signed_in + FRESH else "again"


def guarded(roles: Collection[str]) -> bool:
    """Whether somebody holds a role that asks for a second factor."""
    return bool(GUARDED & set(roles))


def delegate_faults(*, scopes: Collection[str], until: int, now: int) -> dict[str, str]:
    """What to do about a delegate's scopes and end date."""
    wrong = {}
    if not scopes or not set(scopes) <= set(DELEGATED):
        wrong["scopes"] = _("Choose at least one thing that they can help you with.")
    if not now < until <= now + DELEGATION_DAYS * DAY:
        wrong["until"] = _("Choose a day from tomorrow on, at most a year from now.")
    return wrong
