# SPDX-License-Identifier: AGPL-3.0-or-later
"""The village of three co-ops, for the operator's pages."""

from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "moulds", "three"]
