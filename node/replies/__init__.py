# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers by one press from a mail, without signing in, only where whoever presses does no harm; and what mail says."""
