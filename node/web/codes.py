# SPDX-License-Identifier: AGPL-3.0-or-later
"""A page's address as a QR code (ISO/IEC 18004) that scales with the page: inline SVG, without style, script or a fixed size.

The size is left to the style sheet. An SVG with a width and no viewBox is cut off where a style makes it smaller, and then no
phone can read it.
"""

from __future__ import annotations

import segno
from markupsafe import Markup

QUIET = 4
"""Light modules round the code that a reader needs (ISO/IEC 18004, 5.3.8)."""


def qr(address: str) -> Markup:
    """The code of an address of ours, black on white, level M."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(border=QUIET, omitsize=True, light="#ffffff", svgclass=None, lineclass=None)
    return Markup(svg)  # noqa: S704 - made here, of our own address
