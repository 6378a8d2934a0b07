# SPDX-License-Identifier: AGPL-3.0-or-later
"""Worries about somebody's safety: raised in two taps, kept apart, opened by few, never left unanswered unnoticed."""
