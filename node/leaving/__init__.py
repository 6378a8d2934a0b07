# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op goes whole: everything that it keeps comes out for people and for other programs, and nothing of it stays with others.

`inventory` says table by table what is taken, `exporting` writes it, `archive` is the form of a file, `reading` unlocks one.
`acts` says the day on which the co-op leaves, `duties` does it, `reads` tells how far it is, `receipt` is the last document.
"""
