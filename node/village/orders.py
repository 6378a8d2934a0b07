# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be done to a village of processes while it runs, in words: by a person who types them, by a file of faults, by a test.

cut alder birch [oneway]     nothing passes between the two; oneway: Alder does not reach Birch, Birch reaches Alder
slow alder birch 0.3         each piece takes so many seconds longer, both ways
heal [alder birch]           no harm between the two any more; alone: between any
kill alder, stop alder, start alder
clock alder +3d              Alder's clock is off by so much (s, m, h, d; 0: right again); clock all: everybody's
link alder>birch slice=97    whatever else a way between two can do: see `node.village.proxy`
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from node.errors import Invalid, Refusal

if TYPE_CHECKING:
    from node.village.hamlet import Hamlet

_OFF: Final = re.compile(r"([+-]?)(\d{1,9})([smhd]?)")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
VERBS: Final = ("cut", "slow", "heal", "kill", "stop", "start", "clock", "link")


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of a file of faults: `after` so many seconds since all answered, `do` these words."""

    after: float
    do: str


async def obey(hamlet: Hamlet, words: str) -> str:
    """Does what the words say; gives what came of it. Raises Invalid."""
    verb, *rest = words.split() or ["nothing"]
    if verb not in VERBS:
        raise Invalid({"order": f"{verb} is nothing that can be done. There is: {', '.join(VERBS)}."})
    if verb in ("kill", "stop", "start"):
        return await _by_name(hamlet, verb, rest)
    if verb == "clock":
        return await _clock(hamlet, rest)
    if hamlet.proxy is None:
        raise Invalid({"order": "This village was started without ways that can be harmed."})
    if verb == "link":
        return await hamlet.proxy.command(" ".join(rest))
    return await _between(hamlet, verb, rest)


def seconds_off(text: str) -> int:
    """`+3d`, `-90`, `0`: seconds. Raises Invalid."""
    found = _OFF.fullmatch(text)
    if found is None:
        raise Invalid({"clock": f"{text} is no time. Say +3d, -2h, +90s, or 0."})
    sign, number, unit = found.groups()
    return int(number) * _UNITS[unit] * (-1 if sign == "-" else 1)


def read_faults(file: Path) -> list[Fault]:
    """The faults of a YAML file, in order of time: a list under `faults` of `after` (seconds) and `do` (words). Raises Invalid
    with every line's fault."""
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise Invalid({"faults": f"{file} can't be read as YAML."}) from None
    listed = given.get("faults") if isinstance(given, dict) else None
    if not isinstance(listed, list):
        raise Invalid({"faults": f"{file} holds no list named faults."})
    wrong: dict[str, str] = {}
    found = []
    for number, each in enumerate(listed):
        after, do = (each.get("after"), each.get("do")) if isinstance(each, dict) else (None, None)
        if isinstance(after, bool) or not isinstance(after, int | float) or after < 0 or not isinstance(do, str):
            wrong[f"faults[{number}]"] = "It needs after (seconds) and do (words)."
        elif (do.split() or [""])[0] not in VERBS:
            wrong[f"faults[{number}]"] = f"{do} is nothing that can be done. There is: {', '.join(VERBS)}."
        else:
            found.append(Fault(float(after), do))
    if wrong:
        raise Invalid(wrong)
    return sorted(found, key=lambda each: each.after)


async def befall(hamlet: Hamlet, faults: Sequence[Fault], tell: Any) -> None:
    """Each fault at its time, from now on; what can't be done is told and goes by."""
    began = time.monotonic()
    for fault in faults:
        await asyncio.sleep(max(0.0, fault.after - (time.monotonic() - began)))
        try:
            said = await obey(hamlet, fault.do)
        except Invalid as no:
            said = " ".join(no.fields.values())
        except Refusal as no:  # a node that did not come up again, say: what follows in the plan befalls all the same
            said = no.words
        tell(f"{fault.do}: {said}")


def _named(hamlet: Hamlet, names: Sequence[str], count: int) -> list[str]:
    strangers = [name for name in names[:count] if name not in hamlet.houses]
    if len(names) < count or strangers:
        raise Invalid({"co-op": f"Name {'one' if count == 1 else 'two'} of: {', '.join(hamlet.houses)}."})
    return list(names[:count])


async def _by_name(hamlet: Hamlet, verb: str, rest: Sequence[str]) -> str:
    [name] = _named(hamlet, rest, 1)
    node = hamlet.houses[name].node
    if verb == "kill":
        await node.kill()
    elif verb == "stop":
        await node.stop()
    elif not node.up:
        await node.start()
        await node.ready()
    return f"{name} is {'up' if node.up else 'down'}"


async def _clock(hamlet: Hamlet, rest: Sequence[str]) -> str:
    if len(rest) != 2:
        raise Invalid({"clock": "Say whose, or all, and by how much: clock alder +3d."})
    names = list(hamlet.houses) if rest[0] == "all" else _named(hamlet, rest, 1)
    off = seconds_off(rest[1])
    for name in names:
        hamlet.houses[name].put_clock(off)
    return f"{', '.join(names)}: off by {off} s"


async def _between(hamlet: Hamlet, verb: str, rest: Sequence[str]) -> str:
    assert hamlet.proxy is not None
    if verb == "heal" and not rest:
        return await hamlet.proxy.command("* heal")
    one, other = _named(hamlet, rest, 2)
    ways = [f"{one}>{other}", f"{other}>{one}"]
    if verb == "cut" and rest[2:] == ["oneway"]:
        ways = ways[:1]
    elif verb == "slow":
        try:
            deed = f"latency={float(rest[2])}"
        except (IndexError, ValueError):
            raise Invalid({"slow": "Say by how many seconds: slow alder birch 0.3."}) from None
    elif rest[2:]:
        raise Invalid({"order": f"{' '.join(rest[2:])}: nothing more can be said here."})
    deed = deed if verb == "slow" else verb
    return "\n".join([await hamlet.proxy.command(f"{way} {deed}") for way in ways])
