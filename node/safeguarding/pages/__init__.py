# SPDX-License-Identifier: AGPL-3.0-or-later
"""The HTML door of the safeguarding room: "I'm worried" for everybody, the record of a concern for whoever reads it.

A page never says more than the acts behind it: who may not read a concern gets the page that is shown for none at all. A
concern's words stand on no page but those of somebody whose opening was recorded.
"""

from node.safeguarding.pages import concerns, deciding, numbers, recording, worry

routes = [*worry.routes, *numbers.routes, *concerns.routes, *recording.routes, *deciding.routes]
