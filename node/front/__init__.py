# SPDX-License-Identifier: AGPL-3.0-or-later
"""The front room: the door everybody comes in by, and what belongs to a person whichever room keeps it.

Home and what waits there, "Ask a person", a person's own details, what they share and who looked, a copy of what is kept about
them, complaints about data, and why anything is kept at all.
"""
