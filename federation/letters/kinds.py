# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a letter of each kind says: frozen types with limits in characters and bytes.

A kind that is not in the table is refused. Members that are not named are ignored. Words are the member's own and were
shown to them before they left; nothing here gives a name, a number or an address but `introduction.share`, in its
second step.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from .. import wire
from ..errors import Refused
from ..statements import common
from ..statements.common import Id, Revision, Time, Topic

ASK_DAYS: Final = 21
"""An ask is answered within this many days of the letter that first carries it."""


Number = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
"""A side's own count in one thread. It grows, by more than one where a node was restored and can't know what it said."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.ask: somebody, not named, would like to talk with whoever made the offer.

    offer, revision   which offer (its id), and the revision that the asker read
    topics     0 to 8 of its topics
    needs      what would help in meeting (interpreter, text only, step-free); 500 characters
    message    the asker's own words; 1,000 characters
    asker_ref  an HMAC for each asker and receiving co-op, 16 to 32 bytes in base64url; read by the machine only
    answer_by  Unix seconds, at most 21 days after the letter
    for_group  whether the asker would join a group, which reveals nothing of them
    """

    offer: Id
    revision: Revision
    topics: Annotated[tuple[Topic, ...], msgspec.Meta(max_length=8)]
    needs: Annotated[str, msgspec.Meta(max_length=500)]
    message: Annotated[str, msgspec.Meta(max_length=1000)]
    asker_ref: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22,43}\Z")]
    answer_by: Time
    for_group: bool = False


class Accept(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.accept: yes, by a quick reply, in words (1,000 characters), both or neither."""

    quick: Literal["", "yes-ring-me", "yes-write-to-me", "yes-come-along"] = ""
    words: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class Decline(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.decline: not now. There is no member for a reason, and none is given."""

    quick: Literal["", "not-today"] = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.message: the sender's `no`-th message in this thread, from 1; words (2,000
    characters), a quick reply, or both."""

    no: Number
    words: Annotated[str, msgspec.Meta(max_length=2000)]
    quick: Literal["", "yes", "no", "thank-you", "not-today", "please-ring", "running-late", "talk-soon"] = ""


Field = Literal["first_name", "full_name", "phone", "email", "area", "address"]


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.share: two steps, so that nothing is shared until both have confirmed.

    `ready` names the fields that this side would share (none takes a former readiness back) and gives no value.
    `values` comes only after both were ready, and gives a text (200 characters, one line) for exactly the fields named.
    `no` counts each side's own choices from 1: letters may cross or overtake each other, and the greater number counts.
    """

    step: Literal["ready", "values"]
    no: Number = 1
    fields: Annotated[tuple[Field, ...], msgspec.Meta(max_length=6)]
    values: dict[Field, Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=common.LINE)]] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.plan: a first meeting (Unix seconds), never at home, and who knows about it; 200 characters each.

    `propose` puts it forward as the `no`-th plan of the thread; `agree` and `checked_out` name the plan they are about by
    the same number and say it again. Of two proposals with one number, the asker's stands. `minutes`: how long, 5 to 480.
    """

    step: Literal["propose", "agree", "checked_out"] = "propose"
    no: Number = 1
    minutes: Annotated[int, msgspec.Meta(ge=5, le=480)] = 60
    place_kind: Literal["public_place", "phone", "video"]
    where: Annotated[str, msgspec.Meta(max_length=200)]
    at: Time
    who_knows: Annotated[str, msgspec.Meta(max_length=200)]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """introduction.end: without fault. `left` covers every way of being gone; a lead words it. 500 characters."""

    how: Literal["ended", "withdrawn", "left", "expired"]
    words: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """concern: what one safeguarding lead decided to tell the other; 4,000 characters.

    `about` is the thread concerned, empty for none; `urgency` is `danger` (somebody is at risk now: ring as well),
    `today` or `soon`; `reach` says how to reach the lead who writes, 200 characters.
    """

    words: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    urgency: Literal["danger", "today", "soon"]
    about: Annotated[str, msgspec.Meta(pattern=r"\A(?:[A-Za-z0-9_-]{21}[AQgw])?\Z")] = ""
    reach: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """receipt: what a follower did with an entry (`topic`, `epoch`, `index`) of the receiver's own feed, at `at` (Unix seconds).

    `erased`: everything that the withdraw entry at this place named was deleted, body, salt and whatever was made of them.
    `dead`: the put at this place is of an id that was withdrawn within 100 days; it was not taken, and is to be withdrawn.
    `ended`: the peering of this id (`peering`) is over, and everything that the receiver gave under it was deleted; it names
    no entry, and the other two name no peering.
    """

    what: Literal["erased", "dead", "ended"]
    topic: Literal["availability", "peer-support", "metrics", "trust"] | UnsetType = UNSET
    epoch: Annotated[int, msgspec.Meta(ge=1, lt=wire.INTEGER_END)] | UnsetType = UNSET
    index: Annotated[int, msgspec.Meta(ge=1, lt=wire.INTEGER_END)] | UnsetType = UNSET
    peering: Id | UnsetType = UNSET
    at: Time


Data = Ask | Accept | Decline | Message | Share | Plan | End | Concern | Receipt

KINDS: Final[dict[str, type[Data]]] = {
    "introduction.ask": Ask,
    "introduction.accept": Accept,
    "introduction.decline": Decline,
    "introduction.message": Message,
    "introduction.share": Share,
    "introduction.plan": Plan,
    "introduction.end": End,
    "concern": Concern,
    "receipt": Receipt,
}
"""Every kind of letter that version 1 knows so far, and the type of its data."""


def read_data(kind: str, data: object, *, iat: int) -> Data:
    """The data of a letter of this kind, made at `iat` (Unix seconds). Refused: malformed, with the field's path."""
    if kind not in KINDS:
        raise Refused("malformed", "a kind of letter that is not known")
    said: Data = common.read(KINDS[kind], data)
    if isinstance(said, Ask):
        common.topics(said.topics, "$.topics")
        wire.unb64(said.asker_ref)
        if said.answer_by > iat + ASK_DAYS * wire.DAY:
            raise common.malformed("$.answer_by", "later than an ask may live")
    elif isinstance(said, Message):
        if not said.words.strip() and not said.quick:
            raise common.malformed("$.words", "neither words nor a quick reply")
    elif isinstance(said, Share):
        common.unique(said.fields, "$.fields")
        if set(said.values) != (set(said.fields) if said.step == "values" else set()):
            raise common.malformed("$.values", "not the values of this step")
        if said.step == "values" and not said.fields:
            raise common.malformed("$.fields", "nothing is shared")
    elif isinstance(said, Receipt):
        place = (said.topic, said.epoch, said.index)
        if said.what == "ended" and (said.peering is UNSET or any(part is not UNSET for part in place)):
            raise common.malformed("$.peering", "an end names a peering and no entry")
        if said.what != "ended" and (said.peering is not UNSET or any(part is UNSET for part in place)):
            raise common.malformed("$.index", "an entry, and no peering, is due")
    return said
