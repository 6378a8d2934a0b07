# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions about the node itself, for operators."""

from __future__ import annotations

from node.actor import Actor
from node.members.rights import check

OPERATOR = frozenset({"operator"})


def for_operators(actor: Actor, act: str, *, scope: str = "people") -> None:
    """Refuses whoever is no operator, or has still to show that it is them."""
    check(actor, by=OPERATOR, scope=scope, act=act)
