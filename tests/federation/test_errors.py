# SPDX-License-Identifier: AGPL-3.0-or-later
"""A refusal shows its code and public members, and keeps its cause to itself."""

import json

import pytest

from federation import Refused
from federation.errors import CODES


def test_the_problem_holds_the_public_voice_and_never_the_cause() -> None:
    refused = Refused("clock-skew", "made by key abc at 12", server_time=1_795_000_000)
    assert refused.problem() == {
        "type": "urn:commoncare:problem:clock-skew",
        "title": "The time of the request is too far from ours",
        "status": 401,
        "server_time": 1_795_000_000,
    }
    assert "abc" not in json.dumps(refused.problem())
    assert str(refused) == "clock-skew: made by key abc at 12"
    assert (refused.code, refused.cause, refused.public) == (
        "clock-skew",
        "made by key abc at 12",
        {"server_time": 1_795_000_000},
    )


def test_the_codes_of_the_protocol_have_the_statuses_that_it_gives_them() -> None:
    due = {
        400: ["malformed"],
        401: ["signature-invalid", "coverage", "clock-skew", "replayed"],
        403: ["peer-paused", "peer-ended", "scope-denied"],
        409: ["cursor-ahead", "letter-conflict"],
        410: ["epoch-closed"],
        413: ["too-large"],
        415: ["encoding"],
        421: ["wrong-destination"],
        422: ["unknown-enc-key", "expired"],
    }
    assert {code: CODES[code][0] for codes in due.values() for code in codes} == {
        code: status for status, codes in due.items() for code in codes
    }
    assert all(Refused(code, "x").status == status and title for code, (status, title) in CODES.items())


def test_an_unknown_code_or_a_member_that_would_replace_another_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="no such refusal"):
        Refused("nonsense", "x")
    for name in ("type", "title", "status"):
        with pytest.raises(ValueError, match="may not replace"):
            Refused("malformed", "x", **{name: "y"})
