# SPDX-License-Identifier: AGPL-3.0-or-later
"""The HTML door of the peer-support room: find support, one offer, my offers, what leads do. Skins over the acts and reads."""

from node.support.pages import finding, leading, listings, offers, rang, writing

routes = [*finding.routes, *listings.routes, *offers.routes, *writing.routes, *leading.routes, *rang.routes]
