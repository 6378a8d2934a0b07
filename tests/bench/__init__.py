# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures beside their limits, both taken in the same run: `make bench`, one JSON line each. No test looks at a clock."""
