# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peers: whom this co-op trusts, for what, until when; and this co-op's own keys and signed documents."""
