# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an entry is: a row of the table of threats, where its defence stands, what is put in its place, and who has to notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

EXCHANGE: Final = "tests/node/exchange/"
PROTOCOL: Final = "tests/federation/"
PEERS: Final = "tests/node/peers/"
VILLAGE: Final = "tests/village/"


@dataclass(frozen=True)
class Defence:
    """`threat`: the first column of its row; `file`: below the root; `before`: exact source text, once in that file; `after`: the
    same without the defence; `test`: one test (all its cases), of which at least one has to fail; `slow`: takes minutes;
    `postgres`: only there it can be seen."""

    threat: str
    file: str
    before: str
    after: str
    test: str
    slow: bool = False
    postgres: bool = False
