# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator does about a charter: make our seat, draw one up, sign, publish, join, choose between two, leave.

A proposal goes round as a file, and takes effect only by `publish` or `join`, judged exactly as every other member judges it.
"""

from node.charter.acts.drawing import make_seat, propose
from node.charter.acts.holding import choose, join, leave, publish
from node.charter.acts.signing import sign

__all__ = ["choose", "join", "leave", "make_seat", "propose", "publish", "sign"]
