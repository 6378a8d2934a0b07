# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's pages about the node itself."""

from node.running.pages import journal, keys, mail, overview, wishes

routes = [*overview.routes, *keys.routes, *mail.routes, *wishes.routes, *journal.routes]
