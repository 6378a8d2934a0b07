# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backups of a node, made while it runs, locked to a key that is not on it; and a restore that revives nothing.

`writing` makes one, `restoring` puts one back into an empty place on either database, `checking` tries one and says how old the
newest is. `catching` keeps the file of what ended, which `restoring` ends again before anybody is served.
"""
