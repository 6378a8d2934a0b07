# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every way this node says no, in two voices.

`words` are for the person at the door: safe, plain, complete. `cause` is for the log and never crosses a door.
Nothing here knows HTTP: `node.web` turns a Refusal into a page or a problem document.
"""

from __future__ import annotations

from collections.abc import Mapping

from node.words import _


class Refusal(Exception):
    """A no. `words`: safe for the person; `cause`: for the log only, without personal data."""

    code = "refused"

    def __init__(self, words: str, *, cause: str = "", **public: int | str) -> None:
        super().__init__(cause or words)
        self.words = words
        self.cause = cause
        self.public = public


class NotSignedIn(Refusal):
    """Nobody is named by the request, or the name no longer stands."""

    code = "not-signed-in"

    def __init__(self, words: str = "", *, cause: str = "") -> None:
        super().__init__(words or _("Please sign in first."), cause=cause)


class NotAllowed(Refusal):
    """This person may not do this, whatever the thing is."""

    code = "not-allowed"

    def __init__(self, words: str = "", *, cause: str = "") -> None:
        super().__init__(words or _("You can't do this here."), cause=cause)


class NotProved(NotAllowed):
    """This person may do this once they have shown, by a second factor, that it is they."""

    code = "not-proved"

    def __init__(self, words: str = "", *, cause: str = "") -> None:
        super().__init__(words or _("Please confirm it's you first."), cause=cause)


class NotFound(Refusal):
    """There is no such thing, or it is another's: the two are answered alike."""

    code = "not-found"

    def __init__(self, words: str = "", *, cause: str = "") -> None:
        super().__init__(words or _("We can't find that."), cause=cause)


class Conflict(Refusal):
    """It can't be done as things stand now; `words` say what stands in the way."""

    code = "conflict"


class Invalid(Refusal):
    """What was entered can't be used. `fields`: field path -> what to do, every field's at once."""

    code = "invalid"

    def __init__(self, fields: Mapping[str, str], *, words: str = "") -> None:
        super().__init__(words or _("Some answers need another look."), cause="invalid: " + ", ".join(sorted(fields)))
        self.fields = dict(fields)


class TooMany(Refusal):
    """A limit is reached; `retry_after` in seconds where waiting helps."""

    code = "too-many"


class Unavailable(Refusal):
    """Something this needs is not to be had now: ours, not the person's fault."""

    code = "unavailable"


class Misconfigured(Refusal):
    """A setting is missing or wrong; `words` name it and its remedy, for an operator."""

    code = "misconfigured"
