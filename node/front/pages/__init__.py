# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of the front room. `routes` is all of them."""

from node.front.pages import about_me, asking, complaints, home, invited, my_data, privacy, reviewing

routes = [
    *home.routes,
    *invited.routes,
    *asking.routes,
    *about_me.routes,
    *my_data.routes,
    *complaints.routes,
    *reviewing.routes,
    *privacy.routes,
]
