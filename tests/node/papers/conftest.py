# SPDX-License-Identifier: AGPL-3.0-or-later
"""A village of three peered co-ops, in which people have done things."""

from __future__ import annotations

from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "three"]
