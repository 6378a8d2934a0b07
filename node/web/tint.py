# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's own tint as a style sheet, once it can be read on everything that it stands on.

A tint is one colour for light (`#2f5d50`), to which a lighter one for dark is found; or two, light and dark
(`#2f5d50 #a8d5c2`). Each is measured on page, card and its own wash by the contrast formula of WCAG 2.2 ("relative luminance",
"contrast ratio"); under 4.5 to 1 it is refused with what was measured and what to do. Touches nothing.
"""

from __future__ import annotations

import re
from typing import Final

from node.errors import Misconfigured
from node.words import N_, _

ENOUGH: Final = 4.5
DAMSON: Final = "#5c2a52 #e3b7da"
LIGHT: Final = {"page": "#fbf7f0", "card": "#ffffff"}
DARK: Final = {"page": "#1e1a22", "card": "#2a2530"}
SAND: Final = "#f7ecdf"  # what the light wash is mixed on, so that it stays warm whatever the tint
_WASH_LIGHT: Final = 0.04
_WASH_DARK: Final = 0.08
_COLOUR = re.compile(r"#[0-9a-f]{6}")

NOT_A_COLOUR = N_("tint: give a colour as # and six figures, such as #2f5d50, or two of them, for light and for dark.")
TOO_PALE = N_(
    "tint: {colour} can't be read well on {ground} (contrast {measured} to 1, and it needs 4.5). Choose a darker one."
)
TOO_DARK = N_(
    "tint: {colour} can't be read well in the dark on {ground} (contrast {measured} to 1, and it needs 4.5). "
    "Choose a lighter one, or give one colour only and we find it."
)

RGB = tuple[int, int, int]


def tint_css(tint: str) -> str:
    """The style sheet that sets `--tint` and `--tint-wash`, light and dark; "" means damson. Raises Misconfigured."""
    colours = (tint.strip() or DAMSON).lower().split()
    if len(colours) not in (1, 2) or not all(_COLOUR.fullmatch(colour) for colour in colours):
        raise Misconfigured(_(NOT_A_COLOUR))
    light = colours[0]
    light_wash = mixed(light, SAND, _WASH_LIGHT)
    _readable(light, {**LIGHT, "wash": light_wash}, TOO_PALE)
    dark = colours[1] if len(colours) == 2 else lighter(light)
    dark_wash = mixed(dark, DARK["page"], _WASH_DARK)
    _readable(dark, {**DARK, "wash": dark_wash}, TOO_DARK)
    return (
        f":root{{--tint:{light};--tint-wash:{light_wash}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{--tint:{dark};--tint-wash:{dark_wash}}}}}"
        f"@media print{{:root{{--tint-wash:#ffffff}}}}\n"
    )


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 (alike) to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, from 0 (black) to 1 (white) (WCAG 2.2)."""
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def mixed(one: str, other: str, share: float) -> str:
    """`share` of one colour in another, from 0 (only the other) to 1."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(_rgb(one), _rgb(other), strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"


def lighter(colour: str) -> str:
    """The same hue, as much nearer to white as it takes to be read on the dark page, card and wash, and a little more."""
    for share in range(0, 101, 2):
        found = mixed("#ffffff", colour, share / 100)
        grounds = (*DARK.values(), mixed(found, DARK["page"], _WASH_DARK))
        if all(contrast(found, ground) >= ENOUGH + 2 for ground in grounds):
            return found
    return "#ffffff"


def _readable(colour: str, grounds: dict[str, str], words: str) -> None:
    for name, ground in grounds.items():
        measured = contrast(colour, ground)
        if measured < ENOUGH:
            raise Misconfigured(_(words, colour=colour, ground=f"{name} ({ground})", measured=f"{measured:.1f}"))


def _rgb(colour: str) -> RGB:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
