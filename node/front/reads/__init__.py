# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions to the front room: home (`home`), what is shared and who looked (`sharing`), copies (`copying`), calls and
complaints (`lists`)."""

from node.front.reads.copying import at_the_command_line, copies, copy, mine, review
from node.front.reads.home import home
from node.front.reads.lists import calls, complaint, complaints, my_complaints
from node.front.reads.sharing import sharing

__all__ = [
    "at_the_command_line",
    "calls",
    "complaint",
    "complaints",
    "copies",
    "copy",
    "home",
    "mine",
    "my_complaints",
    "review",
    "sharing",
]
