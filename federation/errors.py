# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every refusal of the protocol, as one exception with a code from one table.

A refusal speaks with two voices: the code, its title and a few named public members may cross the wire as an
RFC 9457 problem; the cause is for our own log and crosses nothing. An unknown code is a mistake in our
program and raises at once.
"""

from typing import Final

PROBLEM_TYPE: Final = "urn:commoncare:problem:"

CODES: Final[dict[str, tuple[int, str]]] = {
    "malformed": (400, "The message is not in the form that the protocol asks for"),
    "signature-invalid": (401, "The signature does not verify"),
    "coverage": (401, "The signature does not cover what it has to cover"),
    "clock-skew": (401, "The time of the request is too far from ours"),
    "replayed": (401, "This request was used before, or was made before we started"),
    "peer-paused": (403, "Sharing with this peer is paused"),
    "peer-ended": (403, "There is no active peering with this peer"),
    "scope-denied": (403, "The peering does not cover this"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "This method is not used here"),
    "cursor-ahead": (409, "The range asked for is beyond the end of the log"),
    "letter-conflict": (409, "Another letter came before under this id"),
    "version-conflict": (409, "The version offered does not follow the one held"),
    "epoch-closed": (410, "This epoch is closed"),
    "too-large": (413, "The message is larger than the limit"),
    "encoding": (415, "Content codings are not used here"),
    "wrong-destination": (421, "The request is meant for another node"),
    "unknown-enc-key": (422, "The letter is sealed to a key that is not in use"),
    "expired": (422, "The document is past its time"),
    "untrusted": (422, "The document is not signed by the keys it has to be signed by"),
    "too-many": (429, "Too many requests"),
    "internal": (500, "Something went wrong on our side"),
    # What a visitor tells itself; these come from no peer. 502 and 504 are what a door would answer in its
    # place.
    "unreachable": (502, "The peer could not be reached"),
    "bad-answer": (502, "The peer's answer is not in the form that the protocol asks for"),
    "busy": (503, "The node is busy"),
    "unavailable": (503, "The node cannot answer now"),
    "timeout": (504, "The peer did not answer in time"),
}
"""code -> (HTTP status, title). The codes of the wire, then those that only a visitor uses."""

_RESERVED: Final = frozenset({"type", "title", "status", "code", "cause"})


class Refused(Exception):
    """The protocol says no.

    `code` is a key of CODES; `cause` is for the log only; `public` holds extra members that may cross the
    wire, e.g. server_time, origin, retry_after (seconds).
    """

    def __init__(self, code: str, cause: str, **public: int | str) -> None:
        if code not in CODES:
            raise ValueError(f"no such refusal: {code}")
        if not _RESERVED.isdisjoint(public):
            raise ValueError("a public member may not replace a member of the problem itself")
        super().__init__(code, cause)
        self.code = code
        self.cause = cause
        self.public: dict[str, int | str] = dict(public)

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return CODES[self.code][0]

    @property
    def title(self) -> str:
        """The code in words, the same for every occurrence (RFC 9457, section 3.1.3)."""
        return CODES[self.code][1]

    def problem(self) -> dict[str, int | str]:
        """The RFC 9457 problem: type, title, status, the public members. Never the cause."""
        return {"type": PROBLEM_TYPE + self.code, "title": self.title, "status": self.status, **self.public}

    def __str__(self) -> str:
        return f"{self.code}: {self.cause}"
