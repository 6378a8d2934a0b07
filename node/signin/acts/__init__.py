# SPDX-License-Identifier: AGPL-3.0-or-later
"""The deeds of sign-in, a file for each noun. Those open to anyone sign somebody in or ask to be; all others need a session."""

from node.signin.acts.arriving import accept_invitation, answer_wish, ask_for_new_invitation
from node.signin.acts.cards import by_card, make_card, revoke_card
from node.signin.acts.codes import begin_totp, confirm_totp, end_totp, new_recovery_codes, prove_by_code
from node.signin.acts.delegates import (
    accept_delegation,
    act_for,
    act_for_myself,
    end_delegation,
    name_delegate,
    offer_help,
    open_introductions,
)
from node.signin.acts.mailed import by_code, by_link, choose, request_link
from node.signin.acts.passkeys import (
    add_passkey,
    ask_passkey,
    by_passkey,
    challenge_to_add,
    challenge_to_prove,
    prove_by_passkey,
    remove_passkey,
)
from node.signin.acts.recovery import begin_recovery, confirm_recovery, find_recovery, take_back_recovery
from node.signin.acts.sessions import end_other_sessions, end_session, say_device, sign_out, step_again

__all__ = [
    "accept_delegation",
    "accept_invitation",
    "act_for",
    "act_for_myself",
    "add_passkey",
    "answer_wish",
    "ask_for_new_invitation",
    "ask_passkey",
    "begin_recovery",
    "begin_totp",
    "by_card",
    "by_code",
    "by_link",
    "by_passkey",
    "challenge_to_add",
    "challenge_to_prove",
    "choose",
    "confirm_recovery",
    "confirm_totp",
    "end_delegation",
    "end_other_sessions",
    "end_session",
    "end_totp",
    "find_recovery",
    "make_card",
    "name_delegate",
    "new_recovery_codes",
    "offer_help",
    "open_introductions",
    "prove_by_code",
    "prove_by_passkey",
    "remove_passkey",
    "request_link",
    "revoke_card",
    "say_device",
    "sign_out",
    "step_again",
    "take_back_recovery",
]
