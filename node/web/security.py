# SPDX-License-Identifier: AGPL-3.0-or-later
"""What guards every page whatever it says: which names it answers to, where its forms may come from, what it may load.

A request under another host name is refused (it would make links that lead elsewhere). A form that a browser says comes from
another site is refused, before its token is looked at. Pages load nothing from anywhere else, run no inline script, stand in no
frame, and are kept by no cache.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response

from node.errors import NotAllowed, NotFound
from node.here import Here
from node.words import N_, _

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "manifest-src 'self'",
    )
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self)",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}
HSTS = "max-age=31536000"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ELSEWHERE = N_("This came from another site, so we did nothing. Please start from our own page.")


def check(request: Request[Any, Any, Any], here: Here) -> None:
    """Raises NotFound under a host name that is not ours, NotAllowed for what another site sent."""
    if _host(request.headers.get("host", "")) not in hosts(here):
        raise NotFound(cause="host")
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site", "same-origin")  # W3C Fetch Metadata; older browsers send Origin alone
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (origin is not None and origin != here.home):
        raise NotAllowed(_(ELSEWHERE), cause="another site")


def _host(header: str) -> str:
    """The name in a Host header, without its port; "" for what is none."""
    try:
        return urlsplit("//" + header).hostname or ""
    except ValueError:
        return ""


def hosts(here: Here) -> frozenset[str]:
    """The names under which people find this co-op."""
    return _hosts(here.node_id, here.home)


@lru_cache(maxsize=256)
def _hosts(node_id: str, home: str) -> frozenset[str]:
    return frozenset({node_id, urlsplit(home).hostname or node_id})


def guard(response: Response[Any], here: Here) -> Response[Any]:
    """The headers of every page. What a page has set for itself (a file to be kept) stands."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if here.secure:
        response.headers.setdefault("strict-transport-security", HSTS)
    return response
