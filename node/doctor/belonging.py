# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether database, name and key are of one co-op: what everybody asks who opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from federation.errors import Refused
from node import database
from node.errors import Misconfigured, Unavailable
from node.here import Here
from node.peers import keyring, own
from node.settings import Settings

WRONG_KEY: Final = "The node key does not fit this database. Put back the key file that belongs to it."


def must_be_there(settings: Settings) -> None:
    """Raises Misconfigured when the database is a file that is not there: opening it would make an empty one."""
    path = getattr(database.open_engine(settings.database_url), "path", None)
    if isinstance(path, Path) and not path.exists():
        raise Misconfigured(f"The database is missing: there is no {path}. Put it back from where you keep its copy.")


async def must_belong(*, here: Here) -> None:
    """Raises Misconfigured (or Unavailable) when this database was never founded, is another co-op's, or another key's."""
    try:
        await own.identity(here=here)
    except Refused:
        raise Misconfigured(
            f"node_id: this database is not {here.node_id}'s. Put the name back under which it was made."
        ) from None
    try:
        await keyring.signing("doc", here=here)
    except Misconfigured:
        raise Misconfigured(WRONG_KEY) from None
    except Unavailable:
        pass  # every key ran out while the node was off; that is no reason not to start and make new ones
