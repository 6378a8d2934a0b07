# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters between two nodes: what they may say (`kinds`), and how they are signed, sealed and opened (`sealing`).

Decisions 15 to 17. Sending at least once, and taking effect once, are the caller's: `judge_arrival` says which.
"""

from .kinds import (
    ASK_DAYS,
    KINDS,
    Accept,
    Ask,
    Concern,
    Data,
    Decline,
    End,
    Message,
    Plan,
    Receipt,
    Share,
    read_data,
)
from .sealing import (
    LETTER_DAYS,
    REMEMBER_DAYS,
    Letter,
    Outer,
    Sealed,
    judge_arrival,
    open_outer,
    renew_signature,
    reseal,
    seal,
    unseal,
)

__all__ = [
    "ASK_DAYS",
    "KINDS",
    "LETTER_DAYS",
    "REMEMBER_DAYS",
    "Accept",
    "Ask",
    "Concern",
    "Data",
    "Decline",
    "End",
    "Letter",
    "Message",
    "Outer",
    "Plan",
    "Receipt",
    "Sealed",
    "Share",
    "judge_arrival",
    "open_outer",
    "read_data",
    "renew_signature",
    "reseal",
    "seal",
    "unseal",
]
