# SPDX-License-Identifier: AGPL-3.0-or-later
"""All scenes by name, and the routes that only our own script sends to."""

from __future__ import annotations

from tests.browser import (
    scenes_front,
    scenes_introductions,
    scenes_metrics,
    scenes_replies,
    scenes_running,
    scenes_safety,
    scenes_signin,
    scenes_support,
)
from tests.browser.visits import Scene

SCENES: dict[str, Scene] = {
    "calm": scenes_front.CALM,
    "data": scenes_front.DATA,
    "find": scenes_support.FIND,
    "offers": scenes_support.OFFERS,
    "asking": scenes_introductions.ASKING,
    "talking": scenes_introductions.TALKING,
    "over": scenes_introductions.OVER,
    "concerns": scenes_safety.CONCERNS,
    "sealed": scenes_safety.SEALED,
    "people": scenes_running.PEOPLE,
    "running": scenes_running.RUNNING,
    "arriving": scenes_signin.ARRIVING,
    "own": scenes_signin.OWN,
    "replies": scenes_replies.REPLIES,
    "facts": scenes_metrics.FACTS,
}
SENT_BY_SCRIPT = {
    ("POST", "/sign-in/passkey/options"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/confirm/passkey/options"),
    ("POST", "/confirm/passkey"),
    ("POST", "/me/sign-in/passkey/options"),
    ("POST", "/me/sign-in/passkey"),
}
WITHOUT = {
    ("GET", "/leave"),  # it only ends the session and leads on; tests/node/signin follows it
    (
        "POST",
        "/me/sign-in/passkeys/{passkey_id:str}/removal",
    ),  # a button that needs a real key; tests/node/signin has one
}
