# SPDX-License-Identifier: AGPL-3.0-or-later
"""The charter: which co-ops belong to an agreement among many, signed by their seats, and what follows from it here."""
