# SPDX-License-Identifier: AGPL-3.0-or-later
# ruff: noqa: E501, RUF100
"""The first schema, literally, for each engine. Written by `python -m node.schema.snapshot`; not edited by hand."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from node.schema.migrating import APP, run_steps

ID = "0001_first"
VERSION = "1.38.0"
DESCRIPTION = "The first schema."

SQLITE: tuple[str, ...] = (
    """CREATE TABLE "form_sent" (
    "key" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "answer" TEXT NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "form_sent_at_idx" ON "form_sent" ("at")""",
    """CREATE TABLE "data_key" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "owner" VARCHAR(100) UNIQUE NOT NULL DEFAULT '',
    "node_key_id" VARCHAR(12) NOT NULL DEFAULT '',
    "wrapped" BLOB DEFAULT null,
    "created_at" INTEGER NOT NULL DEFAULT 0,
    "destroyed_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "journal_entry" (
    "number" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL DEFAULT 0,
    "actor" VARCHAR(43) DEFAULT null,
    "act" VARCHAR(80) NOT NULL DEFAULT '',
    "subject" VARCHAR(200) NOT NULL DEFAULT '',
    "detail" TEXT NOT NULL DEFAULT '',
    "digest" BLOB NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "journal_head" (
    "id" VARCHAR(4) PRIMARY KEY NOT NULL DEFAULT '',
    "number" INTEGER NOT NULL DEFAULT 0,
    "digest" BLOB NOT NULL DEFAULT '',
    "seal" BLOB NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "access_event" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "who" VARCHAR(43) NOT NULL DEFAULT '',
    "whom" VARCHAR(43) NOT NULL DEFAULT '',
    "kind" VARCHAR(80) NOT NULL DEFAULT '',
    "why" VARCHAR(80) NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "outbox" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "kind" VARCHAR(40) NOT NULL DEFAULT '',
    "ref" VARCHAR(200) NOT NULL DEFAULT '',
    "destination" VARCHAR(253) NOT NULL DEFAULT '',
    "state" VARCHAR(4) NOT NULL DEFAULT 'open',
    "put_at" INTEGER NOT NULL DEFAULT 0,
    "due" INTEGER NOT NULL DEFAULT 0,
    "due_again" INTEGER DEFAULT null,
    "expires" INTEGER DEFAULT null,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease" VARCHAR(22) DEFAULT null,
    "leased_until" INTEGER DEFAULT null,
    "worker" VARCHAR(80) DEFAULT null,
    "why" VARCHAR(80) DEFAULT null,
    "ended_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "inbox" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "jti" VARCHAR(200) NOT NULL DEFAULT '',
    "digest" VARCHAR(128) NOT NULL DEFAULT '',
    "received_at" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "inbox_expires_idx" ON "inbox" ("expires")""",
    """CREATE TABLE "closing" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "said_at" INTEGER NOT NULL DEFAULT 0,
    "said_by" VARCHAR(43) NOT NULL DEFAULT '',
    "on_at" INTEGER NOT NULL DEFAULT 0,
    "until" INTEGER NOT NULL DEFAULT 0,
    "taken_back_at" INTEGER DEFAULT null,
    "done_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "person" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "state" VARCHAR(8) NOT NULL DEFAULT 'active',
    "since" INTEGER NOT NULL DEFAULT 0,
    "joined" INTEGER NOT NULL DEFAULT 0,
    "adult_confirmed" INTEGER NOT NULL DEFAULT 0,
    "entered_by" VARCHAR(43) DEFAULT null,
    "full_name" BLOB DEFAULT null,
    "known_as" BLOB DEFAULT null,
    "email" BLOB DEFAULT null,
    "email_blind" VARCHAR(43) DEFAULT null,
    "phone" BLOB DEFAULT null
)""",
    """CREATE INDEX "person_state_idx" ON "person" ("state")""",
    """CREATE INDEX "person_email_blind_idx" ON "person" ("email_blind")""",
    """CREATE TABLE "person_state" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "state" VARCHAR(8) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "person_state_person_idx" ON "person_state" ("person")""",
    """CREATE TABLE "role_held" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "role" VARCHAR(32) NOT NULL DEFAULT '',
    "given_by" VARCHAR(43) NOT NULL DEFAULT '',
    "since" INTEGER NOT NULL DEFAULT 0,
    "until" INTEGER DEFAULT null,
    "ended_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "role_held_person_idx" ON "role_held" ("person")""",
    """CREATE INDEX "role_held_role_idx" ON "role_held" ("role")""",
    """CREATE TABLE "invitation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "token_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "roles" TEXT NOT NULL DEFAULT '',
    "name" BLOB DEFAULT null,
    "email" BLOB DEFAULT null,
    "known_as" BLOB DEFAULT null,
    "phone" BLOB DEFAULT null,
    "invited_by" VARCHAR(43) NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "used_at" INTEGER DEFAULT null,
    "used_by" VARCHAR(43) DEFAULT null,
    "revoked_at" INTEGER DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "access_token" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "token_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "label" BLOB DEFAULT null,
    "scopes" TEXT NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "issued_by" VARCHAR(43) NOT NULL DEFAULT '',
    "revoked_at" INTEGER DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null,
    "last_used" INTEGER DEFAULT null
)""",
    """CREATE INDEX "access_token_person_idx" ON "access_token" ("person")""",
    """CREATE TABLE "page_draft" (
    "id" VARCHAR(80) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "kind" VARCHAR(32) NOT NULL DEFAULT '',
    "value" BLOB DEFAULT null,
    "until" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "page_draft_person_idx" ON "page_draft" ("person")""",
    """CREATE INDEX "page_draft_until_idx" ON "page_draft" ("until")""",
    """CREATE TABLE "person_settings" (
    "person" VARCHAR(43) PRIMARY KEY NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "language" VARCHAR(8) NOT NULL DEFAULT '',
    "large" BOOLEAN NOT NULL DEFAULT false,
    "mail" VARCHAR(8) NOT NULL DEFAULT 'at_once',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "person_mail" (
    "person" VARCHAR(43) PRIMARY KEY NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "sent_at" INTEGER DEFAULT null,
    "refused_at" INTEGER DEFAULT null,
    "refused_blind" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "delegation" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "delegate" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "scopes" TEXT NOT NULL DEFAULT '',
    "introductions_at" INTEGER DEFAULT null,
    "until" INTEGER NOT NULL DEFAULT 0,
    "named_at" INTEGER NOT NULL DEFAULT 0,
    "accepted_at" INTEGER DEFAULT null,
    "ended_at" INTEGER DEFAULT null,
    "ended_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "delegation_person_idx" ON "delegation" ("person")""",
    """CREATE INDEX "delegation_delegate_idx" ON "delegation" ("delegate")""",
    """CREATE TABLE "helper_code" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "code_hash" VARCHAR(43) NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "helper_code_person_idx" ON "helper_code" ("person")""",
    """CREATE INDEX "helper_code_code_hash_idx" ON "helper_code" ("code_hash")""",
    """CREATE TABLE "session" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "cookie_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "previous_hash" VARCHAR(43) DEFAULT null,
    "rotated_at" INTEGER DEFAULT null,
    "sending" VARCHAR(64) DEFAULT null,
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "how" VARCHAR(12) NOT NULL DEFAULT '',
    "label" BLOB DEFAULT null,
    "signed_in" INTEGER NOT NULL DEFAULT 0,
    "days" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "shared" BOOLEAN NOT NULL DEFAULT true,
    "device_said" INTEGER DEFAULT null,
    "idle_until" INTEGER DEFAULT null,
    "last_used" INTEGER NOT NULL DEFAULT 0,
    "proved_at" INTEGER DEFAULT null,
    "delegation" VARCHAR(22) REFERENCES "delegation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "revoked_at" INTEGER DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "session_previous_hash_idx" ON "session" ("previous_hash")""",
    """CREATE INDEX "session_person_idx" ON "session" ("person")""",
    """CREATE INDEX "session_expires_idx" ON "session" ("expires")""",
    """CREATE TABLE "signin_pending" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "browser" VARCHAR(43) NOT NULL DEFAULT '',
    "address" VARCHAR(43) NOT NULL DEFAULT '',
    "salt" VARCHAR(43) NOT NULL DEFAULT '',
    "link_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "how" VARCHAR(12) NOT NULL DEFAULT '',
    "verified_at" INTEGER DEFAULT null,
    "ended_at" INTEGER DEFAULT null,
    "sending" VARCHAR(64) DEFAULT null,
    "session" VARCHAR(22) DEFAULT null
)""",
    """CREATE INDEX "signin_pending_browser_idx" ON "signin_pending" ("browser")""",
    """CREATE INDEX "signin_pending_address_idx" ON "signin_pending" ("address")""",
    """CREATE INDEX "signin_pending_expires_idx" ON "signin_pending" ("expires")""",
    """CREATE INDEX "signin_pending_sending_idx" ON "signin_pending" ("sending")""",
    """CREATE TABLE "signin_try" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "kind" VARCHAR(16) NOT NULL DEFAULT '',
    "key" VARCHAR(43) NOT NULL DEFAULT '',
    "hour" INTEGER NOT NULL DEFAULT 0,
    "many" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "signin_try_hour_idx" ON "signin_try" ("hour")""",
    """CREATE TABLE "signin_card" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "secret_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "once" BOOLEAN NOT NULL DEFAULT false,
    "made_by" VARCHAR(43) NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "stands_from" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "last_used" INTEGER DEFAULT null,
    "revoked_at" INTEGER DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "signin_card_person_idx" ON "signin_card" ("person")""",
    """CREATE TABLE "passkey" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "credential_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "credential" BLOB NOT NULL DEFAULT '',
    "public_key" BLOB NOT NULL DEFAULT '',
    "label" BLOB DEFAULT null,
    "sign_count" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "last_used" INTEGER DEFAULT null,
    "revoked_at" INTEGER DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "passkey_person_idx" ON "passkey" ("person")""",
    """CREATE TABLE "signin_challenge" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "challenge_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "purpose" VARCHAR(10) NOT NULL DEFAULT '',
    "bound" VARCHAR(43) NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "signin_challenge_bound_idx" ON "signin_challenge" ("bound")""",
    """CREATE INDEX "signin_challenge_expires_idx" ON "signin_challenge" ("expires")""",
    """CREATE TABLE "totp" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "secret" BLOB NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "confirmed_at" INTEGER DEFAULT null,
    "last_step" INTEGER NOT NULL DEFAULT 0,
    "ended_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "totp_person_idx" ON "totp" ("person")""",
    """CREATE TABLE "recovery_code" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "code_hash" VARCHAR(43) NOT NULL DEFAULT '',
    "no" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "used_at" INTEGER DEFAULT null,
    "ended_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "recovery_code_person_idx" ON "recovery_code" ("person")""",
    """CREATE INDEX "recovery_code_code_hash_idx" ON "recovery_code" ("code_hash")""",
    """CREATE TABLE "recovery" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "code_hash" VARCHAR(43) NOT NULL DEFAULT '',
    "first" VARCHAR(43) NOT NULL DEFAULT '',
    "first_guarded" BOOLEAN NOT NULL DEFAULT false,
    "first_at" INTEGER NOT NULL DEFAULT 0,
    "mail_lost" BOOLEAN NOT NULL DEFAULT false,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "second" VARCHAR(43) DEFAULT null,
    "second_at" INTEGER DEFAULT null,
    "card" VARCHAR(22) REFERENCES "signin_card" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "stands_from" INTEGER DEFAULT null,
    "taken_back_at" INTEGER DEFAULT null,
    "taken_back_by" VARCHAR(43) DEFAULT null,
    "done_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "recovery_person_idx" ON "recovery" ("person")""",
    """CREATE INDEX "recovery_code_hash_idx" ON "recovery" ("code_hash")""",
    """CREATE TABLE "invitation_wish" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "invitation" VARCHAR(43) NOT NULL REFERENCES "invitation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "words" BLOB DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0,
    "answered_at" INTEGER DEFAULT null,
    "answered_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "own_identity" (
    "version" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "envelope" BLOB NOT NULL DEFAULT '',
    "exp" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "own_manifest" (
    "version" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "identity_version" INTEGER NOT NULL DEFAULT 0,
    "envelope" BLOB NOT NULL DEFAULT '',
    "exp" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "own_key" (
    "kid" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "use" VARCHAR(8) NOT NULL DEFAULT '',
    "public" BLOB NOT NULL DEFAULT '',
    "secret" BLOB DEFAULT null,
    "nbf" INTEGER NOT NULL DEFAULT 0,
    "exp" INTEGER NOT NULL DEFAULT 0,
    "revoked_at" INTEGER DEFAULT null,
    "reason" VARCHAR(200) NOT NULL DEFAULT '',
    "destroyed_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "own_key_use_idx" ON "own_key" ("use")""",
    """CREATE TABLE "own_node" (
    "node_id" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "instance" VARCHAR(22) NOT NULL DEFAULT '',
    "founded" INTEGER NOT NULL DEFAULT 0,
    "started" BOOLEAN NOT NULL DEFAULT false,
    "restored_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "peer" (
    "node_id" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "name" VARCHAR(120) NOT NULL DEFAULT '',
    "step" VARCHAR(10) NOT NULL DEFAULT '',
    "identity" BLOB DEFAULT null,
    "manifest" BLOB DEFAULT null,
    "identity_exp" INTEGER NOT NULL DEFAULT 0,
    "manifest_exp" INTEGER NOT NULL DEFAULT 0,
    "revoked" TEXT NOT NULL DEFAULT '[]',
    "peering" BLOB DEFAULT null,
    "peering_identity" BLOB DEFAULT null,
    "peering_our_version" INTEGER NOT NULL DEFAULT 0,
    "kept_days" INTEGER DEFAULT null,
    "proposal" BLOB DEFAULT null,
    "granted" TEXT NOT NULL DEFAULT '[]',
    "paused_here" BOOLEAN NOT NULL DEFAULT false,
    "paused_there" BOOLEAN NOT NULL DEFAULT false,
    "pause_reason" VARCHAR(300) NOT NULL DEFAULT '',
    "pause_why" VARCHAR(20) NOT NULL DEFAULT '',
    "pause_words" VARCHAR(200) NOT NULL DEFAULT '',
    "paused_why" VARCHAR(40) NOT NULL DEFAULT '',
    "paused_words" VARCHAR(200) NOT NULL DEFAULT '',
    "frozen" BOOLEAN NOT NULL DEFAULT false,
    "ended" BOOLEAN NOT NULL DEFAULT false,
    "fingerprint" BLOB DEFAULT null,
    "token" BLOB DEFAULT null,
    "wish" VARCHAR(120) NOT NULL DEFAULT '',
    "agreement" VARCHAR(43) NOT NULL DEFAULT '',
    "declined" VARCHAR(43) NOT NULL DEFAULT '',
    "outcome" VARCHAR(12) NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "confirmed" INTEGER DEFAULT null,
    "ended_at" INTEGER DEFAULT null,
    "ended_by" VARCHAR(4) NOT NULL DEFAULT '',
    "forgot_at" INTEGER DEFAULT null,
    "receipt_due" INTEGER DEFAULT null,
    "receipt_at" INTEGER DEFAULT null,
    "last_contact" INTEGER DEFAULT null,
    "failing_since" INTEGER DEFAULT null,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "next_try" INTEGER NOT NULL DEFAULT 0,
    "try_at" INTEGER DEFAULT null,
    "why" VARCHAR(60) NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "agreement_text" (
    "digest" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "words" TEXT NOT NULL DEFAULT '',
    "own" BOOLEAN NOT NULL DEFAULT false,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "evidence" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "origin" VARCHAR(330) UNIQUE NOT NULL DEFAULT '',
    "fork" TEXT NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "answered" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "evidence_node_id_idx" ON "evidence" ("node_id")""",
    """CREATE TABLE "peering_invitation" (
    "token_hash" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "created" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "used_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "peering_invitation_node_id_idx" ON "peering_invitation" ("node_id")""",
    """CREATE TABLE "charter" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "put" VARCHAR(22) NOT NULL DEFAULT '',
    "joined_at" INTEGER NOT NULL DEFAULT 0,
    "left_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "charter_version" (
    "digest" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "charter" VARCHAR(22) NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "envelope" BLOB NOT NULL DEFAULT '',
    "terms" TEXT NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "standing" BOOLEAN NOT NULL DEFAULT true,
    "decided_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "charter_version_charter_idx" ON "charter_version" ("charter")""",
    """CREATE TABLE "charter_seat" (
    "kid" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "number" INTEGER NOT NULL DEFAULT 0,
    "public" BLOB NOT NULL DEFAULT '',
    "secret" BLOB NOT NULL DEFAULT '',
    "made_at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "charter_signed" (
    "digest" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "charter" VARCHAR(22) NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "charter_signed_charter_idx" ON "charter_signed" ("charter")""",
    """CREATE TABLE "charter_said" (
    "source" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "put" VARCHAR(22) NOT NULL DEFAULT '',
    "charter" VARCHAR(22) NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "digest" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "asked" VARCHAR(40) NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "concern" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "about" VARCHAR(200) NOT NULL DEFAULT '',
    "source" VARCHAR(255) NOT NULL DEFAULT 'home',
    "thread" VARCHAR(43) NOT NULL DEFAULT '',
    "raised_by" VARCHAR(43) DEFAULT null,
    "raised_at" INTEGER NOT NULL DEFAULT 0,
    "words" BLOB DEFAULT null,
    "contact" BLOB DEFAULT null,
    "urgent" BOOLEAN NOT NULL DEFAULT false,
    "told_lead" BOOLEAN NOT NULL DEFAULT true,
    "told_deputy" BOOLEAN NOT NULL DEFAULT true,
    "opened_at" INTEGER DEFAULT null,
    "opened_by" VARCHAR(43) DEFAULT null,
    "closed_at" INTEGER DEFAULT null,
    "closed_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "concern_about_idx" ON "concern" ("about")""",
    """CREATE INDEX "concern_raised_by_idx" ON "concern" ("raised_by")""",
    """CREATE INDEX "concern_raised_at_idx" ON "concern" ("raised_at")""",
    """CREATE TABLE "concern_reader" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "person" VARCHAR(43) NOT NULL DEFAULT '',
    "role" VARCHAR(8) NOT NULL DEFAULT '',
    "since" INTEGER NOT NULL DEFAULT 0,
    "added_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "concern_reader_concern_idx" ON "concern_reader" ("concern")""",
    """CREATE INDEX "concern_reader_person_idx" ON "concern_reader" ("person")""",
    """CREATE TABLE "concern_kept_out" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "person" VARCHAR(43) NOT NULL DEFAULT '',
    "why" VARCHAR(16) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "concern_kept_out_concern_idx" ON "concern_kept_out" ("concern")""",
    """CREATE INDEX "concern_kept_out_person_idx" ON "concern_kept_out" ("person")""",
    """CREATE TABLE "concern_note" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "number" INTEGER NOT NULL DEFAULT 0,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "wishes" BLOB DEFAULT null,
    "capacity" BLOB DEFAULT null,
    "danger" BLOB DEFAULT null,
    "decision" BLOB DEFAULT null,
    "reasons" BLOB DEFAULT null,
    "referral" BLOB DEFAULT null,
    "outcome" BLOB DEFAULT null
)""",
    """CREATE INDEX "concern_note_concern_idx" ON "concern_note" ("concern")""",
    """CREATE TABLE "concern_escalation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "step" INTEGER NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "concern_escalation_concern_idx" ON "concern_escalation" ("concern")""",
    """CREATE TABLE "told_other" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "to_node" VARCHAR(255) NOT NULL DEFAULT '',
    "thread" VARCHAR(43) NOT NULL DEFAULT '',
    "about" VARCHAR(43) NOT NULL DEFAULT '',
    "urgency" VARCHAR(8) NOT NULL DEFAULT '',
    "words" BLOB DEFAULT null,
    "reach" BLOB DEFAULT null,
    "reason" BLOB DEFAULT null,
    "decided_by" VARCHAR(43) NOT NULL DEFAULT '',
    "decided_at" INTEGER NOT NULL DEFAULT 0,
    "reached_at" INTEGER DEFAULT null,
    "delayed_at" INTEGER DEFAULT null,
    "failed_at" INTEGER DEFAULT null,
    "why" VARCHAR(64) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "told_other_concern_idx" ON "told_other" ("concern")""",
    """CREATE TABLE "safeguarding_hold" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "subject" VARCHAR(200) NOT NULL DEFAULT '',
    "reason" BLOB DEFAULT null,
    "placed_by" VARCHAR(43) NOT NULL DEFAULT '',
    "placed_at" INTEGER NOT NULL DEFAULT 0,
    "lift_reason" BLOB DEFAULT null,
    "lifted_by" VARCHAR(43) DEFAULT null,
    "lifted_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "safeguarding_hold_concern_idx" ON "safeguarding_hold" ("concern")""",
    """CREATE INDEX "safeguarding_hold_subject_idx" ON "safeguarding_hold" ("subject")""",
    """CREATE TABLE "concern_event" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL DEFAULT '',
    "what" VARCHAR(32) NOT NULL DEFAULT '',
    "by" VARCHAR(43) DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "concern_event_concern_idx" ON "concern_event" ("concern")""",
    """CREATE TABLE "safeguarding_setup" (
    "id" VARCHAR(8) PRIMARY KEY NOT NULL DEFAULT '',
    "out_of_hours" VARCHAR(40) NOT NULL DEFAULT '',
    "lead_phone" VARCHAR(40) NOT NULL DEFAULT '',
    "deputy_phone" VARCHAR(40) NOT NULL DEFAULT '',
    "set_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "feed_log" (
    "no" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "size" INTEGER NOT NULL DEFAULT 0,
    "frontier" BLOB NOT NULL DEFAULT '',
    "note" TEXT NOT NULL DEFAULT '',
    "note_time" INTEGER NOT NULL DEFAULT 0,
    "live" INTEGER NOT NULL DEFAULT 0,
    "closed" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE INDEX "feed_log_topic_idx" ON "feed_log" ("topic")""",
    """CREATE TABLE "feed_entry" (
    "place" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "kind" VARCHAR(8) NOT NULL DEFAULT '',
    "item" VARCHAR(22) DEFAULT null,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "commitment" BLOB DEFAULT null,
    "salt" BLOB DEFAULT null,
    "body" BLOB DEFAULT null,
    "not_to" TEXT NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "feed_entry_item_idx" ON "feed_entry" ("item")""",
    """CREATE TABLE "feed_item" (
    "reference" VARCHAR(200) PRIMARY KEY NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "item" VARCHAR(22) NOT NULL DEFAULT '',
    "digest" BLOB NOT NULL DEFAULT '',
    "iat" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "feed_item_topic_idx" ON "feed_item" ("topic")""",
    """CREATE INDEX "feed_item_expires_idx" ON "feed_item" ("expires")""",
    """CREATE TABLE "followed" (
    "no" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "size" INTEGER NOT NULL DEFAULT 0,
    "root" BLOB NOT NULL DEFAULT '',
    "frontier" BLOB NOT NULL DEFAULT '',
    "note" TEXT NOT NULL DEFAULT '',
    "note_time" INTEGER NOT NULL DEFAULT 0,
    "live" INTEGER NOT NULL DEFAULT -1,
    "closed" BOOLEAN NOT NULL DEFAULT false,
    "granted" INTEGER NOT NULL DEFAULT 0,
    "restored" BOOLEAN NOT NULL DEFAULT false,
    "alarm" VARCHAR(20) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "followed_peer_idx" ON "followed" ("peer")""",
    """CREATE TABLE "followed_entry" (
    "place" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "kind" VARCHAR(10) NOT NULL DEFAULT '',
    "leaf" BLOB NOT NULL DEFAULT '',
    "item" VARCHAR(22) DEFAULT null,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "salt" BLOB DEFAULT null,
    "body" BLOB DEFAULT null,
    "visible" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE INDEX "followed_entry_item_idx" ON "followed_entry" ("item")""",
    """CREATE TABLE "source" (
    "peer" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "shown" BOOLEAN NOT NULL DEFAULT true
)""",
    """CREATE TABLE "dead_id" (
    "key" VARCHAR(300) PRIMARY KEY NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "until" INTEGER NOT NULL DEFAULT 0,
    "erased" BOOLEAN NOT NULL DEFAULT true,
    "epoch" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "dead_id_source_idx" ON "dead_id" ("source")""",
    """CREATE INDEX "dead_id_until_idx" ON "dead_id" ("until")""",
    """CREATE TABLE "set_aside" (
    "place" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "idx" INTEGER NOT NULL DEFAULT 0,
    "reason" VARCHAR(60) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "set_aside_source_idx" ON "set_aside" ("source")""",
    """CREATE TABLE "erasure_due" (
    "key" VARCHAR(320) PRIMARY KEY NOT NULL DEFAULT '',
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "idx" INTEGER NOT NULL DEFAULT 0,
    "asked" INTEGER NOT NULL DEFAULT 0,
    "due" INTEGER NOT NULL DEFAULT 0,
    "done_at" INTEGER DEFAULT null,
    "told" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE INDEX "erasure_due_peer_idx" ON "erasure_due" ("peer")""",
    """CREATE INDEX "erasure_due_due_idx" ON "erasure_due" ("due")""",
    """CREATE TABLE "parting_receipt" (
    "peering" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "signed" BLOB NOT NULL DEFAULT '',
    "identity" BLOB NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "parting_receipt_peer_idx" ON "parting_receipt" ("peer")""",
    """CREATE TABLE "held_of_us" (
    "key" VARCHAR(280) PRIMARY KEY NOT NULL DEFAULT '',
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "size" INTEGER NOT NULL DEFAULT 0,
    "note_time" INTEGER NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "held_of_us_peer_idx" ON "held_of_us" ("peer")""",
    """CREATE TABLE "letter_out" (
    "reference" VARCHAR(200) PRIMARY KEY NOT NULL DEFAULT '',
    "jti" VARCHAR(22) NOT NULL DEFAULT '',
    "receiver" VARCHAR(253) NOT NULL DEFAULT '',
    "kind" VARCHAR(40) NOT NULL DEFAULT '',
    "sealed" BLOB DEFAULT null,
    "exp" INTEGER NOT NULL DEFAULT 0,
    "sent_at" INTEGER DEFAULT null,
    "told" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE TABLE "letter_in" (
    "key" VARCHAR(300) PRIMARY KEY NOT NULL DEFAULT '',
    "reason" VARCHAR(60) NOT NULL DEFAULT '',
    "until" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "letter_in_until_idx" ON "letter_in" ("until")""",
    """CREATE TABLE "used_nonce" (
    "key" VARCHAR(330) PRIMARY KEY NOT NULL DEFAULT '',
    "until" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "used_nonce_until_idx" ON "used_nonce" ("until")""",
    """CREATE TABLE "peer_bucket" (
    "peer" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "tokens" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "follow_lease" (
    "peer" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "worker" VARCHAR(80) NOT NULL DEFAULT '',
    "until" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "follow_lease_worker_idx" ON "follow_lease" ("worker")""",
    """CREATE TABLE "day_taken" (
    "key" VARCHAR(280) PRIMARY KEY NOT NULL DEFAULT '',
    "day" INTEGER NOT NULL DEFAULT 0,
    "entries" INTEGER NOT NULL DEFAULT 0,
    "snapshots" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "day_taken_day_idx" ON "day_taken" ("day")""",
    """CREATE TABLE "concerns_taken" (
    "key" VARCHAR(280) PRIMARY KEY NOT NULL DEFAULT '',
    "day" INTEGER NOT NULL DEFAULT 0,
    "taken" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "concerns_taken_day_idx" ON "concerns_taken" ("day")""",
    """CREATE TABLE "supporter" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) UNIQUE NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "induction_on" INTEGER NOT NULL DEFAULT 0,
    "promise_on" INTEGER NOT NULL DEFAULT 0,
    "supervisor" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "next_check_in" INTEGER NOT NULL DEFAULT 0,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "supporter_supervisor_idx" ON "supporter" ("supervisor")""",
    """CREATE TABLE "supporter_check_in" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "supporter" VARCHAR(43) NOT NULL REFERENCES "supporter" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "next" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "supporter_check_in_supporter_idx" ON "supporter_check_in" ("supporter")""",
    """CREATE TABLE "offer" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "supporter" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "created_at" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 1
)""",
    """CREATE INDEX "offer_supporter_idx" ON "offer" ("supporter")""",
    """CREATE TABLE "offer_revision" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "number" INTEGER NOT NULL DEFAULT 0,
    "written_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "content" BLOB DEFAULT null
)""",
    """CREATE INDEX "offer_revision_offer_idx" ON "offer_revision" ("offer")""",
    """CREATE TABLE "offer_submission" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "revision" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer_revision" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_approval" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "revision" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer_revision" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_return" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "revision" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer_revision" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "note" BLOB DEFAULT null
)""",
    """CREATE TABLE "offer_confirmation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "offer_confirmation_offer_idx" ON "offer_confirmation" ("offer")""",
    """CREATE TABLE "offer_withdrawal" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_audience" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "home_only" BOOLEAN NOT NULL DEFAULT true,
    "careful_ok" BOOLEAN NOT NULL DEFAULT false,
    "not_to" TEXT NOT NULL DEFAULT '[]'
)""",
    """CREATE TABLE "offer_places" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "places" INTEGER NOT NULL DEFAULT 0,
    "open" INTEGER NOT NULL DEFAULT 0,
    "changed_at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_away" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "until" INTEGER NOT NULL DEFAULT 0,
    "said_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "assisted_search" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "helper" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "alone_at" INTEGER NOT NULL DEFAULT 0,
    "choices" BLOB DEFAULT null
)""",
    """CREATE INDEX "assisted_search_person_idx" ON "assisted_search" ("person")""",
    """CREATE TABLE "listing" (
    "n" INTEGER PRIMARY KEY NOT NULL,
    "id" VARCHAR(22) UNIQUE NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "offer_id" VARCHAR(22) NOT NULL DEFAULT '',
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" INTEGER NOT NULL DEFAULT 0,
    "open" INTEGER NOT NULL DEFAULT 0,
    "away_until" INTEGER DEFAULT null,
    "shuffle" INTEGER NOT NULL DEFAULT 0,
    "x" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "y" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "z" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "kind" VARCHAR(12) NOT NULL DEFAULT '',
    "lat" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "lon" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "places" INTEGER NOT NULL DEFAULT 0,
    "replies" INTEGER NOT NULL DEFAULT 0,
    "checked_on" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "published_at" INTEGER NOT NULL DEFAULT 0,
    "area" TEXT NOT NULL DEFAULT '',
    "topics" TEXT NOT NULL DEFAULT '',
    "ways" TEXT NOT NULL DEFAULT '',
    "languages" TEXT NOT NULL DEFAULT '',
    "have" TEXT NOT NULL DEFAULT '',
    "how" TEXT NOT NULL DEFAULT '',
    "limits" TEXT NOT NULL DEFAULT '',
    "times" TEXT NOT NULL DEFAULT '',
    "tokens" TEXT NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "listing_node_id_idx" ON "listing" ("node_id")""",
    """CREATE TABLE "fact" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "about" VARCHAR(10) NOT NULL DEFAULT '',
    "says" TEXT NOT NULL DEFAULT '',
    "written_by" VARCHAR(43) NOT NULL DEFAULT '',
    "written_at" INTEGER NOT NULL DEFAULT 0,
    "replaces" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "fact_replaces_idx" ON "fact" ("replaces")""",
    """CREATE TABLE "fact_agreement" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "fact" VARCHAR(43) UNIQUE NOT NULL REFERENCES "fact" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "circle" TEXT NOT NULL DEFAULT '',
    "agreed_on" INTEGER NOT NULL DEFAULT 0,
    "review_on" INTEGER NOT NULL DEFAULT 0,
    "words" TEXT NOT NULL DEFAULT '',
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT '',
    "recorded_at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "fact_confirmation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "fact" VARCHAR(43) UNIQUE NOT NULL REFERENCES "fact" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "confirmed_by" VARCHAR(43) NOT NULL DEFAULT '',
    "confirmed_at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "fact_withdrawal" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "fact" VARCHAR(43) UNIQUE NOT NULL REFERENCES "fact" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "withdrawn_by" VARCHAR(43) NOT NULL DEFAULT '',
    "withdrawn_at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "neighbour_fact" (
    "id" VARCHAR(276) PRIMARY KEY NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" INTEGER NOT NULL DEFAULT 0,
    "declared_at" INTEGER NOT NULL DEFAULT 0,
    "about" VARCHAR(10) NOT NULL DEFAULT '',
    "says" TEXT NOT NULL DEFAULT '',
    "circle" TEXT NOT NULL DEFAULT '',
    "agreed_on" INTEGER NOT NULL DEFAULT 0,
    "review_on" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "neighbour_fact_node_id_idx" ON "neighbour_fact" ("node_id")""",
    """CREATE TABLE "introduction" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "thread" VARCHAR(22) NOT NULL DEFAULT '',
    "thread_out" VARCHAR(22) NOT NULL DEFAULT '',
    "side" VARCHAR(10) NOT NULL DEFAULT '',
    "other_node" VARCHAR(253) NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "status" VARCHAR(14) NOT NULL DEFAULT '',
    "group_offer" BOOLEAN NOT NULL DEFAULT false,
    "silent" BOOLEAN NOT NULL DEFAULT false,
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "person_gone" VARCHAR(4) NOT NULL DEFAULT '',
    "asked_at" INTEGER NOT NULL DEFAULT 0,
    "answer_by" INTEGER NOT NULL DEFAULT 0,
    "ask" BLOB DEFAULT null,
    "asker_ref" VARCHAR(43) NOT NULL DEFAULT '',
    "ask_reached_at" INTEGER DEFAULT null,
    "answered_at" INTEGER DEFAULT null,
    "both_shared_at" INTEGER DEFAULT null,
    "ended_at" INTEGER DEFAULT null,
    "ended_how" VARCHAR(20) NOT NULL DEFAULT '',
    "erase_at" INTEGER DEFAULT null,
    "erased_at" INTEGER DEFAULT null,
    "place_taken" BOOLEAN NOT NULL DEFAULT false,
    "had" INTEGER NOT NULL DEFAULT 0,
    "had_of" INTEGER NOT NULL DEFAULT 6,
    "review_due_at" INTEGER DEFAULT null,
    "lead_told_at" INTEGER DEFAULT null,
    "changed_at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_thread_idx" ON "introduction" ("thread")""",
    """CREATE INDEX "introduction_person_idx" ON "introduction" ("person")""",
    """CREATE INDEX "introduction_status_idx" ON "introduction" ("status")""",
    """CREATE INDEX "introduction_asker_ref_idx" ON "introduction" ("asker_ref")""",
    """CREATE TABLE "introduction_event" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "seq" INTEGER NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL DEFAULT 0,
    "event" VARCHAR(30) NOT NULL DEFAULT '',
    "params" TEXT NOT NULL DEFAULT '{}'
)""",
    """CREATE INDEX "introduction_event_introduction_idx" ON "introduction_event" ("introduction")""",
    """CREATE TABLE "introduction_message" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "no" INTEGER NOT NULL DEFAULT 0,
    "at" INTEGER NOT NULL DEFAULT 0,
    "words" BLOB DEFAULT null,
    "quick" VARCHAR(20) NOT NULL DEFAULT '',
    "reached_at" INTEGER DEFAULT null,
    "failed_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "introduction_message_introduction_idx" ON "introduction_message" ("introduction")""",
    """CREATE TABLE "introduction_answer" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "yes" BOOLEAN NOT NULL DEFAULT false,
    "at" INTEGER NOT NULL DEFAULT 0,
    "quick" VARCHAR(20) NOT NULL DEFAULT '',
    "words" BLOB DEFAULT null
)""",
    """CREATE TABLE "introduction_share" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "no" INTEGER NOT NULL DEFAULT 0,
    "fields" VARCHAR(60) NOT NULL DEFAULT '',
    "confirmed_at" INTEGER DEFAULT null,
    "left_at" INTEGER DEFAULT null,
    "reached_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "introduction_shared" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "no" INTEGER NOT NULL DEFAULT 0,
    "ready" BOOLEAN NOT NULL DEFAULT false,
    "details" BLOB DEFAULT null,
    "came_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "introduction_plan" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "no" INTEGER NOT NULL DEFAULT 0,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "plan" BLOB DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0,
    "ends_at" INTEGER NOT NULL DEFAULT 0,
    "agreed_at" INTEGER DEFAULT null,
    "agreed_no" INTEGER NOT NULL DEFAULT 0,
    "lead_told_at" INTEGER DEFAULT null
)""",
    """CREATE TABLE "introduction_check_out" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "plan_no" INTEGER NOT NULL DEFAULT 0,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_check_out_introduction_idx" ON "introduction_check_out" ("introduction")""",
    """CREATE TABLE "introduction_review" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0,
    "answers" BLOB DEFAULT null
)""",
    """CREATE INDEX "introduction_review_introduction_idx" ON "introduction_review" ("introduction")""",
    """CREATE TABLE "introduction_ending" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "how" VARCHAR(12) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0,
    "words" BLOB DEFAULT null,
    "to_word_by" INTEGER DEFAULT null,
    "worded_at" INTEGER DEFAULT null,
    "worded_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "introduction_withdrawal" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "introduction_sealed_copy" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "thread" BLOB DEFAULT null,
    "until" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_sealed_copy_introduction_idx" ON "introduction_sealed_copy" ("introduction")""",
    """CREATE TABLE "introduction_never_again" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "supporter" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "asker_ref" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_never_again_supporter_idx" ON "introduction_never_again" ("supporter")""",
    """CREATE INDEX "introduction_never_again_asker_ref_idx" ON "introduction_never_again" ("asker_ref")""",
    """CREATE TABLE "introduction_help" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "helper" VARCHAR(43) NOT NULL DEFAULT '',
    "assisted" VARCHAR(43) NOT NULL DEFAULT '',
    "asked_alone" BOOLEAN NOT NULL DEFAULT false,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "introduction_sending" (
    "letter" VARCHAR(100) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "put_at" INTEGER NOT NULL DEFAULT 0,
    "first_at" INTEGER NOT NULL DEFAULT 0,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "left_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "introduction_sending_introduction_idx" ON "introduction_sending" ("introduction")""",
    """CREATE TABLE "introduction_early_ending" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "thread" VARCHAR(22) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_early_ending_thread_idx" ON "introduction_early_ending" ("thread")""",
    """CREATE INDEX "introduction_early_ending_at_idx" ON "introduction_early_ending" ("at")""",
    """CREATE TABLE "introduction_back_notice" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "listing" BLOB DEFAULT null,
    "until" INTEGER DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_back_notice_person_idx" ON "introduction_back_notice" ("person")""",
    """CREATE TABLE "call_request" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0,
    "name" BLOB DEFAULT null,
    "phone" BLOB DEFAULT null,
    "about" BLOB DEFAULT null,
    "suits" VARCHAR(12) NOT NULL DEFAULT 'any',
    "phone_blind" VARCHAR(43) NOT NULL DEFAULT '',
    "done_at" INTEGER DEFAULT null,
    "done_by" VARCHAR(43) DEFAULT null,
    "erase_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "call_request_person_idx" ON "call_request" ("person")""",
    """CREATE INDEX "call_request_at_idx" ON "call_request" ("at")""",
    """CREATE TABLE "copy_request" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "asked_at" INTEGER NOT NULL DEFAULT 0,
    "asked_by" VARCHAR(43) NOT NULL DEFAULT '',
    "introductions" VARCHAR(3) NOT NULL DEFAULT 'no',
    "due" INTEGER NOT NULL DEFAULT 0,
    "opened_at" INTEGER DEFAULT null,
    "opened_by" VARCHAR(43) DEFAULT null,
    "content" BLOB DEFAULT null,
    "note" BLOB DEFAULT null,
    "handed_at" INTEGER DEFAULT null,
    "handed_by" VARCHAR(43) DEFAULT null,
    "over_at" INTEGER DEFAULT null,
    "taken_back_at" INTEGER DEFAULT null
)""",
    """CREATE INDEX "copy_request_person_idx" ON "copy_request" ("person")""",
    """CREATE INDEX "copy_request_due_idx" ON "copy_request" ("due")""",
    """CREATE TABLE "copy_left_out" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "request" VARCHAR(22) NOT NULL REFERENCES "copy_request" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "entry" VARCHAR(120) NOT NULL DEFAULT '',
    "reason" VARCHAR(16) NOT NULL DEFAULT '',
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "copy_left_out_request_idx" ON "copy_left_out" ("request")""",
    """CREATE TABLE "data_complaint" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0,
    "readers" VARCHAR(12) NOT NULL DEFAULT 'all',
    "words" BLOB DEFAULT null,
    "contact" BLOB DEFAULT null,
    "due" INTEGER NOT NULL DEFAULT 0,
    "acknowledged_at" INTEGER DEFAULT null,
    "acknowledged_by" VARCHAR(43) DEFAULT null,
    "answer" BLOB DEFAULT null,
    "answered_at" INTEGER DEFAULT null,
    "answered_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "data_complaint_person_idx" ON "data_complaint" ("person")""",
    """CREATE INDEX "data_complaint_at_idx" ON "data_complaint" ("at")""",
    """CREATE TABLE "keys_kept" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "place" BLOB DEFAULT null,
    "holder" BLOB DEFAULT null,
    "at" INTEGER NOT NULL DEFAULT 0,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "keys_kept_at_idx" ON "keys_kept" ("at")""",
    """CREATE TABLE "reply_link" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "what" VARCHAR(12) NOT NULL DEFAULT '',
    "subject" VARCHAR(22) NOT NULL DEFAULT '',
    "allowed" VARCHAR(60) NOT NULL DEFAULT '',
    "since" INTEGER NOT NULL DEFAULT 0,
    "made_at" INTEGER NOT NULL DEFAULT 0,
    "expires" INTEGER NOT NULL DEFAULT 0,
    "used_at" INTEGER DEFAULT null,
    "answer" VARCHAR(12) DEFAULT null
)""",
    """CREATE INDEX "reply_link_person_idx" ON "reply_link" ("person")""",
    """CREATE INDEX "reply_link_expires_idx" ON "reply_link" ("expires")""",
    """CREATE TRIGGER data_key_stays_destroyed BEFORE UPDATE ON data_key WHEN OLD.destroyed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a destroyed data key stays destroyed'); END""",
    """CREATE TRIGGER journal_entry_no_update BEFORE UPDATE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END""",
    """CREATE TRIGGER journal_entry_no_delete BEFORE DELETE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'journal_entry is append-only'); END""",
    """CREATE TRIGGER access_event_no_update BEFORE UPDATE ON access_event
BEGIN SELECT RAISE(ABORT, 'access_event is append-only'); END""",
    """CREATE TRIGGER access_event_no_delete BEFORE DELETE ON access_event
BEGIN SELECT RAISE(ABORT, 'access_event is append-only'); END""",
    """CREATE TRIGGER journal_head_moves_on BEFORE UPDATE ON journal_head WHEN NEW.number <> OLD.number + 1
BEGIN SELECT RAISE(ABORT, 'journal_head moves on by one'); END""",
    """CREATE TRIGGER journal_head_stays BEFORE DELETE ON journal_head
BEGIN SELECT RAISE(ABORT, 'journal_head stays'); END""",
    "CREATE INDEX access_event_whom_at ON access_event (whom, at)",
    "CREATE INDEX journal_entry_subject ON journal_entry (subject, act)",
    "CREATE UNIQUE INDEX outbox_open_once ON outbox (kind, ref) WHERE state = 'open'",
    "CREATE INDEX outbox_open_due ON outbox (kind, due, id) WHERE state = 'open'",
    "CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state <> 'open'",
    "CREATE UNIQUE INDEX inbox_once ON inbox (source, jti)",
    "CREATE UNIQUE INDEX closing_stands ON closing ((taken_back_at IS NULL)) WHERE taken_back_at IS NULL",
    "CREATE UNIQUE INDEX role_held_once ON role_held (person, role) WHERE until IS NULL",
    "CREATE UNIQUE INDEX delegation_once ON delegation (person, delegate) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX signin_try_once ON signin_try (kind, key, hour)",
    "CREATE UNIQUE INDEX totp_once ON totp (person) WHERE ended_at IS NULL AND confirmed_at IS NOT NULL",
    "CREATE UNIQUE INDEX recovery_once ON recovery (person) WHERE taken_back_at IS NULL AND done_at IS NULL",
    "CREATE UNIQUE INDEX invitation_wish_once ON invitation_wish (invitation) WHERE answered_at IS NULL",
    "CREATE UNIQUE INDEX charter_version_standing ON charter_version (charter, version) WHERE standing",
    """CREATE TRIGGER concern_note_no_update BEFORE UPDATE ON concern_note
BEGIN SELECT RAISE(ABORT, 'concern_note is append-only'); END""",
    """CREATE TRIGGER concern_note_no_delete BEFORE DELETE ON concern_note
BEGIN SELECT RAISE(ABORT, 'concern_note is append-only'); END""",
    """CREATE TRIGGER concern_event_no_update BEFORE UPDATE ON concern_event
BEGIN SELECT RAISE(ABORT, 'concern_event is append-only'); END""",
    """CREATE TRIGGER concern_event_no_delete BEFORE DELETE ON concern_event
BEGIN SELECT RAISE(ABORT, 'concern_event is append-only'); END""",
    """CREATE TRIGGER concern_kept_out_no_update BEFORE UPDATE ON concern_kept_out
BEGIN SELECT RAISE(ABORT, 'concern_kept_out is append-only'); END""",
    """CREATE TRIGGER concern_kept_out_no_delete BEFORE DELETE ON concern_kept_out
BEGIN SELECT RAISE(ABORT, 'concern_kept_out is append-only'); END""",
    "CREATE UNIQUE INDEX concern_reader_once ON concern_reader (concern, person)",
    "CREATE UNIQUE INDEX concern_note_number ON concern_note (concern, number)",
    "CREATE UNIQUE INDEX concern_escalation_once ON concern_escalation (concern, step)",
    "CREATE INDEX followed_entry_expiry ON followed_entry (expires) WHERE kind = 'put'",
    "CREATE UNIQUE INDEX followed_epoch ON followed (peer, topic, epoch)",
    "CREATE UNIQUE INDEX feed_log_epoch ON feed_log (topic, epoch)",
    """CREATE VIRTUAL TABLE listing_words USING fts5(tokens, content='listing', content_rowid='n', tokenize="ascii tokenchars '_:.-'", detail=none, columnsize=0)""",
    "CREATE INDEX listing_narrow ON listing (n, hidden, expires_at, open, away_until, shuffle, x, y, z, id)",
    "CREATE UNIQUE INDEX offer_revision_number ON offer_revision (offer, number)",
    "CREATE UNIQUE INDEX introduction_once ON introduction (other_node, thread)",
    "CREATE UNIQUE INDEX introduction_message_once ON introduction_message (introduction, mine, no)",
    "CREATE UNIQUE INDEX introduction_event_order ON introduction_event (introduction, seq)",
    "CREATE UNIQUE INDEX introduction_check_out_once ON introduction_check_out (introduction, plan_no, mine)",
    "CREATE UNIQUE INDEX call_request_waits_once ON call_request (phone_blind) WHERE done_at IS NULL",
    "CREATE UNIQUE INDEX copy_request_waits_once ON copy_request (person) WHERE handed_at IS NULL AND taken_back_at IS NULL",
    "CREATE UNIQUE INDEX copy_left_out_once ON copy_left_out (request, entry)",
    "CREATE UNIQUE INDEX reply_link_open_once ON reply_link (person, what, subject) WHERE used_at IS NULL",
)

POSTGRES: tuple[str, ...] = (
    """CREATE TABLE "form_sent" (
    "key" VARCHAR(64) PRIMARY KEY NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "answer" TEXT NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "form_sent_at_idx" ON "form_sent" ("at")""",
    """CREATE TABLE "data_key" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "owner" VARCHAR(100) UNIQUE NOT NULL DEFAULT '',
    "node_key_id" VARCHAR(12) NOT NULL DEFAULT '',
    "wrapped" BYTEA DEFAULT null,
    "created_at" BIGINT NOT NULL DEFAULT 0,
    "destroyed_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "journal_entry" (
    "number" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "at" BIGINT NOT NULL DEFAULT 0,
    "actor" VARCHAR(43) DEFAULT null,
    "act" VARCHAR(80) NOT NULL DEFAULT '',
    "subject" VARCHAR(200) NOT NULL DEFAULT '',
    "detail" TEXT NOT NULL DEFAULT '',
    "digest" BYTEA NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "journal_head" (
    "id" VARCHAR(4) PRIMARY KEY NOT NULL DEFAULT '',
    "number" BIGINT NOT NULL DEFAULT 0,
    "digest" BYTEA NOT NULL DEFAULT '',
    "seal" BYTEA NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "access_event" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "who" VARCHAR(43) NOT NULL DEFAULT '',
    "whom" VARCHAR(43) NOT NULL DEFAULT '',
    "kind" VARCHAR(80) NOT NULL DEFAULT '',
    "why" VARCHAR(80) NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "outbox" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "kind" VARCHAR(40) NOT NULL DEFAULT '',
    "ref" VARCHAR(200) NOT NULL DEFAULT '',
    "destination" VARCHAR(253) NOT NULL DEFAULT '',
    "state" VARCHAR(4) NOT NULL DEFAULT 'open',
    "put_at" BIGINT NOT NULL DEFAULT 0,
    "due" BIGINT NOT NULL DEFAULT 0,
    "due_again" BIGINT DEFAULT null,
    "expires" BIGINT DEFAULT null,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "lease" VARCHAR(22) DEFAULT null,
    "leased_until" BIGINT DEFAULT null,
    "worker" VARCHAR(80) DEFAULT null,
    "why" VARCHAR(80) DEFAULT null,
    "ended_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "inbox" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "jti" VARCHAR(200) NOT NULL DEFAULT '',
    "digest" VARCHAR(128) NOT NULL DEFAULT '',
    "received_at" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "inbox_expires_idx" ON "inbox" ("expires")""",
    """CREATE TABLE "closing" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "said_at" BIGINT NOT NULL DEFAULT 0,
    "said_by" VARCHAR(43) NOT NULL DEFAULT '',
    "on_at" BIGINT NOT NULL DEFAULT 0,
    "until" BIGINT NOT NULL DEFAULT 0,
    "taken_back_at" BIGINT DEFAULT null,
    "done_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "person" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "state" VARCHAR(8) NOT NULL DEFAULT 'active',
    "since" BIGINT NOT NULL DEFAULT 0,
    "joined" BIGINT NOT NULL DEFAULT 0,
    "adult_confirmed" BIGINT NOT NULL DEFAULT 0,
    "entered_by" VARCHAR(43) DEFAULT null,
    "full_name" BYTEA DEFAULT null,
    "known_as" BYTEA DEFAULT null,
    "email" BYTEA DEFAULT null,
    "email_blind" VARCHAR(43) DEFAULT null,
    "phone" BYTEA DEFAULT null
)""",
    """CREATE INDEX "person_state_idx" ON "person" ("state")""",
    """CREATE INDEX "person_email_blind_idx" ON "person" ("email_blind")""",
    """CREATE TABLE "person_state" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "state" VARCHAR(8) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "person_state_person_idx" ON "person_state" ("person")""",
    """CREATE TABLE "role_held" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "role" VARCHAR(32) NOT NULL DEFAULT '',
    "given_by" VARCHAR(43) NOT NULL DEFAULT '',
    "since" BIGINT NOT NULL DEFAULT 0,
    "until" BIGINT DEFAULT null,
    "ended_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "role_held_person_idx" ON "role_held" ("person")""",
    """CREATE INDEX "role_held_role_idx" ON "role_held" ("role")""",
    """CREATE TABLE "invitation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "token_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "roles" TEXT NOT NULL DEFAULT '',
    "name" BYTEA DEFAULT null,
    "email" BYTEA DEFAULT null,
    "known_as" BYTEA DEFAULT null,
    "phone" BYTEA DEFAULT null,
    "invited_by" VARCHAR(43) NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "used_at" BIGINT DEFAULT null,
    "used_by" VARCHAR(43) DEFAULT null,
    "revoked_at" BIGINT DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "access_token" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "token_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "label" BYTEA DEFAULT null,
    "scopes" TEXT NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "issued_by" VARCHAR(43) NOT NULL DEFAULT '',
    "revoked_at" BIGINT DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null,
    "last_used" BIGINT DEFAULT null
)""",
    """CREATE INDEX "access_token_person_idx" ON "access_token" ("person")""",
    """CREATE TABLE "page_draft" (
    "id" VARCHAR(80) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "kind" VARCHAR(32) NOT NULL DEFAULT '',
    "value" BYTEA DEFAULT null,
    "until" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "page_draft_person_idx" ON "page_draft" ("person")""",
    """CREATE INDEX "page_draft_until_idx" ON "page_draft" ("until")""",
    """CREATE TABLE "person_settings" (
    "person" VARCHAR(43) PRIMARY KEY NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "language" VARCHAR(8) NOT NULL DEFAULT '',
    "large" BOOLEAN NOT NULL DEFAULT false,
    "mail" VARCHAR(8) NOT NULL DEFAULT 'at_once',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "person_mail" (
    "person" VARCHAR(43) PRIMARY KEY NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "sent_at" BIGINT DEFAULT null,
    "refused_at" BIGINT DEFAULT null,
    "refused_blind" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "delegation" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "delegate" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "scopes" TEXT NOT NULL DEFAULT '',
    "introductions_at" BIGINT DEFAULT null,
    "until" BIGINT NOT NULL DEFAULT 0,
    "named_at" BIGINT NOT NULL DEFAULT 0,
    "accepted_at" BIGINT DEFAULT null,
    "ended_at" BIGINT DEFAULT null,
    "ended_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "delegation_person_idx" ON "delegation" ("person")""",
    """CREATE INDEX "delegation_delegate_idx" ON "delegation" ("delegate")""",
    """CREATE TABLE "helper_code" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "code_hash" VARCHAR(43) NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "helper_code_person_idx" ON "helper_code" ("person")""",
    """CREATE INDEX "helper_code_code_hash_idx" ON "helper_code" ("code_hash")""",
    """CREATE TABLE "session" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "cookie_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "previous_hash" VARCHAR(43) DEFAULT null,
    "rotated_at" BIGINT DEFAULT null,
    "sending" VARCHAR(64) DEFAULT null,
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "how" VARCHAR(12) NOT NULL DEFAULT '',
    "label" BYTEA DEFAULT null,
    "signed_in" BIGINT NOT NULL DEFAULT 0,
    "days" INTEGER NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "shared" BOOLEAN NOT NULL DEFAULT true,
    "device_said" BIGINT DEFAULT null,
    "idle_until" BIGINT DEFAULT null,
    "last_used" BIGINT NOT NULL DEFAULT 0,
    "proved_at" BIGINT DEFAULT null,
    "delegation" VARCHAR(22) REFERENCES "delegation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "revoked_at" BIGINT DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "session_previous_hash_idx" ON "session" ("previous_hash")""",
    """CREATE INDEX "session_person_idx" ON "session" ("person")""",
    """CREATE INDEX "session_expires_idx" ON "session" ("expires")""",
    """CREATE TABLE "signin_pending" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "browser" VARCHAR(43) NOT NULL DEFAULT '',
    "address" VARCHAR(43) NOT NULL DEFAULT '',
    "salt" VARCHAR(43) NOT NULL DEFAULT '',
    "link_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "how" VARCHAR(12) NOT NULL DEFAULT '',
    "verified_at" BIGINT DEFAULT null,
    "ended_at" BIGINT DEFAULT null,
    "sending" VARCHAR(64) DEFAULT null,
    "session" VARCHAR(22) DEFAULT null
)""",
    """CREATE INDEX "signin_pending_browser_idx" ON "signin_pending" ("browser")""",
    """CREATE INDEX "signin_pending_address_idx" ON "signin_pending" ("address")""",
    """CREATE INDEX "signin_pending_expires_idx" ON "signin_pending" ("expires")""",
    """CREATE INDEX "signin_pending_sending_idx" ON "signin_pending" ("sending")""",
    """CREATE TABLE "signin_try" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "kind" VARCHAR(16) NOT NULL DEFAULT '',
    "key" VARCHAR(43) NOT NULL DEFAULT '',
    "hour" BIGINT NOT NULL DEFAULT 0,
    "many" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "signin_try_hour_idx" ON "signin_try" ("hour")""",
    """CREATE TABLE "signin_card" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "secret_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "once" BOOLEAN NOT NULL DEFAULT false,
    "made_by" VARCHAR(43) NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "stands_from" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "last_used" BIGINT DEFAULT null,
    "revoked_at" BIGINT DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "signin_card_person_idx" ON "signin_card" ("person")""",
    """CREATE TABLE "passkey" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "credential_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "credential" BYTEA NOT NULL DEFAULT '',
    "public_key" BYTEA NOT NULL DEFAULT '',
    "label" BYTEA DEFAULT null,
    "sign_count" BIGINT NOT NULL DEFAULT 0,
    "created" BIGINT NOT NULL DEFAULT 0,
    "last_used" BIGINT DEFAULT null,
    "revoked_at" BIGINT DEFAULT null,
    "revoked_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "passkey_person_idx" ON "passkey" ("person")""",
    """CREATE TABLE "signin_challenge" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "challenge_hash" VARCHAR(43) UNIQUE NOT NULL DEFAULT '',
    "purpose" VARCHAR(10) NOT NULL DEFAULT '',
    "bound" VARCHAR(43) NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "signin_challenge_bound_idx" ON "signin_challenge" ("bound")""",
    """CREATE INDEX "signin_challenge_expires_idx" ON "signin_challenge" ("expires")""",
    """CREATE TABLE "totp" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "secret" BYTEA NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "confirmed_at" BIGINT DEFAULT null,
    "last_step" BIGINT NOT NULL DEFAULT 0,
    "ended_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "totp_person_idx" ON "totp" ("person")""",
    """CREATE TABLE "recovery_code" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "code_hash" VARCHAR(43) NOT NULL DEFAULT '',
    "no" INTEGER NOT NULL DEFAULT 0,
    "created" BIGINT NOT NULL DEFAULT 0,
    "used_at" BIGINT DEFAULT null,
    "ended_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "recovery_code_person_idx" ON "recovery_code" ("person")""",
    """CREATE INDEX "recovery_code_code_hash_idx" ON "recovery_code" ("code_hash")""",
    """CREATE TABLE "recovery" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "code_hash" VARCHAR(43) NOT NULL DEFAULT '',
    "first" VARCHAR(43) NOT NULL DEFAULT '',
    "first_guarded" BOOLEAN NOT NULL DEFAULT false,
    "first_at" BIGINT NOT NULL DEFAULT 0,
    "mail_lost" BOOLEAN NOT NULL DEFAULT false,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "second" VARCHAR(43) DEFAULT null,
    "second_at" BIGINT DEFAULT null,
    "card" VARCHAR(22) REFERENCES "signin_card" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "stands_from" BIGINT DEFAULT null,
    "taken_back_at" BIGINT DEFAULT null,
    "taken_back_by" VARCHAR(43) DEFAULT null,
    "done_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "recovery_person_idx" ON "recovery" ("person")""",
    """CREATE INDEX "recovery_code_hash_idx" ON "recovery" ("code_hash")""",
    """CREATE TABLE "invitation_wish" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "invitation" VARCHAR(43) NOT NULL REFERENCES "invitation" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "words" BYTEA DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0,
    "answered_at" BIGINT DEFAULT null,
    "answered_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "own_identity" (
    "version" INTEGER PRIMARY KEY NOT NULL DEFAULT 0,
    "envelope" BYTEA NOT NULL DEFAULT '',
    "exp" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "own_manifest" (
    "version" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "identity_version" INTEGER NOT NULL DEFAULT 0,
    "envelope" BYTEA NOT NULL DEFAULT '',
    "exp" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "own_key" (
    "kid" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "use" VARCHAR(8) NOT NULL DEFAULT '',
    "public" BYTEA NOT NULL DEFAULT '',
    "secret" BYTEA DEFAULT null,
    "nbf" BIGINT NOT NULL DEFAULT 0,
    "exp" BIGINT NOT NULL DEFAULT 0,
    "revoked_at" BIGINT DEFAULT null,
    "reason" VARCHAR(200) NOT NULL DEFAULT '',
    "destroyed_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "own_key_use_idx" ON "own_key" ("use")""",
    """CREATE TABLE "own_node" (
    "node_id" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "instance" VARCHAR(22) NOT NULL DEFAULT '',
    "founded" BIGINT NOT NULL DEFAULT 0,
    "started" BOOLEAN NOT NULL DEFAULT false,
    "restored_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "peer" (
    "node_id" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "name" VARCHAR(120) NOT NULL DEFAULT '',
    "step" VARCHAR(10) NOT NULL DEFAULT '',
    "identity" BYTEA DEFAULT null,
    "manifest" BYTEA DEFAULT null,
    "identity_exp" BIGINT NOT NULL DEFAULT 0,
    "manifest_exp" BIGINT NOT NULL DEFAULT 0,
    "revoked" TEXT NOT NULL DEFAULT '[]',
    "peering" BYTEA DEFAULT null,
    "peering_identity" BYTEA DEFAULT null,
    "peering_our_version" INTEGER NOT NULL DEFAULT 0,
    "kept_days" INTEGER DEFAULT null,
    "proposal" BYTEA DEFAULT null,
    "granted" TEXT NOT NULL DEFAULT '[]',
    "paused_here" BOOLEAN NOT NULL DEFAULT false,
    "paused_there" BOOLEAN NOT NULL DEFAULT false,
    "pause_reason" VARCHAR(300) NOT NULL DEFAULT '',
    "pause_why" VARCHAR(20) NOT NULL DEFAULT '',
    "pause_words" VARCHAR(200) NOT NULL DEFAULT '',
    "paused_why" VARCHAR(40) NOT NULL DEFAULT '',
    "paused_words" VARCHAR(200) NOT NULL DEFAULT '',
    "frozen" BOOLEAN NOT NULL DEFAULT false,
    "ended" BOOLEAN NOT NULL DEFAULT false,
    "fingerprint" BYTEA DEFAULT null,
    "token" BYTEA DEFAULT null,
    "wish" VARCHAR(120) NOT NULL DEFAULT '',
    "agreement" VARCHAR(43) NOT NULL DEFAULT '',
    "declined" VARCHAR(43) NOT NULL DEFAULT '',
    "outcome" VARCHAR(12) NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "confirmed" BIGINT DEFAULT null,
    "ended_at" BIGINT DEFAULT null,
    "ended_by" VARCHAR(4) NOT NULL DEFAULT '',
    "forgot_at" BIGINT DEFAULT null,
    "receipt_due" BIGINT DEFAULT null,
    "receipt_at" BIGINT DEFAULT null,
    "last_contact" BIGINT DEFAULT null,
    "failing_since" BIGINT DEFAULT null,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "next_try" BIGINT NOT NULL DEFAULT 0,
    "try_at" BIGINT DEFAULT null,
    "why" VARCHAR(60) NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "agreement_text" (
    "digest" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "words" TEXT NOT NULL DEFAULT '',
    "own" BOOLEAN NOT NULL DEFAULT false,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "evidence" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "origin" VARCHAR(330) UNIQUE NOT NULL DEFAULT '',
    "fork" TEXT NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "answered" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "evidence_node_id_idx" ON "evidence" ("node_id")""",
    """CREATE TABLE "peering_invitation" (
    "token_hash" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "created" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "used_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "peering_invitation_node_id_idx" ON "peering_invitation" ("node_id")""",
    """CREATE TABLE "charter" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "put" VARCHAR(22) NOT NULL DEFAULT '',
    "joined_at" BIGINT NOT NULL DEFAULT 0,
    "left_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "charter_version" (
    "digest" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "charter" VARCHAR(22) NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "envelope" BYTEA NOT NULL DEFAULT '',
    "terms" TEXT NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "standing" BOOLEAN NOT NULL DEFAULT true,
    "decided_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "charter_version_charter_idx" ON "charter_version" ("charter")""",
    """CREATE TABLE "charter_seat" (
    "kid" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "number" INTEGER NOT NULL DEFAULT 0,
    "public" BYTEA NOT NULL DEFAULT '',
    "secret" BYTEA NOT NULL DEFAULT '',
    "made_at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "charter_signed" (
    "digest" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "charter" VARCHAR(22) NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "charter_signed_charter_idx" ON "charter_signed" ("charter")""",
    """CREATE TABLE "charter_said" (
    "source" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "put" VARCHAR(22) NOT NULL DEFAULT '',
    "charter" VARCHAR(22) NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "digest" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "asked" VARCHAR(40) NOT NULL DEFAULT ''
)""",
    """CREATE TABLE "concern" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "about" VARCHAR(200) NOT NULL DEFAULT '',
    "source" VARCHAR(255) NOT NULL DEFAULT 'home',
    "thread" VARCHAR(43) NOT NULL DEFAULT '',
    "raised_by" VARCHAR(43) DEFAULT null,
    "raised_at" BIGINT NOT NULL DEFAULT 0,
    "words" BYTEA DEFAULT null,
    "contact" BYTEA DEFAULT null,
    "urgent" BOOLEAN NOT NULL DEFAULT false,
    "told_lead" BOOLEAN NOT NULL DEFAULT true,
    "told_deputy" BOOLEAN NOT NULL DEFAULT true,
    "opened_at" BIGINT DEFAULT null,
    "opened_by" VARCHAR(43) DEFAULT null,
    "closed_at" BIGINT DEFAULT null,
    "closed_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "concern_about_idx" ON "concern" ("about")""",
    """CREATE INDEX "concern_raised_by_idx" ON "concern" ("raised_by")""",
    """CREATE INDEX "concern_raised_at_idx" ON "concern" ("raised_at")""",
    """CREATE TABLE "concern_reader" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "person" VARCHAR(43) NOT NULL DEFAULT '',
    "role" VARCHAR(8) NOT NULL DEFAULT '',
    "since" BIGINT NOT NULL DEFAULT 0,
    "added_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "concern_reader_concern_idx" ON "concern_reader" ("concern")""",
    """CREATE INDEX "concern_reader_person_idx" ON "concern_reader" ("person")""",
    """CREATE TABLE "concern_kept_out" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "person" VARCHAR(43) NOT NULL DEFAULT '',
    "why" VARCHAR(16) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "concern_kept_out_concern_idx" ON "concern_kept_out" ("concern")""",
    """CREATE INDEX "concern_kept_out_person_idx" ON "concern_kept_out" ("person")""",
    """CREATE TABLE "concern_note" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "number" BIGINT NOT NULL DEFAULT 0,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "wishes" BYTEA DEFAULT null,
    "capacity" BYTEA DEFAULT null,
    "danger" BYTEA DEFAULT null,
    "decision" BYTEA DEFAULT null,
    "reasons" BYTEA DEFAULT null,
    "referral" BYTEA DEFAULT null,
    "outcome" BYTEA DEFAULT null
)""",
    """CREATE INDEX "concern_note_concern_idx" ON "concern_note" ("concern")""",
    """CREATE TABLE "concern_escalation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "step" BIGINT NOT NULL DEFAULT 0,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "concern_escalation_concern_idx" ON "concern_escalation" ("concern")""",
    """CREATE TABLE "told_other" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "to_node" VARCHAR(255) NOT NULL DEFAULT '',
    "thread" VARCHAR(43) NOT NULL DEFAULT '',
    "about" VARCHAR(43) NOT NULL DEFAULT '',
    "urgency" VARCHAR(8) NOT NULL DEFAULT '',
    "words" BYTEA DEFAULT null,
    "reach" BYTEA DEFAULT null,
    "reason" BYTEA DEFAULT null,
    "decided_by" VARCHAR(43) NOT NULL DEFAULT '',
    "decided_at" BIGINT NOT NULL DEFAULT 0,
    "reached_at" BIGINT DEFAULT null,
    "delayed_at" BIGINT DEFAULT null,
    "failed_at" BIGINT DEFAULT null,
    "why" VARCHAR(64) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "told_other_concern_idx" ON "told_other" ("concern")""",
    """CREATE TABLE "safeguarding_hold" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL REFERENCES "concern" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "subject" VARCHAR(200) NOT NULL DEFAULT '',
    "reason" BYTEA DEFAULT null,
    "placed_by" VARCHAR(43) NOT NULL DEFAULT '',
    "placed_at" BIGINT NOT NULL DEFAULT 0,
    "lift_reason" BYTEA DEFAULT null,
    "lifted_by" VARCHAR(43) DEFAULT null,
    "lifted_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "safeguarding_hold_concern_idx" ON "safeguarding_hold" ("concern")""",
    """CREATE INDEX "safeguarding_hold_subject_idx" ON "safeguarding_hold" ("subject")""",
    """CREATE TABLE "concern_event" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "concern" VARCHAR(43) NOT NULL DEFAULT '',
    "what" VARCHAR(32) NOT NULL DEFAULT '',
    "by" VARCHAR(43) DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "concern_event_concern_idx" ON "concern_event" ("concern")""",
    """CREATE TABLE "safeguarding_setup" (
    "id" VARCHAR(8) PRIMARY KEY NOT NULL DEFAULT '',
    "out_of_hours" VARCHAR(40) NOT NULL DEFAULT '',
    "lead_phone" VARCHAR(40) NOT NULL DEFAULT '',
    "deputy_phone" VARCHAR(40) NOT NULL DEFAULT '',
    "set_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "feed_log" (
    "no" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "size" BIGINT NOT NULL DEFAULT 0,
    "frontier" BYTEA NOT NULL DEFAULT '',
    "note" TEXT NOT NULL DEFAULT '',
    "note_time" BIGINT NOT NULL DEFAULT 0,
    "live" BIGINT NOT NULL DEFAULT 0,
    "closed" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE INDEX "feed_log_topic_idx" ON "feed_log" ("topic")""",
    """CREATE TABLE "feed_entry" (
    "place" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "kind" VARCHAR(8) NOT NULL DEFAULT '',
    "item" VARCHAR(22) DEFAULT null,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "commitment" BYTEA DEFAULT null,
    "salt" BYTEA DEFAULT null,
    "body" BYTEA DEFAULT null,
    "not_to" TEXT NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "feed_entry_item_idx" ON "feed_entry" ("item")""",
    """CREATE TABLE "feed_item" (
    "reference" VARCHAR(200) PRIMARY KEY NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "item" VARCHAR(22) NOT NULL DEFAULT '',
    "digest" BYTEA NOT NULL DEFAULT '',
    "iat" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "feed_item_topic_idx" ON "feed_item" ("topic")""",
    """CREATE INDEX "feed_item_expires_idx" ON "feed_item" ("expires")""",
    """CREATE TABLE "followed" (
    "no" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "size" BIGINT NOT NULL DEFAULT 0,
    "root" BYTEA NOT NULL DEFAULT '',
    "frontier" BYTEA NOT NULL DEFAULT '',
    "note" TEXT NOT NULL DEFAULT '',
    "note_time" BIGINT NOT NULL DEFAULT 0,
    "live" BIGINT NOT NULL DEFAULT -1,
    "closed" BOOLEAN NOT NULL DEFAULT false,
    "granted" BIGINT NOT NULL DEFAULT 0,
    "restored" BOOLEAN NOT NULL DEFAULT false,
    "alarm" VARCHAR(20) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "followed_peer_idx" ON "followed" ("peer")""",
    """CREATE TABLE "followed_entry" (
    "place" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "kind" VARCHAR(10) NOT NULL DEFAULT '',
    "leaf" BYTEA NOT NULL DEFAULT '',
    "item" VARCHAR(22) DEFAULT null,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "salt" BYTEA DEFAULT null,
    "body" BYTEA DEFAULT null,
    "visible" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE INDEX "followed_entry_item_idx" ON "followed_entry" ("item")""",
    """CREATE TABLE "source" (
    "peer" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "shown" BOOLEAN NOT NULL DEFAULT true
)""",
    """CREATE TABLE "dead_id" (
    "key" VARCHAR(300) PRIMARY KEY NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "until" BIGINT NOT NULL DEFAULT 0,
    "erased" BOOLEAN NOT NULL DEFAULT true,
    "epoch" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "dead_id_source_idx" ON "dead_id" ("source")""",
    """CREATE INDEX "dead_id_until_idx" ON "dead_id" ("until")""",
    """CREATE TABLE "set_aside" (
    "place" BIGINT PRIMARY KEY NOT NULL DEFAULT 0,
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "idx" BIGINT NOT NULL DEFAULT 0,
    "reason" VARCHAR(60) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "set_aside_source_idx" ON "set_aside" ("source")""",
    """CREATE TABLE "erasure_due" (
    "key" VARCHAR(320) PRIMARY KEY NOT NULL DEFAULT '',
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "idx" BIGINT NOT NULL DEFAULT 0,
    "asked" BIGINT NOT NULL DEFAULT 0,
    "due" BIGINT NOT NULL DEFAULT 0,
    "done_at" BIGINT DEFAULT null,
    "told" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE INDEX "erasure_due_peer_idx" ON "erasure_due" ("peer")""",
    """CREATE INDEX "erasure_due_due_idx" ON "erasure_due" ("due")""",
    """CREATE TABLE "parting_receipt" (
    "peering" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "signed" BYTEA NOT NULL DEFAULT '',
    "identity" BYTEA NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "parting_receipt_peer_idx" ON "parting_receipt" ("peer")""",
    """CREATE TABLE "held_of_us" (
    "key" VARCHAR(280) PRIMARY KEY NOT NULL DEFAULT '',
    "peer" VARCHAR(253) NOT NULL DEFAULT '',
    "topic" VARCHAR(20) NOT NULL DEFAULT '',
    "epoch" BIGINT NOT NULL DEFAULT 0,
    "size" BIGINT NOT NULL DEFAULT 0,
    "note_time" BIGINT NOT NULL DEFAULT 0,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "held_of_us_peer_idx" ON "held_of_us" ("peer")""",
    """CREATE TABLE "letter_out" (
    "reference" VARCHAR(200) PRIMARY KEY NOT NULL DEFAULT '',
    "jti" VARCHAR(22) NOT NULL DEFAULT '',
    "receiver" VARCHAR(253) NOT NULL DEFAULT '',
    "kind" VARCHAR(40) NOT NULL DEFAULT '',
    "sealed" BYTEA DEFAULT null,
    "exp" BIGINT NOT NULL DEFAULT 0,
    "sent_at" BIGINT DEFAULT null,
    "told" BOOLEAN NOT NULL DEFAULT false
)""",
    """CREATE TABLE "letter_in" (
    "key" VARCHAR(300) PRIMARY KEY NOT NULL DEFAULT '',
    "reason" VARCHAR(60) NOT NULL DEFAULT '',
    "until" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "letter_in_until_idx" ON "letter_in" ("until")""",
    """CREATE TABLE "used_nonce" (
    "key" VARCHAR(330) PRIMARY KEY NOT NULL DEFAULT '',
    "until" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "used_nonce_until_idx" ON "used_nonce" ("until")""",
    """CREATE TABLE "peer_bucket" (
    "peer" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "tokens" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "follow_lease" (
    "peer" VARCHAR(253) PRIMARY KEY NOT NULL DEFAULT '',
    "worker" VARCHAR(80) NOT NULL DEFAULT '',
    "until" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "follow_lease_worker_idx" ON "follow_lease" ("worker")""",
    """CREATE TABLE "day_taken" (
    "key" VARCHAR(280) PRIMARY KEY NOT NULL DEFAULT '',
    "day" BIGINT NOT NULL DEFAULT 0,
    "entries" BIGINT NOT NULL DEFAULT 0,
    "snapshots" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "day_taken_day_idx" ON "day_taken" ("day")""",
    """CREATE TABLE "concerns_taken" (
    "key" VARCHAR(280) PRIMARY KEY NOT NULL DEFAULT '',
    "day" BIGINT NOT NULL DEFAULT 0,
    "taken" INTEGER NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "concerns_taken_day_idx" ON "concerns_taken" ("day")""",
    """CREATE TABLE "supporter" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) UNIQUE NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "induction_on" BIGINT NOT NULL DEFAULT 0,
    "promise_on" BIGINT NOT NULL DEFAULT 0,
    "supervisor" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "next_check_in" BIGINT NOT NULL DEFAULT 0,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "supporter_supervisor_idx" ON "supporter" ("supervisor")""",
    """CREATE TABLE "supporter_check_in" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "supporter" VARCHAR(43) NOT NULL REFERENCES "supporter" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "next" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "supporter_check_in_supporter_idx" ON "supporter_check_in" ("supporter")""",
    """CREATE TABLE "offer" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "supporter" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "created_at" BIGINT NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 1
)""",
    """CREATE INDEX "offer_supporter_idx" ON "offer" ("supporter")""",
    """CREATE TABLE "offer_revision" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "number" INTEGER NOT NULL DEFAULT 0,
    "written_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "content" BYTEA DEFAULT null
)""",
    """CREATE INDEX "offer_revision_offer_idx" ON "offer_revision" ("offer")""",
    """CREATE TABLE "offer_submission" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "revision" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer_revision" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_approval" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "revision" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer_revision" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_return" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "revision" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer_revision" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "note" BYTEA DEFAULT null
)""",
    """CREATE TABLE "offer_confirmation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "offer_confirmation_offer_idx" ON "offer_confirmation" ("offer")""",
    """CREATE TABLE "offer_withdrawal" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_audience" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "home_only" BOOLEAN NOT NULL DEFAULT true,
    "careful_ok" BOOLEAN NOT NULL DEFAULT false,
    "not_to" TEXT NOT NULL DEFAULT '[]'
)""",
    """CREATE TABLE "offer_places" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "places" INTEGER NOT NULL DEFAULT 0,
    "open" INTEGER NOT NULL DEFAULT 0,
    "changed_at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "offer_away" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "offer" VARCHAR(43) UNIQUE NOT NULL REFERENCES "offer" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "until" BIGINT NOT NULL DEFAULT 0,
    "said_by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "assisted_search" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "helper" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "alone_at" BIGINT NOT NULL DEFAULT 0,
    "choices" BYTEA DEFAULT null
)""",
    """CREATE INDEX "assisted_search_person_idx" ON "assisted_search" ("person")""",
    """CREATE TABLE "listing" (
    "n" SERIAL PRIMARY KEY NOT NULL,
    "id" VARCHAR(22) UNIQUE NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "offer_id" VARCHAR(22) NOT NULL DEFAULT '',
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" BIGINT NOT NULL DEFAULT 0,
    "open" INTEGER NOT NULL DEFAULT 0,
    "away_until" BIGINT DEFAULT null,
    "shuffle" BIGINT NOT NULL DEFAULT 0,
    "x" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "y" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "z" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "kind" VARCHAR(12) NOT NULL DEFAULT '',
    "lat" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "lon" DOUBLE PRECISION NOT NULL DEFAULT 0.0,
    "places" INTEGER NOT NULL DEFAULT 0,
    "replies" INTEGER NOT NULL DEFAULT 0,
    "checked_on" BIGINT NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "published_at" BIGINT NOT NULL DEFAULT 0,
    "area" TEXT NOT NULL DEFAULT '',
    "topics" TEXT NOT NULL DEFAULT '',
    "ways" TEXT NOT NULL DEFAULT '',
    "languages" TEXT NOT NULL DEFAULT '',
    "have" TEXT NOT NULL DEFAULT '',
    "how" TEXT NOT NULL DEFAULT '',
    "limits" TEXT NOT NULL DEFAULT '',
    "times" TEXT NOT NULL DEFAULT '',
    "tokens" TEXT NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "listing_node_id_idx" ON "listing" ("node_id")""",
    """CREATE TABLE "fact" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "about" VARCHAR(10) NOT NULL DEFAULT '',
    "says" TEXT NOT NULL DEFAULT '',
    "written_by" VARCHAR(43) NOT NULL DEFAULT '',
    "written_at" BIGINT NOT NULL DEFAULT 0,
    "replaces" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "fact_replaces_idx" ON "fact" ("replaces")""",
    """CREATE TABLE "fact_agreement" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "fact" VARCHAR(43) UNIQUE NOT NULL REFERENCES "fact" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "circle" TEXT NOT NULL DEFAULT '',
    "agreed_on" BIGINT NOT NULL DEFAULT 0,
    "review_on" BIGINT NOT NULL DEFAULT 0,
    "words" TEXT NOT NULL DEFAULT '',
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT '',
    "recorded_at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "fact_confirmation" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "fact" VARCHAR(43) UNIQUE NOT NULL REFERENCES "fact" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "confirmed_by" VARCHAR(43) NOT NULL DEFAULT '',
    "confirmed_at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "fact_withdrawal" (
    "id" VARCHAR(43) PRIMARY KEY NOT NULL DEFAULT '',
    "fact" VARCHAR(43) UNIQUE NOT NULL REFERENCES "fact" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "withdrawn_by" VARCHAR(43) NOT NULL DEFAULT '',
    "withdrawn_at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "neighbour_fact" (
    "id" VARCHAR(276) PRIMARY KEY NOT NULL DEFAULT '',
    "node_id" VARCHAR(253) NOT NULL DEFAULT '',
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" BIGINT NOT NULL DEFAULT 0,
    "declared_at" BIGINT NOT NULL DEFAULT 0,
    "about" VARCHAR(10) NOT NULL DEFAULT '',
    "says" TEXT NOT NULL DEFAULT '',
    "circle" TEXT NOT NULL DEFAULT '',
    "agreed_on" BIGINT NOT NULL DEFAULT 0,
    "review_on" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "neighbour_fact_node_id_idx" ON "neighbour_fact" ("node_id")""",
    """CREATE TABLE "introduction" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "thread" VARCHAR(22) NOT NULL DEFAULT '',
    "thread_out" VARCHAR(22) NOT NULL DEFAULT '',
    "side" VARCHAR(10) NOT NULL DEFAULT '',
    "other_node" VARCHAR(253) NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "status" VARCHAR(14) NOT NULL DEFAULT '',
    "group_offer" BOOLEAN NOT NULL DEFAULT false,
    "silent" BOOLEAN NOT NULL DEFAULT false,
    "hidden" BOOLEAN NOT NULL DEFAULT false,
    "person_gone" VARCHAR(4) NOT NULL DEFAULT '',
    "asked_at" BIGINT NOT NULL DEFAULT 0,
    "answer_by" BIGINT NOT NULL DEFAULT 0,
    "ask" BYTEA DEFAULT null,
    "asker_ref" VARCHAR(43) NOT NULL DEFAULT '',
    "ask_reached_at" BIGINT DEFAULT null,
    "answered_at" BIGINT DEFAULT null,
    "both_shared_at" BIGINT DEFAULT null,
    "ended_at" BIGINT DEFAULT null,
    "ended_how" VARCHAR(20) NOT NULL DEFAULT '',
    "erase_at" BIGINT DEFAULT null,
    "erased_at" BIGINT DEFAULT null,
    "place_taken" BOOLEAN NOT NULL DEFAULT false,
    "had" INTEGER NOT NULL DEFAULT 0,
    "had_of" INTEGER NOT NULL DEFAULT 6,
    "review_due_at" BIGINT DEFAULT null,
    "lead_told_at" BIGINT DEFAULT null,
    "changed_at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_thread_idx" ON "introduction" ("thread")""",
    """CREATE INDEX "introduction_person_idx" ON "introduction" ("person")""",
    """CREATE INDEX "introduction_status_idx" ON "introduction" ("status")""",
    """CREATE INDEX "introduction_asker_ref_idx" ON "introduction" ("asker_ref")""",
    """CREATE TABLE "introduction_event" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "seq" INTEGER NOT NULL DEFAULT 0,
    "at" BIGINT NOT NULL DEFAULT 0,
    "event" VARCHAR(30) NOT NULL DEFAULT '',
    "params" TEXT NOT NULL DEFAULT '{}'
)""",
    """CREATE INDEX "introduction_event_introduction_idx" ON "introduction_event" ("introduction")""",
    """CREATE TABLE "introduction_message" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "no" INTEGER NOT NULL DEFAULT 0,
    "at" BIGINT NOT NULL DEFAULT 0,
    "words" BYTEA DEFAULT null,
    "quick" VARCHAR(20) NOT NULL DEFAULT '',
    "reached_at" BIGINT DEFAULT null,
    "failed_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "introduction_message_introduction_idx" ON "introduction_message" ("introduction")""",
    """CREATE TABLE "introduction_answer" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "yes" BOOLEAN NOT NULL DEFAULT false,
    "at" BIGINT NOT NULL DEFAULT 0,
    "quick" VARCHAR(20) NOT NULL DEFAULT '',
    "words" BYTEA DEFAULT null
)""",
    """CREATE TABLE "introduction_share" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "no" INTEGER NOT NULL DEFAULT 0,
    "fields" VARCHAR(60) NOT NULL DEFAULT '',
    "confirmed_at" BIGINT DEFAULT null,
    "left_at" BIGINT DEFAULT null,
    "reached_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "introduction_shared" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "no" INTEGER NOT NULL DEFAULT 0,
    "ready" BOOLEAN NOT NULL DEFAULT false,
    "details" BYTEA DEFAULT null,
    "came_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "introduction_plan" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "no" INTEGER NOT NULL DEFAULT 0,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "plan" BYTEA DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0,
    "ends_at" BIGINT NOT NULL DEFAULT 0,
    "agreed_at" BIGINT DEFAULT null,
    "agreed_no" INTEGER NOT NULL DEFAULT 0,
    "lead_told_at" BIGINT DEFAULT null
)""",
    """CREATE TABLE "introduction_check_out" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "plan_no" INTEGER NOT NULL DEFAULT 0,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_check_out_introduction_idx" ON "introduction_check_out" ("introduction")""",
    """CREATE TABLE "introduction_review" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0,
    "answers" BYTEA DEFAULT null
)""",
    """CREATE INDEX "introduction_review_introduction_idx" ON "introduction_review" ("introduction")""",
    """CREATE TABLE "introduction_ending" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "how" VARCHAR(12) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0,
    "words" BYTEA DEFAULT null,
    "to_word_by" BIGINT DEFAULT null,
    "worded_at" BIGINT DEFAULT null,
    "worded_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE TABLE "introduction_withdrawal" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "mine" BOOLEAN NOT NULL DEFAULT false,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "introduction_sealed_copy" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "thread" BYTEA DEFAULT null,
    "until" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_sealed_copy_introduction_idx" ON "introduction_sealed_copy" ("introduction")""",
    """CREATE TABLE "introduction_never_again" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "supporter" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "asker_ref" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_never_again_supporter_idx" ON "introduction_never_again" ("supporter")""",
    """CREATE INDEX "introduction_never_again_asker_ref_idx" ON "introduction_never_again" ("asker_ref")""",
    """CREATE TABLE "introduction_help" (
    "introduction" VARCHAR(22) PRIMARY KEY NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "helper" VARCHAR(43) NOT NULL DEFAULT '',
    "assisted" VARCHAR(43) NOT NULL DEFAULT '',
    "asked_alone" BOOLEAN NOT NULL DEFAULT false,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE TABLE "introduction_sending" (
    "letter" VARCHAR(100) PRIMARY KEY NOT NULL DEFAULT '',
    "introduction" VARCHAR(22) NOT NULL REFERENCES "introduction" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "put_at" BIGINT NOT NULL DEFAULT 0,
    "first_at" BIGINT NOT NULL DEFAULT 0,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "left_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "introduction_sending_introduction_idx" ON "introduction_sending" ("introduction")""",
    """CREATE TABLE "introduction_early_ending" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "source" VARCHAR(253) NOT NULL DEFAULT '',
    "thread" VARCHAR(22) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_early_ending_thread_idx" ON "introduction_early_ending" ("thread")""",
    """CREATE INDEX "introduction_early_ending_at_idx" ON "introduction_early_ending" ("at")""",
    """CREATE TABLE "introduction_back_notice" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "listing" BYTEA DEFAULT null,
    "until" BIGINT DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "introduction_back_notice_person_idx" ON "introduction_back_notice" ("person")""",
    """CREATE TABLE "call_request" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0,
    "name" BYTEA DEFAULT null,
    "phone" BYTEA DEFAULT null,
    "about" BYTEA DEFAULT null,
    "suits" VARCHAR(12) NOT NULL DEFAULT 'any',
    "phone_blind" VARCHAR(43) NOT NULL DEFAULT '',
    "done_at" BIGINT DEFAULT null,
    "done_by" VARCHAR(43) DEFAULT null,
    "erase_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "call_request_person_idx" ON "call_request" ("person")""",
    """CREATE INDEX "call_request_at_idx" ON "call_request" ("at")""",
    """CREATE TABLE "copy_request" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "asked_at" BIGINT NOT NULL DEFAULT 0,
    "asked_by" VARCHAR(43) NOT NULL DEFAULT '',
    "introductions" VARCHAR(3) NOT NULL DEFAULT 'no',
    "due" BIGINT NOT NULL DEFAULT 0,
    "opened_at" BIGINT DEFAULT null,
    "opened_by" VARCHAR(43) DEFAULT null,
    "content" BYTEA DEFAULT null,
    "note" BYTEA DEFAULT null,
    "handed_at" BIGINT DEFAULT null,
    "handed_by" VARCHAR(43) DEFAULT null,
    "over_at" BIGINT DEFAULT null,
    "taken_back_at" BIGINT DEFAULT null
)""",
    """CREATE INDEX "copy_request_person_idx" ON "copy_request" ("person")""",
    """CREATE INDEX "copy_request_due_idx" ON "copy_request" ("due")""",
    """CREATE TABLE "copy_left_out" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "request" VARCHAR(22) NOT NULL REFERENCES "copy_request" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "entry" VARCHAR(120) NOT NULL DEFAULT '',
    "reason" VARCHAR(16) NOT NULL DEFAULT '',
    "by" VARCHAR(43) NOT NULL DEFAULT '',
    "at" BIGINT NOT NULL DEFAULT 0
)""",
    """CREATE INDEX "copy_left_out_request_idx" ON "copy_left_out" ("request")""",
    """CREATE TABLE "data_complaint" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0,
    "readers" VARCHAR(12) NOT NULL DEFAULT 'all',
    "words" BYTEA DEFAULT null,
    "contact" BYTEA DEFAULT null,
    "due" BIGINT NOT NULL DEFAULT 0,
    "acknowledged_at" BIGINT DEFAULT null,
    "acknowledged_by" VARCHAR(43) DEFAULT null,
    "answer" BYTEA DEFAULT null,
    "answered_at" BIGINT DEFAULT null,
    "answered_by" VARCHAR(43) DEFAULT null
)""",
    """CREATE INDEX "data_complaint_person_idx" ON "data_complaint" ("person")""",
    """CREATE INDEX "data_complaint_at_idx" ON "data_complaint" ("at")""",
    """CREATE TABLE "keys_kept" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "place" BYTEA DEFAULT null,
    "holder" BYTEA DEFAULT null,
    "at" BIGINT NOT NULL DEFAULT 0,
    "recorded_by" VARCHAR(43) NOT NULL DEFAULT ''
)""",
    """CREATE INDEX "keys_kept_at_idx" ON "keys_kept" ("at")""",
    """CREATE TABLE "reply_link" (
    "id" VARCHAR(22) PRIMARY KEY NOT NULL DEFAULT '',
    "person" VARCHAR(43) NOT NULL REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT DEFAULT null,
    "what" VARCHAR(12) NOT NULL DEFAULT '',
    "subject" VARCHAR(22) NOT NULL DEFAULT '',
    "allowed" VARCHAR(60) NOT NULL DEFAULT '',
    "since" BIGINT NOT NULL DEFAULT 0,
    "made_at" BIGINT NOT NULL DEFAULT 0,
    "expires" BIGINT NOT NULL DEFAULT 0,
    "used_at" BIGINT DEFAULT null,
    "answer" VARCHAR(12) DEFAULT null
)""",
    """CREATE INDEX "reply_link_person_idx" ON "reply_link" ("person")""",
    """CREATE INDEX "reply_link_expires_idx" ON "reply_link" ("expires")""",
    """CREATE FUNCTION data_key_stays_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a destroyed data key stays destroyed'; END $$""",
    """CREATE TRIGGER data_key_stays_destroyed BEFORE UPDATE ON data_key FOR EACH ROW
WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION data_key_stays_destroyed()""",
    """CREATE FUNCTION journal_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'journal_entry is append-only'; END $$""",
    """CREATE TRIGGER journal_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry
FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_is_append_only()""",
    """CREATE FUNCTION access_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'access_event is append-only'; END $$""",
    """CREATE TRIGGER access_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_event
FOR EACH STATEMENT EXECUTE FUNCTION access_event_is_append_only()""",
    """CREATE FUNCTION journal_head_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'journal_head moves on by one'; END $$""",
    """CREATE TRIGGER journal_head_moves_on BEFORE UPDATE ON journal_head FOR EACH ROW
WHEN (NEW.number <> OLD.number + 1) EXECUTE FUNCTION journal_head_is_kept()""",
    """CREATE TRIGGER journal_head_stays BEFORE DELETE OR TRUNCATE ON journal_head
FOR EACH STATEMENT EXECUTE FUNCTION journal_head_is_kept()""",
    "CREATE INDEX access_event_whom_at ON access_event (whom, at)",
    "CREATE INDEX journal_entry_subject ON journal_entry (subject, act)",
    "CREATE UNIQUE INDEX outbox_open_once ON outbox (kind, ref) WHERE state = 'open'",
    "CREATE INDEX outbox_open_due ON outbox (kind, due, id) WHERE state = 'open'",
    "CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state <> 'open'",
    "CREATE UNIQUE INDEX inbox_once ON inbox (source, jti)",
    "CREATE UNIQUE INDEX closing_stands ON closing ((taken_back_at IS NULL)) WHERE taken_back_at IS NULL",
    "CREATE UNIQUE INDEX role_held_once ON role_held (person, role) WHERE until IS NULL",
    "CREATE UNIQUE INDEX delegation_once ON delegation (person, delegate) WHERE ended_at IS NULL",
    "CREATE UNIQUE INDEX signin_try_once ON signin_try (kind, key, hour)",
    "CREATE UNIQUE INDEX totp_once ON totp (person) WHERE ended_at IS NULL AND confirmed_at IS NOT NULL",
    "CREATE UNIQUE INDEX recovery_once ON recovery (person) WHERE taken_back_at IS NULL AND done_at IS NULL",
    "CREATE UNIQUE INDEX invitation_wish_once ON invitation_wish (invitation) WHERE answered_at IS NULL",
    "CREATE UNIQUE INDEX charter_version_standing ON charter_version (charter, version) WHERE standing",
    """CREATE FUNCTION concern_note_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'concern_note is append-only'; END $$""",
    """CREATE TRIGGER concern_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON concern_note
FOR EACH STATEMENT EXECUTE FUNCTION concern_note_is_append_only()""",
    """CREATE FUNCTION concern_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'concern_event is append-only'; END $$""",
    """CREATE TRIGGER concern_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON concern_event
FOR EACH STATEMENT EXECUTE FUNCTION concern_event_is_append_only()""",
    """CREATE FUNCTION concern_kept_out_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'concern_kept_out is append-only'; END $$""",
    """CREATE TRIGGER concern_kept_out_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON concern_kept_out
FOR EACH STATEMENT EXECUTE FUNCTION concern_kept_out_is_append_only()""",
    "CREATE UNIQUE INDEX concern_reader_once ON concern_reader (concern, person)",
    "CREATE UNIQUE INDEX concern_note_number ON concern_note (concern, number)",
    "CREATE UNIQUE INDEX concern_escalation_once ON concern_escalation (concern, step)",
    "CREATE INDEX followed_entry_expiry ON followed_entry (expires) WHERE kind = 'put'",
    "CREATE UNIQUE INDEX followed_epoch ON followed (peer, topic, epoch)",
    "CREATE UNIQUE INDEX feed_log_epoch ON feed_log (topic, epoch)",
    "ALTER TABLE used_nonce SET UNLOGGED",
    "ALTER TABLE peer_bucket SET UNLOGGED",
    "ALTER TABLE listing ADD COLUMN index_words tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED",
    "CREATE INDEX listing_words ON listing USING gin (index_words)",
    "CREATE UNIQUE INDEX offer_revision_number ON offer_revision (offer, number)",
    "CREATE UNIQUE INDEX introduction_once ON introduction (other_node, thread)",
    "CREATE UNIQUE INDEX introduction_message_once ON introduction_message (introduction, mine, no)",
    "CREATE UNIQUE INDEX introduction_event_order ON introduction_event (introduction, seq)",
    "CREATE UNIQUE INDEX introduction_check_out_once ON introduction_check_out (introduction, plan_no, mine)",
    "CREATE UNIQUE INDEX call_request_waits_once ON call_request (phone_blind) WHERE done_at IS NULL",
    "CREATE UNIQUE INDEX copy_request_waits_once ON copy_request (person) WHERE handed_at IS NULL AND taken_back_at IS NULL",
    "CREATE UNIQUE INDEX copy_left_out_once ON copy_left_out (request, entry)",
    "CREATE UNIQUE INDEX reply_link_open_once ON reply_link (person, what, subject) WHERE used_at IS NULL",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name=APP, description=DESCRIPTION)

    async def run() -> None:
        await run_steps(sqlite=SQLITE, postgres=POSTGRES)

    manager.add_raw(run)
    return manager
