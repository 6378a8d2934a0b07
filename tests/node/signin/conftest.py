# SPDX-License-Identifier: AGPL-3.0-or-later
"""The village for the tests of pages."""

from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "three"]
