# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of this co-op, as rows.

What names or reaches a person is sealed under that person's own key (or, before they come, the invitation's); an e-mail
address is found only by a keyed hash. Tokens and invitations stand as SHA-256 of their text. Who recorded what, and when,
are rows and columns, never a flag.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, ForeignKey, Text, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl


class Person(Table, db=DB, tablename="person", tags=["membership"]):
    """One human. `state`: active, left or died, `since` when; `joined`: when they came; `adult_confirmed`: when it was said
    that they are 18 or over, `entered_by` whom, when they did not enter themselves."""

    id = Varchar(43, primary_key=True)
    state = Varchar(8, default="active", index=True)
    since = BigInt()
    joined = BigInt()
    adult_confirmed = BigInt()
    entered_by = Varchar(43, null=True, default=None)
    full_name = Bytea(null=True, default=None)
    known_as = Bytea(null=True, default=None)
    email = Bytea(null=True, default=None)
    email_blind = Varchar(43, null=True, default=None, index=True)
    phone = Bytea(null=True, default=None)


class PersonState(Table, db=DB, tablename="person_state", tags=["membership"]):
    """That a person left, died, or came back: who recorded it and when. The last row is what `person.state` says."""

    id = Varchar(43, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    state = Varchar(8)
    at = BigInt()
    recorded_by = Varchar(43)


class RoleHeld(Table, db=DB, tablename="role_held", tags=["membership"]):
    """A role from `since` until `until`; who gave it and who ended it."""

    id = Varchar(43, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    role = Varchar(32, index=True)
    given_by = Varchar(43)
    since = BigInt()
    until = BigInt(null=True, default=None)
    ended_by = Varchar(43, null=True, default=None)


class Invitation(Table, db=DB, tablename="invitation", tags=["membership"]):
    """A way in, once. What was entered about the person is sealed under "invitation:<id>", whose key goes when it is used
    or over."""

    id = Varchar(43, primary_key=True)
    token_hash = Varchar(43, unique=True)
    roles = Text()
    name = Bytea(null=True, default=None)
    email = Bytea(null=True, default=None)
    known_as = Bytea(null=True, default=None)
    phone = Bytea(null=True, default=None)
    invited_by = Varchar(43)
    created = BigInt()
    expires = BigInt()
    used_at = BigInt(null=True, default=None)
    used_by = Varchar(43, null=True, default=None)
    revoked_at = BigInt(null=True, default=None)
    revoked_by = Varchar(43, null=True, default=None)


class AccessToken(Table, db=DB, tablename="access_token", tags=["signing-in"]):
    """A way to sign in. `last_used` is rounded down to the hour: enough to see a lost one, too little to follow a day."""

    id = Varchar(43, primary_key=True)
    token_hash = Varchar(43, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    label = Bytea(null=True, default=None)
    scopes = Text()
    created = BigInt()
    expires = BigInt()
    issued_by = Varchar(43)
    revoked_at = BigInt(null=True, default=None)
    revoked_by = Varchar(43, null=True, default=None)
    last_used = BigInt(null=True, default=None)


class PageDraft(Table, db=DB, tablename="page_draft", tags=["membership", "introductions"]):
    """What a person began to fill in, sealed under their key. `id`: the person and the kind; gone after `until`."""

    id = Varchar(80, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    kind = Varchar(32)
    value = Bytea(null=True, default=None)
    until = BigInt(index=True)


class PersonSettings(Table, db=DB, tablename="person_settings", tags=["membership"]):
    """How a person wants to be met: the language of their pages ("" as their browser says), large print, and how often we
    write to them ("at_once", "daily", "never"). No row: nothing was chosen."""

    person = ForeignKey(Person, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict)
    language = Varchar(8, default="")
    large = Boolean(default=False)
    mail = Varchar(8, default="at_once")
    at = BigInt()


class PersonMail(Table, db=DB, tablename="person_mail", tags=["membership"]):
    """How mail to a person goes: when the last notice left, and when their address was refused for good. `refused_blind`: the
    keyed hash of that address, so that a corrected one is tried as if nothing had been."""

    person = ForeignKey(Person, null=False, primary_key=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict)
    sent_at = BigInt(null=True, default=None)
    refused_at = BigInt(null=True, default=None)
    refused_blind = Varchar(43, null=True, default=None)


_ONE_AT_A_TIME = ("CREATE UNIQUE INDEX role_held_once ON role_held (person, role) WHERE until IS NULL",)

EXTRAS = (Ddl(sqlite=_ONE_AT_A_TIME, postgres=_ONE_AT_A_TIME),)
