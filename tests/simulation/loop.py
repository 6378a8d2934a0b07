# SPDX-License-Identifier: AGPL-3.0-or-later
"""An event loop in which nothing depends on how quick a thread is: what would go to a thread is done at once, in its place.

So tasks run in the order in which they were made, a seed replays, and it is quicker. Since every statement of a database comes by
here, this is also where a computer can be made to stop between two of them, or just after one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from node import database
from node.village.faults import PowerCut


class OneThread(asyncio.SelectorEventLoop):
    """See the module. `strike` makes one node stop at its n-th piece of database work from now on."""

    def __init__(self) -> None:
        super().__init__()
        self._strikes: dict[int, tuple[str, int, bool]] = {}

    def strike(self, engine: database.Engine, node: str, *, at: int, after: bool) -> None:
        """The node of this engine stops at its `at`-th statement; `after`: once that was done."""
        self._strikes[id(engine)] = (node, at, after)

    def spare(self, engine: database.Engine) -> None:
        """This engine is closed: another may come to stand in its place."""
        self._strikes.pop(id(engine), None)

    def calm(self) -> None:
        """Nobody is struck any more."""
        self._strikes.clear()

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        cut, after = self._struck()
        done: asyncio.Future[Any] = self.create_future()
        try:
            result = func(*args) if cut is None or after else None
        except Exception as error:
            done.set_exception(error if cut is None else cut)
        else:
            if cut is None:
                done.set_result(result)
            else:
                done.set_exception(cut)
        return done

    def _struck(self) -> tuple[PowerCut | None, bool]:
        if not self._strikes:
            return None, False
        try:
            engine = id(database.current())
        except Exception:  # no database is bound: this is not a node's own work
            return None, False
        if engine not in self._strikes:
            return None, False
        node, at, after = self._strikes[engine]
        if at > 1:
            self._strikes[engine] = (node, at - 1, after)
            return None, False
        del self._strikes[engine]
        return PowerCut(node), after
