# SPDX-License-Identifier: AGPL-3.0-or-later
"""The defences of documents, keys and texts: who speaks for a node, with what, and what may stand in what it says."""

from __future__ import annotations

from tests.defences.shape import EXCHANGE, PEERS, PROTOCOL, VILLAGE, Defence

IDENTITY = PROTOCOL + "test_identity.py::"
TRUST = PROTOCOL + "test_trust.py::"
WIRE = PROTOCOL + "test_wire.py::"
PEERING = PEERS + "test_peering.py::"
RETENTION = EXCHANGE + "test_retention.py::"
HOSTILE = VILLAGE + "test_hostile_documents.py::"
LETTERS = VILLAGE + "test_hostile_letters.py::"

DEFENCES: tuple[Defence, ...] = (
    Defence(
        "rollback of an identity or manifest",
        "federation/identity.py",
        "    if old is not None and new.version != old.version + 1:",
        "    if False:",
        IDENTITY + "test_an_older_version_cannot_come_back",
    ),
    Defence(
        "rollback of an identity or manifest",
        "federation/manifest.py",
        "    if old is not None and new.order <= old.order:",
        "    if False:",
        IDENTITY + "test_a_manifest_only_grows",
    ),
    Defence(
        "rollback of an identity or manifest",
        "federation/manifest.py",
        "    if old is not None and new.order <= old.order:",
        "    if False:",
        HOSTILE + "test_documents_that_do_not_follow_are_not_taken",
    ),
    Defence(
        "an old, wider peering",
        "federation/peerings.py",
        "    due = 1 if last is None else last.version + 1\n",
        "    due = new.version\n",
        TRUST + "test_versions_follow_by_one_and_a_wider_old_one_stays_away",
    ),
    Defence(
        "a proposal taken back, then signed",
        "federation/trust.py",
        "    if held is None or held.payload != peering.payload:",
        "    if False:",
        TRUST + "test_a_proposal_that_was_taken_back_cannot_be_brought_into_force",
    ),
    Defence(
        "a stolen key",
        "federation/manifest.py",
        "        return self.revoked_at is None and self.nbf - SKEW <= now < self.exp + SKEW",
        "        return self.nbf - SKEW <= now < self.exp + SKEW",
        IDENTITY + "test_a_revoked_key_is_dead_and_stays_dead",
    ),
    Defence(
        "a stolen key",
        "federation/manifest.py",
        "    if any(key.revoked_at is None and key.kid in revoked for key in keys):",
        "    if False:",
        LETTERS + "test_a_key_that_it_revoked_asks_nothing_more_back_dated_or_not",
    ),
    Defence(
        "a stolen `log` key, feeds",
        "node/peers/rotating.py",
        '        if one == "log":',
        "        if False:",
        LETTERS + "test_with_a_stolen_log_key_and_our_name_it_moves_nobody_once_the_key_is_revoked",
    ),
    Defence(
        "a stolen `log` key, feeds",
        "node/peers/keyring.py",
        "use = 'log' AND (revoked_at IS NULL OR revoked_at > {})",
        "use = 'log' AND (revoked_at IS NULL OR {} > 0)",
        LETTERS + "test_what_a_revoked_log_key_of_ours_signs_later_does_not_make_us_begin_anew",
    ),
    Defence(
        "our key in another's manifest",
        "federation/manifest.py",
        "        key = self._keys.get((node_id, use), {}).get(kid)",
        "        key = next((held[kid] for held in self._keys.values() if kid in held), None)",
        IDENTITY + "test_keys_are_found_by_node_use_and_kid_together",
    ),
    Defence(
        "a key of small order",
        "federation/keys.py",
        "        if _small_order(raw):",
        "        if False:",
        PROTOCOL + "test_keys.py::test_every_encoding_of_a_small_order_point_is_refused_at_intake",
    ),
    Defence(
        "threshold stuffing",
        "federation/envelope.py",
        "    if threshold < 1 or len(signers) < threshold:",
        "    if threshold < 1 or not signers or len(opened.signatures) < threshold:",
        PROTOCOL + "test_envelope.py::test_a_threshold_counts_keys_and_not_signatures_or_ids",
    ),
    Defence(
        "trust on first use",
        "node/peers/acts.py",
        "        if Fingerprint.of(view.identity) != heard:",
        "        if False:",
        PEERING + "test_nothing_is_trusted_before_the_words_were_compared",
    ),
    Defence(
        "trust on first use",
        "federation/trust.py",
        "    if Fingerprint.of(accepted) != fingerprint:",
        "    if False:",
        PEERING + "test_roots_that_are_not_those_of_the_invitation_are_refused_before_anything_is_sent",
    ),
    Defence(
        "an agreement that nobody read",
        "node/peers/agreeing.py",
        '        if agreement.named(words or "") != name:',
        "        if False:",
        "tests/node/peers/test_agreement.py::test_nobody_signs_what_nobody_here_can_read",
    ),
    Defence(
        "an agreement that nobody read",
        "node/peers/acts.py",
        "        await agreeing.agreed_to(view, view.proposal, agreement, here=here)\n",
        "",
        "tests/node/peers/test_agreement.py::test_nobody_signs_what_nobody_here_can_read",
    ),
    Defence(
        "terms that change between the look and the yes",
        "node/peers/acts.py",
        "        if digest and view.proposal.digest() != digest:",
        "        if False:",
        PEERING + "test_what_is_confirmed_is_what_was_looked_at",
    ),
    Defence(
        "entries that are meant to stay for longer than was agreed",
        "node/exchange/absorbing.py",
        "        until = min(at.put.expires, at.record.iat + run.keep)",
        "        until = at.put.expires",
        RETENTION + "test_what_was_given_goes_after_the_days_agreed_on_though_its_giver_meant_it_for_longer",
    ),
    Defence(
        "entries that are meant to stay for longer than was agreed",
        "node/exchange/filling.py",
        "        until = min(entry.expires, record.iat + keep)",
        "        until = entry.expires",
        RETENTION + "test_bodies_that_come_late_are_kept_no_longer_either",
    ),
    Defence(
        "entries that are meant to stay for longer than was agreed",
        "node/exchange/keeping.py",
        "                await _shorten(view.node_id, view.peering.retention_days, here=here)\n",
        "",
        RETENTION + "test_shorter_terms_count_for_what_was_given_before",
    ),
    Defence(
        "an invitation stolen or used again",
        "node/peers/handshake.py",
        '        "AND used_at IS NULL",',
        '        "",',
        PEERING + "test_an_invitation_is_for_one_co_op_and_once",
    ),
    Defence(
        "JSON with two readings, or nested deep",
        "federation/wire.py",
        "    if len(members) != len(pairs):",
        "    if False:",
        WIRE + "test_json_with_two_readings_is_refused",
    ),
    Defence(
        "JSON with two readings, or nested deep",
        "federation/wire.py",
        "        _walk(value, depth)",
        "        pass",
        WIRE + "test_sixteen_levels_are_the_limit",
    ),
    Defence(
        "names that look alike",
        "federation/wire.py",
        '_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"',
        '_LABEL: Final = r"[^\\W_](?:[\\w-]{0,61}[^\\W_])?"',
        WIRE + "test_what_is_not_plainly_a_host_name_is_no_node_id",
    ),
    Defence(
        "names that look alike",
        "federation/profile.py",
        '    return _UNSEEN.sub("", text).strip()',
        "    return text.strip()",
        IDENTITY + "test_a_profile_is_cleaned_and_kept_within_its_limits",
    ),
    Defence(
        "words that turn or hide",
        "federation/statements/common.py",
        "        if not text.isprintable() and _forbidden.search(text):",
        "        if False:",
        PROTOCOL + "test_statements.py::test_an_offer_keeps_its_limits",
    ),
    Defence(
        "downgrade by a peering",
        "federation/peerings.py",
        "    if new.min_protocol not in protocols:",
        "    if False:",
        TRUST + "test_a_peering_out_of_form_is_refused",
    ),
    Defence(
        "downgrade by a manifest",
        "federation/manifest.py",
        "    if not all(speaks(new.protocols, protocol) for protocol in held):",
        "    if False:",
        HOSTILE + "test_a_protocol_that_is_no_longer_listed_is_noticed_and_refused",
    ),
    Defence(
        "downgrade by a manifest",
        "federation/trust.py",
        "    if view.peering is not None and not view.ended and not speaks(newer.protocols, view.peering.min_protocol):",
        "    if False:",
        TRUST + "test_a_manifest_without_the_protocol_of_the_peering_is_refused_whatever_the_identity",
    ),
)
