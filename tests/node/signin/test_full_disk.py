# SPDX-License-Identifier: AGPL-3.0-or-later
"""On a full disk people go on reading: who they are is found without writing down at which hour they were here."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from node import database
from node.database.sqlite import SqliteEngine
from node.errors import Unavailable
from node.here import Here
from node.members import reads as members
from node.signin import reads
from tests.node.members.cast import admit, token_for
from tests.node.signin.cast import signed_in

pytestmark = [pytest.mark.parametrize("dialect", ["sqlite"], indirect=True), pytest.mark.usefixtures("dialect")]
HOUR = 3600


@pytest.fixture
def full() -> Iterator[None]:
    """From now on no file of this process may be written to beyond a byte, so nothing is stored."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _fill() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


async def test_a_token_and_a_session_are_known(engine: SqliteEngine, full: None, here: Here) -> None:
    here, later = here.at(here.now - here.now % HOUR + HOUR - 5), here.at(here.now - here.now % HOUR + HOUR + 5)
    ada = await admit("Ada", here=here)
    token = await token_for(ada, here=here)
    made = await signed_in(ada, here=here)
    assert token.token is not None
    _fill()
    with pytest.raises(Unavailable):
        await database.execute("UPDATE person SET joined = joined + 1")
    assert (await members.authenticate(token.token, here=later)).person == ada.person
    session = await reads.session(made.cookie, here=later)
    assert session is not None
    assert session.owner == ada.person
