# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person sees alone, without whoever helps them."""

from __future__ import annotations

from node.actor import Actor
from node.members.rights import MEMBER, check, themselves


def own(actor: Actor, act: str) -> None:
    """Refuses whoever is not the person themselves, active, with a sign-in for their own details. Raises NotAllowed."""
    check(actor, by=MEMBER, scope="people", act=act)
    themselves(actor, act)
