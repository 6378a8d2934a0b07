# SPDX-License-Identifier: AGPL-3.0-or-later
"""Private introductions: between a member who asks and a peer supporter, here or in a neighbour co-op.

Each side's co-op holds its own half and nothing of the other's. Nothing that says who somebody is crosses before both have
said yes to the introduction and both have confirmed what they share.
"""
