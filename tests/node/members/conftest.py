# SPDX-License-Identifier: AGPL-3.0-or-later
"""The village of three co-ops, for the pages of this room."""

from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "three"]
