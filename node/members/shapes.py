# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the people's room.

Views carry no care data. Every shape is frozen.
"""

from __future__ import annotations

from msgspec import Struct

from node.actor import State

FIELDS: tuple[str, ...] = ("first_name", "full_name", "phone", "email")
"""What a person can choose to share in an introduction, each ticked by itself."""


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
