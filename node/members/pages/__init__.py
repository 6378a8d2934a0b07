# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of the people's room, for operators: who is here, what they do here, how they come and go."""

from node.members.pages import importing, invitations, people, standing

routes = [*people.routes, *standing.routes, *invitations.routes, *importing.routes]
