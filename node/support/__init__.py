# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peer support: offers from lived experience, the lead's check, what is shared with neighbour co-ops, and the search."""
