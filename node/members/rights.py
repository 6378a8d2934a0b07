# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what, said once at each act and enforced there, whichever door was used.

`act` refuses before the body runs, in this order: the person no longer active, none of the roles (or one that still has to
be proved by a second factor), the token not issued for this, a co-op that has closed, a delegate where only the person
themselves will do. It
registers every act, so that a test can walk role by act, and writes down what a delegate did. What is one person's own is
checked in the body: another's thing and no thing get the same NotFound.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from node import database, journal
from node.actor import ROLES, SCOPES, Actor
from node.closing import reads as closing
from node.errors import NotAllowed, NotProved
from node.here import Here
from node.words import _

P = ParamSpec("P")
R = TypeVar("R")
MEMBER = frozenset({"member"})
DELEGATE_ACTED = "delegate.acted"
"""The journal's name for a deed that a delegate did for somebody; its detail names the act."""


@dataclass(frozen=True, slots=True)
class Right:
    """One registered act. `by` is empty where no account is needed; `scope` "" where any sign-in will do; `alone` where no
    delegate may do it for the person."""

    name: str
    by: frozenset[str]
    scope: str
    function: Callable[..., Any]
    alone: bool = False


REGISTRY: dict[str, Right] = {}


def check(actor: Actor, *, by: frozenset[str], scope: str, act: str = "") -> None:
    """Refuse (NotAllowed) unless `actor` is active, holds one of `by` and the token covers `scope`.

    NotProved where a second factor would make the difference. An operator's rights are for running the node: they open
    nobody's care or safeguarding records by themselves.
    """
    if actor.state != "active":
        raise NotAllowed(cause=f"{act}: no longer active")
    if not any(actor.has(role) for role in by):
        if not actor.proved and actor.by is None and by & actor.roles:
            raise NotProved(cause=f"{act}: not proved")
        raise NotAllowed(cause=f"{act}: role")
    if not actor.may_use(scope):
        raise NotAllowed(_("This sign-in wasn't set up for that. Please sign in another way."), cause=f"{act}: scope")


def themselves(actor: Actor, act: str = "") -> None:
    """Refuse (NotAllowed) a delegate: this is for the person alone."""
    if actor.by is not None:
        raise NotAllowed(_("Only the person themselves can see or do this."), cause=f"{act}: delegate")


def act(
    name: str, *, by: Iterable[str], scope: str, alone: bool = False
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Coroutine[Any, Any, R]]]:
    """Decorate an act that a person does: `name` "room.verb", `by` the roles, `scope` what a token must cover.

    `scope` "" means that any sign-in will do (raising a worry must not fail for how somebody signed in); `alone` that no
    delegate may do it. What a delegate did is written in the journal, in the transaction of the deed. Raises ValueError at
    import for an unknown role or scope, or a name already taken by another function.
    """
    roles = frozenset(by)
    if not roles or not roles <= ROLES:
        raise ValueError(f"{name}: unknown roles {sorted(roles - ROLES)}")
    if scope and scope not in SCOPES:
        raise ValueError(f"{name}: unknown scope {scope}")

    def decorate(function: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        _keyword_only(name, function)

        @functools.wraps(function)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs.get("actor")
            if not isinstance(actor, Actor):
                raise TypeError(f"{name} needs an actor")
            check(actor, by=roles, scope=scope, act=name)
            await _must_go_on(name, kwargs)
            if actor.by is None:
                return await function(*args, **kwargs)
            if alone:
                themselves(actor, name)
            async with database.transaction():
                done = await function(*args, **kwargs)
                here: Any = kwargs["here"]
                await journal.write(actor.by, DELEGATE_ACTED, f"person:{actor.person}", {"act": name}, here=here)
            return done

        _register(Right(name, roles, scope, guarded, alone))
        return guarded

    return decorate


def open_to_anyone(name: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Register an act that needs no account, such as accepting an invitation. It checks nothing by itself, but whether the co-op
    has left."""

    def decorate(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @functools.wraps(function)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            await _must_go_on(name, kwargs)
            return await function(*args, **kwargs)

        _register(Right(name, frozenset(), "", guarded))
        return guarded

    return decorate


async def _must_go_on(name: str, given: Mapping[str, Any]) -> None:
    here = given.get("here")
    if isinstance(here, Here):
        await closing.must_go_on(name, here=here)


def _keyword_only(name: str, function: Callable[..., Any]) -> None:
    parameters = inspect.signature(function).parameters
    first = next(iter(parameters), "")
    if first != "actor" or any(p.kind is not p.KEYWORD_ONLY for p in parameters.values()):
        raise ValueError(f"{name}: an act takes keyword arguments only, the actor first")


def _register(right: Right) -> None:
    taken = REGISTRY.get(right.name)
    if taken is not None and taken.function.__qualname__ != right.function.__qualname__:
        raise ValueError(f"two acts are called {right.name}")
    REGISTRY[right.name] = right
