# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's pages about neighbour co-ops; inviting and comparing words stand in `node.peers.pages`."""

from node.neighbours.pages import deciding, seeing, terms

routes = [*seeing.routes, *deciding.routes, *terms.routes]
