# SPDX-License-Identifier: AGPL-3.0-or-later
"""Metrics: facts that a co-op declares of itself, each by a circle's recorded agreement, and what its neighbours declare."""
