# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be written about a person, and when a token or an invitation stands. Pure: shapes and a time in, an answer out.

Every check collects all that is wrong, in plain words, field by field; nothing that was entered is repeated in an answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Mapping

from node.actor import ROLES, SCOPES
from node.here import NodeKey
from node.members.shapes import FIELDS
from node.words import N_, _

_KEPT_FORMATS = "\u200c\u200d"  # joiners, which Urdu and others need
NAME_LONGEST = 120
LABEL_LONGEST = 80
EMAIL_LONGEST = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
INVITATION_DAYS = (1, 60)
TOKEN_DAYS = (1, 366)
FIRST_TOKEN_DAYS = 90
DAY = 86400
HOUR = 3600

PAT = "cc_pat_"
INVITE = "cc_inv_"
_TOKEN = re.compile(r"cc_(?:pat|inv)_[A-Za-z0-9_-]{43}\Z")
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]*\Z")

ADULT = N_("Please confirm that this person is 18 or over. We can only have adults here for now.")
NAME = N_("Please give a name, up to 120 characters.")
EMAIL = N_("Check this e-mail address; it should look like name@example.org.")
PHONE = N_("Check this phone number: 7 to 15 digits, spaces are fine.")


def tidy(text: str) -> str:
    """One line without control or direction-changing characters, composed (NFC), without space at either end."""
    kept = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in ("Cc", "Cf"))
    return " ".join(kept.split())


def tidy_text(text: str, *, line: bool = False) -> str:
    """What somebody typed, without what can't be seen or turns the reading direction; runs of blanks become one."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        each
        for each in text
        if each == "\n"
        or each in _KEPT_FORMATS
        or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    )
    lines = [" ".join(each.split()) for each in kept.split("\n")]
    return (" " if line else "\n").join(each for each in lines if each)


def tidy_email(text: str) -> str:
    """An address as we keep and look it up: no spaces round it, all in lower case."""
    return tidy(text).lower()


def name_fault(text: str, *, needed: bool = True) -> str | None:
    """What to do about a name, or None."""
    name = tidy(text)
    if (needed and not name) or len(name) > NAME_LONGEST:
        return _(NAME)
    return None


def email_fault(text: str) -> str | None:
    """What to do about an e-mail address, or None. Nothing entered is fine: nobody needs one here."""
    email = tidy_email(text)
    if not email:
        return None
    well = len(email) <= EMAIL_LONGEST and ".." not in email and _EMAIL.match(email) and "." in email.split("@")[1]
    return None if well else _(EMAIL)


def phone_fault(text: str) -> str | None:
    """What to do about a phone number, or None. Nothing entered is fine. E.164 allows 15 digits."""
    phone = tidy(text)
    if not phone:
        return None
    well = _PHONE.match(phone) and 7 <= sum(c.isdigit() for c in phone) <= 15 and len(phone) <= 30
    return None if well else _(PHONE)


def roles_fault(roles: Iterable[str]) -> str | None:
    """What to do about a list of roles, or None."""
    unknown = [role for role in roles if role not in ROLES]
    return _("Choose from: {choices}.", choices=", ".join(sorted(ROLES))) if unknown else None


def scopes_fault(scopes: Iterable[str]) -> str | None:
    """What to do about a list of scopes, or None."""
    wanted = list(scopes)
    if not wanted or any(scope != "*" and scope not in SCOPES for scope in wanted):
        return _("Choose at least one of: {choices}; or * for everything.", choices=", ".join(sorted(SCOPES)))
    return None


def days_fault(days: int, span: tuple[int, int]) -> str | None:
    """What to do about a number of days, or None."""
    first, last = span
    return None if first <= days <= last else _("Choose between {first} and {last} days.", first=first, last=last)


def label_fault(label: str) -> str | None:
    """What to do about a token's label, or None."""
    text = tidy(label)
    return (
        None
        if text and len(text) <= LABEL_LONGEST
        else _("Say what it is for, such as “my phone”, in up to 80 characters.")
    )


def fields_fault(fields: Iterable[str]) -> str | None:
    """What to do about a choice of what to share, or None."""
    return None if all(field in FIELDS for field in fields) else _("Choose from: {choices}.", choices=", ".join(FIELDS))


def faults(checks: Mapping[str, str | None]) -> dict[str, str]:
    """Only those fields of `checks` that have something wrong."""
    return {field: words for field, words in checks.items() if words}


def hashed(token: str) -> str | None:
    """What is stored of a token or invitation: SHA-256 of its text as 43 characters of base64url; None for other text.

    The text holds 256 random bits, so nothing slower is called for, and a look-up by the hash tells nothing by its time.
    """
    if not _TOKEN.match(token):
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def invitation_token(key: NodeKey, invitation_id: str) -> str:
    """An invitation's token: derived from its random id under a key outside the database, so that it can be mailed and
    printed again without being stored. HMAC-SHA256 (RFC 2104)."""
    made = hmac.digest(key.derive("invitation token"), invitation_id.encode(), "sha256")
    return INVITE + base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def stands(*, expires: int, revoked_at: int | None, now: int) -> bool:
    """Whether a token may be used at `now`."""
    return revoked_at is None and now < expires


def first_name(known_as: str) -> str:
    """What to share as a first name: the first word of what a person is called here."""
    return known_as.split()[0] if known_as.split() else known_as
