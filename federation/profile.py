# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's public face, as it stands in its manifest: name, area, contact, services, safeguarding,
regulator.

Everything here is public and written by the co-op itself. Lengths are limited as the shape is read; control,
bidirectional and unseen characters, with which one name can be made to look like another, are taken out of
every text.
"""

import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from .errors import Refused

# What statements refuse is taken out here, and the newline too: controls, what turns the direction of reading, what splits
# lines, and what is not seen at all, with which two names are one to the eye. The joiners stay: Urdu needs them.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]+"
)

Word = Annotated[str, Meta(max_length=80)]
Line = Annotated[str, Meta(max_length=200)]
Phone = Annotated[str, Meta(max_length=40)]
Language = Annotated[str, Meta(max_length=35, pattern=r"\A[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\Z")]
Time = Annotated[int, Meta(ge=0, lt=2**53)]


def clean(text: str) -> str:
    """The text without control, bidirectional and unseen characters, and without space at its ends."""
    return _UNSEEN.sub("", text).strip()


class _Face(Struct, frozen=True, kw_only=True):
    """A shape whose texts are cleaned as it is made."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str):
                msgspec.structs.force_setattr(self, name, clean(value))
            elif isinstance(value, tuple):
                cleaned = tuple(clean(item) if isinstance(item, str) else item for item in value)
                msgspec.structs.force_setattr(self, name, cleaned)


class Contact(_Face, frozen=True, kw_only=True):
    """How to reach somebody who answers for something. Empty texts where there is nothing to say."""

    name: Line = ""
    phone: Phone = ""
    email: Line = ""


class Safeguarding(_Face, frozen=True, kw_only=True):
    """Whom a neighbour co-op turns to when it is worried about somebody's safety."""

    lead: Contact = Contact()
    deputy: Contact = Contact()
    out_of_hours: Phone = ""


class Regulator(_Face, frozen=True, kw_only=True):
    """Where the co-op stands with its regulator, in its own words; a claim, and no attestation."""

    name: Line = ""
    number: Word = ""
    status: Line = ""


class Insurance(_Face, frozen=True, kw_only=True):
    """Unix seconds until which the cover runs; 0 where there is none to state."""

    employers_until: Time = 0
    public_until: Time = 0
    professional_until: Time = 0


class Profile(_Face, frozen=True, kw_only=True):
    """The public face of a co-op. Only the name is required."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    area: Line = ""
    contact: Contact = Contact()
    web: Line = ""
    services: Annotated[tuple[Word, ...], Meta(max_length=32)] = ()
    languages: Annotated[tuple[Language, ...], Meta(max_length=32)] = ()
    safeguarding: Safeguarding = Safeguarding()
    regulator: Regulator = Regulator()
    insurance: Insurance = Insurance()
    policies_reviewed_at: Time = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.name:
            raise ValueError("a co-op has a name")


def read_profile(value: Any) -> Profile:
    """The profile in a signed document; members it does not know are ignored. Refused: malformed."""
    try:
        return msgspec.convert(value, Profile)
    except (msgspec.ValidationError, ValueError) as error:  # names the member, never its value
        raise Refused("malformed", f"profile: {error}") from error
