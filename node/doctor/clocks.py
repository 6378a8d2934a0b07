# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our clock against neighbours': what they answered, or the Date of their answer (RFC 9110), while we asked them anyway.

One neighbour whose clock is wrong does not make ours wrong: what is judged is the middle one of all differences, and a neighbour
that is off by itself has a line of its own.
"""

from __future__ import annotations

from statistics import median_low

from node.calling import REFUSED, WARN, Called, apart
from node.findings import Finding
from node.settings import Settings

SET = "Set this machine's clock and keep it set: timedatectl set-ntp true"


def findings(settings: Settings, called: Called | None) -> list[Finding]:
    """One finding, or none where nobody was to be asked. `called`: what neighbours answered."""
    if settings.clock_file:
        words = "The setting clock_file puts it off; that is for villages of made-up people."
        return [Finding(what="clock", well=False, words=words, next_step="Take clock_file out of commoncare.yaml.")]
    if called is None:
        return []
    if not called.apart:
        return [Finding(what="clock", well=True, words="No neighbour answered, so there was none to compare it with.")]
    by_size = {abs(each): each for each in called.apart.values()}
    off = by_size[median_low(sorted(abs(each) for each in called.apart.values()))]
    whose = f"{len(called.apart)} neighbours'" if len(called.apart) > 1 else f"that of {next(iter(called.apart))}"
    if abs(off) <= WARN:
        return [Finding(what="clock", well=True, words=f"It agrees with {whose}.")]
    words = f"It is {apart(off)} {'behind' if off > 0 else 'ahead of'} {whose}."
    step = (
        SET
        if len(called.apart) > 1
        else f"Compare both with a telephone's clock. If ours is wrong: {SET[0].lower()}{SET[1:]}"
    )
    if abs(off) <= REFUSED:
        words += f" From {REFUSED // 60} minutes on neighbours refuse what we send."
        return [Finding(what="clock", well=True, words=words, next_step=step)]
    words += f" Beyond {REFUSED // 60} minutes neighbours refuse what we send."
    return [Finding(what="clock", well=False, words=words, next_step=step)]
