# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the people's room.

`Actor` is who does a thing: made only from a token that stands or at the operator's command line, never from what a
request says of itself. Views carry no care data. Every shape is frozen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

Role = Literal[
    "member",
    "supported",
    "worker",
    "volunteer",
    "family",
    "peer_supporter",
    "peer_support_lead",
    "safeguarding_lead",
    "safeguarding_deputy",
    "operator",
]
ROLES: frozenset[str] = frozenset(
    {
        "member",
        "supported",
        "worker",
        "volunteer",
        "family",
        "peer_supporter",
        "peer_support_lead",
        "safeguarding_lead",
        "safeguarding_deputy",
        "operator",
    }
)
SAFEGUARDING_ROLES = frozenset({"safeguarding_lead", "safeguarding_deputy"})
GUARDED: frozenset[str] = SAFEGUARDING_ROLES | {"peer_support_lead", "operator"}
"""Roles that see care data or change trust: in a browser they count only once a second factor was shown."""
SCOPES: frozenset[str] = frozenset({"support", "introductions", "safeguarding", "people", "peers", "journal"})
EVERYTHING = frozenset({"*"})
COMMAND_LINE = "cli"
"""The name under which the journal knows an operator who sits at the command line without an account."""

FIELDS: tuple[str, ...] = ("first_name", "full_name", "phone", "email")
"""What a person can choose to share in an introduction, each ticked by itself."""

State = Literal["active", "left", "died"]
Via = Literal["token", "cli", "worker", "session", "reply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, with what, through which door.

    `person`: id of a person, or COMMAND_LINE. `scopes`: what the token may be used for; "*" is everything. `proved`: whether a
    second factor was shown (tokens and the command line count as proved). `by`: who acts for this person, as the delegate
    they named; None when it is they themselves.
    """

    person: str
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = EVERYTHING
    via: Via = "token"
    state: State = "active"
    proved: bool = True
    by: str | None = None

    def has(self, role: str) -> bool:
        """Whether this person holds `role` and it counts now. Every active person is a "member"; who left or died holds
        nothing; a guarded role counts only for the person themselves, once proved."""
        if self.state != "active" or (role in GUARDED and (not self.proved or self.by is not None)):
            return False
        return role == "member" or role in self.roles

    def may_use(self, scope: str) -> bool:
        """Whether the token in hand was issued for `scope`; "" asks for nothing."""
        return not scope or "*" in self.scopes or scope in self.scopes


def at_the_command_line(person: str = COMMAND_LINE, roles: Iterable[str] = ()) -> Actor:
    """The operator at the machine's own command line: role operator and every scope, `via` "cli"."""
    return Actor(person=person, roles=frozenset({"operator", *roles}), via="cli")


class PersonView(Struct, frozen=True, kw_only=True):
    """A person as the directory and they themselves know them. `email` and `phone` only towards themselves."""

    id: str
    known_as: str
    full_name: str
    roles: list[str]
    state: State
    joined: int
    email: str | None = None
    phone: str | None = None


class InvitationView(Struct, frozen=True, kw_only=True):
    """An invitation. `token` is shown once, to the one who invites, and stored only as a hash."""

    id: str
    roles: list[str]
    expires: int
    token: str | None = None


class TokenView(Struct, frozen=True, kw_only=True):
    """An access token. `token` (`cc_pat_…`) is shown once; `last_used` is rounded down to the hour."""

    id: str
    label: str
    scopes: list[str]
    created: int
    expires: int
    token: str | None = None
    revoked: int | None = None
    last_used: int | None = None


class Welcome(Struct, frozen=True, kw_only=True):
    """What a person gets on arrival: themselves, and a first token to sign in with."""

    person: PersonView
    token: TokenView


class Contact(Struct, frozen=True, kw_only=True):
    """How to reach a person with a notice. Held for the length of one departure, never stored."""

    person: str
    known_as: str
    email: str | None = None
    phone: str | None = None


class InvitationDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operator's invitation. What is entered about the person greets them and is theirs to correct when they accept."""

    roles: list[str]
    name: str = ""
    email: str = ""
    days: int = 14
    known_as: str = ""
    phone: str = ""


class Acceptance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's yes to an invitation: `adult` confirms that they are 18 or over."""

    token: str
    full_name: str = ""
    known_as: str = ""
    email: str = ""
    phone: str = ""
    adult: bool = False


class Admission(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person entered from paper or by telephone: no e-mail is needed, and who entered them is recorded."""

    full_name: str
    known_as: str = ""
    email: str = ""
    phone: str = ""
    roles: list[str] = []
    adult: bool = False


class Correction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's own details, corrected. None leaves one as it is; an empty string takes it away."""

    full_name: str | None = None
    known_as: str | None = None
    email: str | None = None
    phone: str | None = None


class TokenDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token asked for. `scopes`: of SCOPES, or "*" for all; `days`: how long it stands."""

    label: str
    scopes: list[str]
    days: int = 90


class RoleDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role to be given."""

    role: str


class Departure(Struct, frozen=True, kw_only=True):
    """That a person left or died (or, by mistake of ours, did not): since when, and who recorded it."""

    person: str
    how: State
    at: int
    recorded_by: str
