# SPDX-License-Identifier: AGPL-3.0-or-later
"""Games with the head of a signed request: lines doubled, dropped, in another case or order; what is covered, what is said."""

from __future__ import annotations

import re
from random import Random

from federation.requests import digest
from tests.fuzz import mutations
from tests.fuzz.kinds import Case

Lines = list[tuple[str, str]]


def value(lines: Lines, name: str) -> str | None:
    """What the line of that name says, without space at its ends; the last where it stands twice."""
    found = [value for given, value in lines if given.lower() == name]
    return found[-1].strip(" \t") if found else None


def play(case: Case, rng: Random) -> None:
    """One game with the lines of the case."""
    lines: Lines = list(case["headers"])
    at = rng.randrange(len(lines)) if lines else 0
    match rng.randrange(15):
        case 0 if lines:
            lines.insert(at, rng.choice(lines))
        case 1 if lines:
            lines[at] = (
                rng.choice((lines[at][0].upper(), lines[at][0].lower(), lines[at][0].swapcase())),
                lines[at][1],
            )
        case 2:
            rng.shuffle(lines)
        case 3 if lines:
            del lines[at]
        case 4:
            _rewrite(lines, "content-digest", lambda _: digest(rng.randbytes(3)))
        case 5:
            lines.append(
                (
                    "Content-Digest",
                    rng.choice(
                        (digest(case["body"]), "sha-512=:AAAA:", "sha-256=::", digest(b"") + ", " + digest(b"x"))
                    ),
                )
            )
        case 6:
            extra = rng.choice(
                (
                    '"date"',
                    '"content-length"',
                    '"host"',
                    '"@scheme"',
                    '"@target-uri"',
                    '"content-type";sf',
                    '"@path"',
                    '"x"',
                )
            )
            _rewrite(lines, "signature-input", lambda text: text.replace("(", f"({extra} ", 1))
        case 7:
            _rewrite(
                lines, "signature-input", lambda text: re.sub(r'"@?[a-z-]+" ?', "", text, count=rng.choice((1, 2, 9)))
            )
        case 8:
            _rewrite(lines, "signature-input", lambda text: _without_parameter(rng, text))
        case 9:
            number = rng.choice(
                ("0", "-1", "1800000000", "1800000061", "1799990000", "9" * 15, "9" * 16, "1.5", '"1"', "?1")
            )
            _rewrite(
                lines, "signature-input", lambda text: re.sub(r"(created|expires)=\d+", rf"\1={number}", text, count=1)
            )
        case 10:
            extra = rng.choice(
                (';alg="ed25519"', ';alg="none"', ';x="y"', ";created=1", ';keyid="a#b"', ';tag="other"', ", sig2=()")
            )
            _rewrite(lines, "signature-input", lambda text: text + extra)
        case 11:
            name = rng.choice(
                (
                    "content-encoding",
                    "content-encoding",
                    "transfer-encoding",
                    "content-length",
                    "host",
                    "x-forwarded-host",
                    "x-http-method-override",
                )
            )
            said = rng.choice(
                (
                    "gzip",
                    "identity",
                    "chunked",
                    "0",
                    "9" * 7,
                    "9" * 12,
                    "-1",
                    "birch.example",
                    "alder.example:443",
                    "ALDER.EXAMPLE",
                )
            )
            if rng.random() < 0.5:
                lines = [line for line in lines if line[0].lower() != name]
            lines.append((name, said))
        case 12:
            lines += [(f"x-{number}", "y" * rng.choice((1, 300))) for number in range(rng.choice((1, 60, 70)))]
        case 13:
            name = rng.choice(("signature", "signature-input", "content-type", "host", "content-digest"))
            _rewrite(
                lines,
                name,
                lambda text: mutations.bytewise(rng, text.encode("latin-1", "replace"), ()).decode("latin-1"),
            )
        case _:
            _rewrite(
                lines,
                "signature-input",
                lambda text: text.replace('keyid="', 'keyid="' + rng.choice(("x", "cedar.example#", "", " "))),
            )
    case["headers"] = lines


def _rewrite(lines: Lines, name: str, how: object) -> None:
    for at, (given, said) in enumerate(lines):
        if given.lower() == name:
            lines[at] = (given, how(said))  # type: ignore[operator]


def _without_parameter(rng: Random, text: str) -> str:
    head, *parameters = text.split(";")
    if parameters:
        parameters.pop(rng.randrange(len(parameters)))
    return ";".join((head, *parameters))
