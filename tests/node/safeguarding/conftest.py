# SPDX-License-Identifier: AGPL-3.0-or-later
"""The made-up village, for the tests of this room's pages."""

from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "three"]
