# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that can't be written stops nothing: its line is let go, and lines are written again once there is room."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from node import logs

FULL = Path("/dev/full")
"""Where every write finds no room."""


@pytest.fixture
def set_up() -> Iterator[None]:
    """As a node logs, and afterwards as it was."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.set_up()
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_stops_nothing(set_up: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = structlog.get_logger("commoncare.web")
    with FULL.open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        for number in range(1000):  # more than any buffer holds
            log.info("answered", number=number)
        logging.getLogger("node.somewhere").error("a fault")
        with pytest.raises(OSError):
            full.flush()
        with (tmp_path / "log").open("w") as room:  # now there is some
            os.dup2(room.fileno(), full.fileno())
        log.info("answered", number="after")
    assert '"number": "after"' in (tmp_path / "log").read_text()
