# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of the metrics room. `routes` is all of them."""

from node.metrics.pages import showing, writing

routes = [*showing.routes, *writing.routes]
