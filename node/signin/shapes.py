# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of sign-in. Times are Unix seconds. A secret is in a shape only where it is shown this once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from node.actor import Actor

How = Literal["link", "code", "card", "passkey", "invitation", "recovery"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that stands. `id` stays when its cookie changes; `owner`: who is signed in; `actor`: as whom they act.

    `name`: what the owner is called here; `acting_for`: the name of whom they act for, else "". `signed_in`: when; `shared`:
    short, for a shared device; `device_said`: whether they were asked. `language` "" where they chose none. `stale`: known by
    the cookie before this one, a moment after it was changed: good for nothing but to be given the new one again.
    """

    id: str
    owner: str
    actor: Actor
    name: str
    acting_for: str = ""
    language: str = ""
    large: bool = False
    shared: bool = True
    device_said: bool = False
    signed_in: int
    expires: int
    proved: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What a browser is given: the cookie's new value (this once), and how many seconds it may keep it (None: until closed)."""

    cookie: str
    seconds: int | None
    person: str
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """One of those who share an address."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAreYou:
    """The mailbox is theirs, and several people share it. `browser`: the pending cookie's value to go on with."""

    browser: str
    people: list[Someone]


class SessionView(Struct, frozen=True, kw_only=True):
    """One of a person's own sessions. `label`: kind of device and browser; `last_used` to the hour."""

    id: str
    label: str
    how: How
    shared: bool
    signed_in: int
    last_used: int
    expires: int
    current: bool


class CardView(Struct, frozen=True, kw_only=True):
    """A printed card. `words` and `link` (for the QR code) only for whoever made it, for a quarter of an hour."""

    id: str
    person: str
    created: int
    stands_from: int
    expires: int
    once: bool
    made_by: str
    last_used: int | None = None
    revoked: int | None = None
    words: list[str] = []
    link: str = ""


class PasskeyView(Struct, frozen=True, kw_only=True):
    """A passkey: what its owner calls it."""

    id: str
    label: str
    created: int
    last_used: int | None = None


class Factors(Struct, frozen=True, kw_only=True):
    """What a person can confirm themselves with. `needed`: they hold a role that asks for one."""

    passkeys: list[PasskeyView]
    totp_since: int | None
    codes_left: int
    needed: bool

    @property
    def any(self) -> bool:
        return bool(self.passkeys) or self.totp_since is not None


class Ways(Struct, frozen=True, kw_only=True):
    """All the ways somebody has to sign in and to confirm themselves."""

    sessions: list[SessionView]
    cards: list[CardView]
    factors: Factors
    recovery: RecoveryView | None = None


class TotpSetup(Struct, frozen=True, kw_only=True):
    """An authenticator app's secret (base32, in groups of four) and the address its QR code holds (otpauth:)."""

    id: str
    secret: str
    uri: str


class Guest(Struct, frozen=True, kw_only=True):
    """An invitation as the one who holds it sees it: whether it stands, and what was entered to greet them."""

    stands: bool
    name: str = ""
    email: str = ""


class Wish(Struct, frozen=True, kw_only=True):
    """Somebody asks for a new invitation."""

    id: str
    invitation: str
    invited_by: str
    roles: list[str]
    words: str
    at: int


class DelegateDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A delegate to be named. `code`: the number that the helper reads out; `until`: Unix seconds."""

    code: str = ""
    scopes: list[str] = []
    until: int = 0


class DelegationView(Struct, frozen=True, kw_only=True):
    """One delegation, as either side sees it. `state`: asked, stands, over."""

    id: str
    person: str
    person_name: str
    delegate: str
    delegate_name: str
    scopes: list[str]
    introductions: bool
    until: int
    named_at: int
    accepted_at: int | None
    state: Literal["asked", "stands", "over"]


class Done(Struct, frozen=True, kw_only=True):
    """One thing that a delegate did: who, what (the act's name), when."""

    who: str
    act: str
    at: int


class RecoveryView(Struct, frozen=True, kw_only=True):
    """A recovery. `code`: for the first to read to the second. `state`: begun, waits (the card opens later), open, over."""

    id: str
    person: str
    person_name: str
    first: str
    first_at: int
    state: Literal["begun", "waits", "open", "over"]
    second: str | None = None
    stands_from: int | None = None
    card: str | None = None
    code: str = ""
    mail_lost: bool = False


class RecoveryDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That we know somebody and spoke with them. All three ticks are needed."""

    knows: bool = False
    spoke: bool = False
    mail_lost: bool = False
