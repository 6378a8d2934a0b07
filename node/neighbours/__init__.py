# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neighbour co-ops as an operator sees and decides on them: how each stands in both directions, and what a deed would do.

Above all rooms whose figures it shows; the deeds themselves are acts of `node.peers`.
"""
