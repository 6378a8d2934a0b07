# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten moments of `make torture`, in every run: kill -9 loses nothing that was acknowledged and doubles nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.kills import torture
from tests.village.test_demo import free_base


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_ten_kills(tmp_path: Path) -> None:
    tally = await torture(kills=10, seed=7, folder=tmp_path / "torture", base_port=free_base())
    assert tally.kills >= 10
    assert tally.acknowledged > 20
    assert tally.lost == []
    assert tally.doubled == []
