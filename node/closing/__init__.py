# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether this co-op is closing its node, from which day on, and what nobody can begin here after that day.

It is known this far down so that every act and every page can ask. What is done about it stands in `node.leaving`.
"""
