# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of sign-in: coming in, confirming, one's own ways in, people who help, a way back."""

from node.signin.pages import arriving, confirming, helpers, invitations, recovering, ways

routes = [
    *arriving.routes,
    *invitations.routes,
    *confirming.routes,
    *ways.routes,
    *helpers.routes,
    *recovering.routes,
]
