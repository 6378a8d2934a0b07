# SPDX-License-Identifier: AGPL-3.0-or-later
"""The halves of introductions that this co-op holds, as rows: one for the asker's side, one for the supporter's.

No row of one half points at the other's, also when both are here. Whatever somebody wrote, which offer it is about and what
was shared is sealed under "introduction:<id>"; that key goes when the messages are erased. A timeline holds names of events
and numbers, never a sentence.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, ForeignKey, Integer, Text, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl
from node.members.tables import Person


class Introduction(Table, db=DB, tablename="introduction", tags=["introductions"]):
    """One half. `thread`: of letters that come, `thread_out`: of those that leave. `ask`: the sealed ask with its offer.

    `silent`: an ask that the supporter never sees, to be declined after a while; `hidden`: withdrawn; `person_gone`: "",
    "left" or "died"; `place_taken`: of the supporter's places; `had`, `had_of`: conversations; `erase_at`: when what was
    written goes.
    """

    id = Varchar(22, primary_key=True)
    thread = Varchar(22, index=True)
    thread_out = Varchar(22)
    side = Varchar(10)
    other_node = Varchar(253)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    status = Varchar(14, index=True)
    group_offer = Boolean(default=False)
    silent = Boolean(default=False)
    hidden = Boolean(default=False)
    person_gone = Varchar(4, default="")
    asked_at = BigInt()
    answer_by = BigInt()
    ask = Bytea(null=True, default=None)
    asker_ref = Varchar(43, default="", index=True)
    ask_reached_at = BigInt(null=True, default=None)
    answered_at = BigInt(null=True, default=None)
    both_shared_at = BigInt(null=True, default=None)
    ended_at = BigInt(null=True, default=None)
    ended_how = Varchar(20, default="")
    erase_at = BigInt(null=True, default=None)
    erased_at = BigInt(null=True, default=None)
    place_taken = Boolean(default=False)
    had = Integer(default=0)
    had_of = Integer(default=6)
    review_due_at = BigInt(null=True, default=None)
    lead_told_at = BigInt(null=True, default=None)
    changed_at = BigInt()


class TimelineEvent(Table, db=DB, tablename="introduction_event", tags=["introductions"]):
    """One line of a half's timeline. `params`: JSON of numbers and codes."""

    id = Varchar(22, primary_key=True)
    introduction = ForeignKey(
        Introduction, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True
    )
    seq = Integer()
    at = BigInt()
    event = Varchar(30)
    params = Text(default="{}")


class Message(Table, db=DB, tablename="introduction_message", tags=["introductions"]):
    """One message through the relay. `no` counts each side's own from 1. `failed_at`: it could not be delivered."""

    id = Varchar(22, primary_key=True)
    introduction = ForeignKey(
        Introduction, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True
    )
    mine = Boolean()
    no = Integer()
    at = BigInt()
    words = Bytea(null=True, default=None)
    quick = Varchar(20, default="")
    reached_at = BigInt(null=True, default=None)
    failed_at = BigInt(null=True, default=None)


class Answer(Table, db=DB, tablename="introduction_answer", tags=["introductions"]):
    """The supporter's yes or no, on either half. A no has neither words nor a quick reply on the asker's half."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    yes = Boolean()
    at = BigInt()
    quick = Varchar(20, default="")
    words = Bytea(null=True, default=None)


class ShareChoice(Table, db=DB, tablename="introduction_share", tags=["introductions"]):
    """What this half's person ticked. `no` goes up with each change; `confirmed_at`, `left_at`, `reached_at` are this
    choice's. What was ticked is a list of field names: the values are read only as they leave."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    no = Integer()
    fields = Varchar(60, default="")
    confirmed_at = BigInt(null=True, default=None)
    left_at = BigInt(null=True, default=None)
    reached_at = BigInt(null=True, default=None)


class SharedByThem(Table, db=DB, tablename="introduction_shared", tags=["introductions"]):
    """What the other person confirmed (`ready`, by their choice `no`), and the sealed values once they came."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    no = Integer()
    ready = Boolean()
    details = Bytea(null=True, default=None)
    came_at = BigInt(null=True, default=None)


class Plan(Table, db=DB, tablename="introduction_plan", tags=["introductions"]):
    """The plan that stands. `plan`: sealed place, words and who knows; `at`, `ends_at` stay readable for the clock."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    no = Integer()
    mine = Boolean()
    plan = Bytea(null=True, default=None)
    at = BigInt()
    ends_at = BigInt()
    agreed_at = BigInt(null=True, default=None)
    agreed_no = Integer(default=0)
    lead_told_at = BigInt(null=True, default=None)


class CheckOut(Table, db=DB, tablename="introduction_check_out", tags=["introductions"]):
    """That somebody came home from what was planned."""

    id = Varchar(22, primary_key=True)
    introduction = ForeignKey(
        Introduction, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True
    )
    plan_no = Integer()
    mine = Boolean()
    at = BigInt()


class Review(Table, db=DB, tablename="introduction_review", tags=["introductions"]):
    """How it was going, in this person's words, sealed. It never leaves."""

    id = Varchar(22, primary_key=True)
    introduction = ForeignKey(
        Introduction, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True
    )
    at = BigInt()
    answers = Bytea(null=True, default=None)


class Ending(Table, db=DB, tablename="introduction_ending", tags=["introductions"]):
    """An ending and its words, if any. `to_word_by`: a lead words it for somebody who left or died, until then."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    mine = Boolean()
    how = Varchar(12)
    at = BigInt()
    words = Bytea(null=True, default=None)
    to_word_by = BigInt(null=True, default=None)
    worded_at = BigInt(null=True, default=None)
    worded_by = Varchar(43, null=True, default=None)


class Withdrawal(Table, db=DB, tablename="introduction_withdrawal", tags=["introductions"]):
    """Who withdrew and when: this half's person, or the other."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    mine = Boolean()
    at = BigInt()


class SealedCopy(Table, db=DB, tablename="introduction_sealed_copy", tags=["introductions"]):
    """The whole thread of a withdrawn half under a key of its own, "sealed-copy:<id>", until `until`."""

    id = Varchar(22, primary_key=True)
    introduction = ForeignKey(
        Introduction, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True
    )
    thread = Bytea(null=True, default=None)
    until = BigInt()


class NeverAgain(Table, db=DB, tablename="introduction_never_again", tags=["introductions"]):
    """That a supporter is not to be asked again by whoever stands behind a reference. Only the machine reads it."""

    id = Varchar(22, primary_key=True)
    supporter = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    asker_ref = Varchar(43, index=True)
    at = BigInt()


class Helped(Table, db=DB, tablename="introduction_help", tags=["introductions"]):
    """Who entered an ask for somebody, by which search together, and that the person was asked alone."""

    introduction = ForeignKey(
        Introduction, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict
    )
    helper = Varchar(43)
    assisted = Varchar(43)
    asked_alone = Boolean()
    at = BigInt()


class Sending(Table, db=DB, tablename="introduction_sending", tags=["introductions"]):
    """A letter put out. `put_at`: when; `first_at`: when the first for the same matter was, `tries` how many there were;
    `left_at`: the first time it was handed over to leave."""

    letter = Varchar(100, primary_key=True)
    introduction = ForeignKey(
        Introduction, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True
    )
    put_at = BigInt()
    first_at = BigInt()
    tries = Integer()
    left_at = BigInt(null=True, default=None)


class EarlyEnding(Table, db=DB, tablename="introduction_early_ending", tags=["introductions"]):
    """An ending that came before its ask: when that comes, it is not shown to anybody."""

    id = Varchar(22, primary_key=True)
    source = Varchar(253)
    thread = Varchar(22, index=True)
    at = BigInt(index=True)


class BackNotice(Table, db=DB, tablename="introduction_back_notice", tags=["introductions"]):
    """Somebody wants to know when a supporter is back. `listing`: sealed under "introduction:<id>"."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    listing = Bytea(null=True, default=None)
    until = BigInt(null=True, default=None)
    at = BigInt()


_ONCE = (
    "CREATE UNIQUE INDEX introduction_once ON introduction (other_node, thread)",
    "CREATE UNIQUE INDEX introduction_message_once ON introduction_message (introduction, mine, no)",
    "CREATE UNIQUE INDEX introduction_event_order ON introduction_event (introduction, seq)",
    "CREATE UNIQUE INDEX introduction_check_out_once ON introduction_check_out (introduction, plan_no, mine)",
)
EXTRAS = (Ddl(sqlite=_ONCE, postgres=_ONCE),)
"""A thread of one neighbour is one half, a message is there once, whatever comes twice."""
