# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of private introductions: asking, one's own introductions, what a lead looks after,
what a safeguarding reader opens. `routes` is all of them."""

from node.introductions.pages import answering, asking, closing, leading, meeting, mine, sealed, talking

routes = [
    *asking.routes,
    *mine.routes,
    *answering.routes,
    *talking.routes,
    *meeting.routes,
    *closing.routes,
    *leading.routes,
    *sealed.routes,
]
