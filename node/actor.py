# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who does a thing: made only from a token or a session that stands, or at the operator's command line, never from what a request
says of itself. Every act and every read that is somebody's is handed an `Actor`, and asks it what counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

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
ROLES: frozenset[str] = frozenset(get_args(Role))
SAFEGUARDING_ROLES = frozenset({"safeguarding_lead", "safeguarding_deputy"})
GUARDED: frozenset[str] = SAFEGUARDING_ROLES | {"peer_support_lead", "operator"}
"""Roles that see care data or change trust: in a browser they count only once a second factor was shown."""
SCOPES: frozenset[str] = frozenset({"support", "introductions", "safeguarding", "people", "peers", "journal"})
EVERYTHING = frozenset({"*"})
COMMAND_LINE = "cli"
"""The name under which the journal knows an operator who sits at the command line without an account."""

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
