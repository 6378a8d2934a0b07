# SPDX-License-Identifier: AGPL-3.0-or-later
"""The quick form of `make torture ARGS=disk`: a full disk and failing files lose nothing that was acknowledged, and pass."""

from __future__ import annotations

import json
import os

import pytest

from tests.torture.disk import run
from tests.torture.tracing import Forbidden, NotHere
from tests.village.test_demo import free_base


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("what", "much"), [("full", ("--rounds", "1")), ("faults", ("--requests", "200"))])
def test_what_was_acknowledged_is_there(what: str, much: tuple[str, str]) -> None:
    try:
        ran = run("--only", what, *much, "--pairs", "2", "--base-port", str(free_base()))
    except NotHere as missing:
        if os.environ.get("COMMONCARE_STRICT") == "1" and not isinstance(missing, Forbidden):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    came = json.loads(ran.stdout)
    assert (came["lost"], came["doubled"], came["wrong"]) == ([], [], [])
    assert came["acknowledged"] > 5
    if what == "full":
        assert came["refused_for_room"] > 6
        assert came["read"] > 6
