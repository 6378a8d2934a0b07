# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sessions, sign-ins that wait, cards, second factors, recoveries and delegations, as rows.

No cookie, link, code, secret, address or network address stands here readable: of each there is a hash (under a key from
outside the database where guessing could find it) or a text sealed under the person's own key. Who made and who ended a
thing, and when, are columns.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, ForeignKey, Integer, Text, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl
from node.members.tables import Invitation, Person


class Delegation(Table, db=DB, tablename="delegation", tags=["membership"]):
    """`person` lets `delegate` act for them in `scopes` (JSON) until `until`; it stands once accepted, until ended.

    `introductions_at`: since when the person alone has let introductions be seen too."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    delegate = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    scopes = Text()
    introductions_at = BigInt(null=True, default=None)
    until = BigInt()
    named_at = BigInt()
    accepted_at = BigInt(null=True, default=None)
    ended_at = BigInt(null=True, default=None)
    ended_by = Varchar(43, null=True, default=None)


class HelperCode(Table, db=DB, tablename="helper_code", tags=["signing-in"]):
    """A short number by which somebody who offers to help can be named; found by its keyed hash, for a day."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    code_hash = Varchar(43, index=True)
    created = BigInt()
    expires = BigInt()


class Session(Table, db=DB, tablename="session", tags=["signing-in"]):
    """A browser in which somebody is signed in. Its id stays; its cookie changes at each step up, and only its hash is kept.

    `signed_in`: when; `how`: link, code, card, passkey, invitation, recovery. `shared`: a shared device (until the person
    says otherwise: `device_said`). `idle_until` only there, to five minutes; `last_used` to the hour. `proved_at`: when a second
    factor was shown. `delegation`: under which this session acts for somebody now. `previous_hash`: of the cookie before this
    one, for a moment after `rotated_at`, when `sending` (of a form) led to the new one."""

    id = Varchar(22, primary_key=True)
    cookie_hash = Varchar(43, unique=True)
    previous_hash = Varchar(43, null=True, default=None, index=True)
    rotated_at = BigInt(null=True, default=None)
    sending = Varchar(64, null=True, default=None)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    how = Varchar(12)
    label = Bytea(null=True, default=None)
    signed_in = BigInt()
    days = Integer()
    expires = BigInt(index=True)
    shared = Boolean(default=True)
    device_said = BigInt(null=True, default=None)
    idle_until = BigInt(null=True, default=None)
    last_used = BigInt()
    proved_at = BigInt(null=True, default=None)
    delegation = ForeignKey(Delegation, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict)
    revoked_at = BigInt(null=True, default=None)
    revoked_by = Varchar(43, null=True, default=None)


class Pending(Table, db=DB, tablename="signin_pending", tags=["signing-in"]):
    """A sign-in by mail that was begun. `browser`: hash of the cookie of the browser it was begun in; `address`: keyed hash.

    Link and code are derived from `salt` under a key outside the database; of the link its hash is kept, to find it.
    `verified_at`: the mailbox was shown to be theirs, and who of those at one address is still to be said. `sending`: which
    sending of a form led to which `session`."""

    id = Varchar(22, primary_key=True)
    browser = Varchar(43, index=True)
    address = Varchar(43, index=True)
    salt = Varchar(43)
    link_hash = Varchar(43, unique=True)
    created = BigInt()
    expires = BigInt(index=True)
    attempts = Integer(default=0)
    how = Varchar(12, default="")
    verified_at = BigInt(null=True, default=None)
    ended_at = BigInt(null=True, default=None)
    sending = Varchar(64, null=True, default=None, index=True)
    session = Varchar(22, null=True, default=None)


class Try(Table, db=DB, tablename="signin_try", tags=["signing-in"]):
    """How often something was tried in an hour. `key`: keyed hash of what it is counted by. Forgotten after two days."""

    id = Varchar(22, primary_key=True)
    kind = Varchar(16)
    key = Varchar(43)
    hour = BigInt(index=True)
    many = Integer()


class Card(Table, db=DB, tablename="signin_card", tags=["signing-in"]):
    """A printed way in. `stands_from`: later than `created` for one made by recovery, which is used once (`once`)."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    secret_hash = Varchar(43, unique=True)
    once = Boolean(default=False)
    made_by = Varchar(43)
    created = BigInt()
    stands_from = BigInt()
    expires = BigInt()
    last_used = BigInt(null=True, default=None)
    revoked_at = BigInt(null=True, default=None)
    revoked_by = Varchar(43, null=True, default=None)


class Passkey(Table, db=DB, tablename="passkey", tags=["signing-in"]):
    """A WebAuthn credential. Its id and public key are sealed, so that neither can be put in another's place."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    credential_hash = Varchar(43, unique=True)
    credential = Bytea()
    public_key = Bytea()
    label = Bytea(null=True, default=None)
    sign_count = BigInt()
    created = BigInt()
    last_used = BigInt(null=True, default=None)
    revoked_at = BigInt(null=True, default=None)
    revoked_by = Varchar(43, null=True, default=None)


class Challenge(Table, db=DB, tablename="signin_challenge", tags=["signing-in"]):
    """A WebAuthn challenge that was given out. `purpose`: register, prove or sign-in; `bound`: to which session or browser."""

    id = Varchar(22, primary_key=True)
    challenge_hash = Varchar(43, unique=True)
    purpose = Varchar(10)
    bound = Varchar(43, index=True)
    created = BigInt()
    expires = BigInt(index=True)


class Totp(Table, db=DB, tablename="totp", tags=["signing-in"]):
    """An authenticator app's secret, sealed. It counts once confirmed; a step up to `last_step` is never taken again."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    secret = Bytea()
    created = BigInt()
    confirmed_at = BigInt(null=True, default=None)
    last_step = BigInt(default=0)
    ended_at = BigInt(null=True, default=None)


class RecoveryCode(Table, db=DB, tablename="recovery_code", tags=["signing-in"]):
    """One of the codes for when a phone is lost: found by its keyed hash, used once."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    code_hash = Varchar(43, index=True)
    no = Integer()
    created = BigInt()
    used_at = BigInt(null=True, default=None)
    ended_at = BigInt(null=True, default=None)


class Recovery(Table, db=DB, tablename="recovery", tags=["signing-in"]):
    """Two people who know somebody say that it is them. `first_guarded`: the first was an operator or lead, proved.

    `mail_lost`: the address on file is no longer theirs. `card`: what the second printed; it opens from `stands_from`."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    code_hash = Varchar(43, index=True)
    first = Varchar(43)
    first_guarded = Boolean(default=False)
    first_at = BigInt()
    mail_lost = Boolean(default=False)
    expires = BigInt()
    second = Varchar(43, null=True, default=None)
    second_at = BigInt(null=True, default=None)
    card = ForeignKey(Card, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict)
    stands_from = BigInt(null=True, default=None)
    taken_back_at = BigInt(null=True, default=None)
    taken_back_by = Varchar(43, null=True, default=None)
    done_at = BigInt(null=True, default=None)


class InvitationWish(Table, db=DB, tablename="invitation_wish", tags=["membership"]):
    """Somebody whose invitation is over asks for another. `words`: who they are, sealed under "invitation-wish:<id>"."""

    id = Varchar(22, primary_key=True)
    invitation = ForeignKey(Invitation, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict)
    words = Bytea(null=True, default=None)
    at = BigInt()
    answered_at = BigInt(null=True, default=None)
    answered_by = Varchar(43, null=True, default=None)


_BOTH = (
    "CREATE UNIQUE INDEX delegation_once ON delegation (person, delegate) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX signin_try_once ON signin_try (kind, key, hour)",
    "CREATE UNIQUE INDEX totp_once ON totp (person) WHERE ended_at IS NULL AND confirmed_at IS NOT NULL",
    "CREATE UNIQUE INDEX recovery_once ON recovery (person) WHERE taken_back_at IS NULL AND done_at IS NULL",
    "CREATE UNIQUE INDEX invitation_wish_once ON invitation_wish (invitation) WHERE answered_at IS NULL",
)

EXTRAS = (Ddl(sqlite=_BOTH, postgres=_BOTH),)
