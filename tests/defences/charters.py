# SPDX-License-Identifier: AGPL-3.0-or-later
"""The defences of charters: whose signatures count, what follows what, who is shown it, and what stops it."""

from __future__ import annotations

from tests.defences.shape import PROTOCOL, Defence

PURE = PROTOCOL + "test_charter.py::"
ROUND = "tests/node/charter/test_charter.py::"
TWO = "tests/node/charter/test_two_of_one_version.py::"
ALIKE = "        if other is not None and not instead:"
BEFORE = "    if before.missing(new.envelope):"

DEFENCES: tuple[Defence, ...] = (
    Defence(
        "one seat under two members",
        "federation/charter.py",
        "    if len({member.seat for member in members}) != len(members):",
        "    if False:",
        PURE + "test_a_threshold_is_stuffed_in_no_way",
    ),
    Defence(
        "one seat under two members",
        "federation/charter.py",
        "    if any(owners.get(member.seat.kid, member.node_id) != member.node_id for member in new.members):",
        "    if False:",
        PURE + "test_a_seat_that_left_brings_no_other_member_in",
    ),
    Defence(
        "a charter changed by too few",
        "federation/charter.py",
        BEFORE,
        "    if False:",
        PURE + "test_it_stands_exactly_when_both_thresholds_are_met",
    ),
    Defence(
        "rollback of a charter",
        "federation/charter.py",
        "    if held is not None and (new.id != held.id or new.version != held.version + 1):",
        "    if False:",
        PURE + "test_nothing_goes_back_and_nothing_leaps",
    ),
    Defence(
        "rollback of a charter",
        "node/charter/acts/holding.py",
        "        await _not_back(new)\n",
        "",
        ROUND + "test_leaving_and_coming_back_never_goes_back",
    ),
    Defence(
        "two charters of one version",
        "node/charter/reads.py",
        "    return row is not None\n",
        "    return False\n",
        TWO + "test_nothing_newer_comes_in_before_the_choice_and_it_does_after",
    ),
    Defence(
        "two charters of one version",
        "node/charter/acts/signing.py",
        ALIKE,
        "        if False:",
        ROUND + "test_two_proposals_of_one_version_are_not_signed_unawares",
    ),
    Defence(
        "a charter made up to stop another",
        "federation/charter.py",
        "    _judge_succession(before or held, other)\n",
        "",
        PURE + "test_a_conflict_is_proved_only_by_those_who_may_speak",
    ),
    Defence(
        "a charter made up to stop another",
        "federation/charter.py",
        "    if (other.id, other.version) != (held.id, held.version) or other.payload == held.payload:",
        "    if False:",
        TWO + "test_a_statement_alone_proves_nothing_and_freezes_nobody",
    ),
    Defence(
        "a charter made up to stop another",
        "federation/charter.py",
        BEFORE,
        "    if False:",
        TWO + "test_who_shows_another_that_is_not_signed_is_named_and_not_believed",
    ),
    Defence(
        "a charter that nobody here looked at",
        "node/charter/acts/holding.py",
        "        if not rules.same_mark(mark, proposal.mark):",
        "        if False:",
        ROUND + "test_it_is_never_taken_for_the_first_time_by_itself",
    ),
    Defence(
        "a charter read by others than members",
        "node/charter/reads.py",
        "    if ours is None or node_id not in ours.node_ids or version > ours.version:",
        "    if ours is None:",
        ROUND + "test_a_charter_is_served_to_members_alone",
    ),
    Defence(
        "a member that the charter leaves out",
        "node/charter/taking.py",
        "    await let_go(held, new, here=here)\n",
        "",
        ROUND + "test_a_version_that_drops_a_member_pauses_it_once",
    ),
)
