# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mutations: valid messages of every kind, changed in every way we could think of, against the code that judges them.

Three outcomes are right: a refusal by name; the very thing that was signed, for whom it was signed, when it may be taken; a
properly signed message that says something else and reads in full. Anything else that is accepted is a finding, and so is any
exception that is not a refusal. One (seed, number) is one mutation, today and tomorrow.

    python -m tests.fuzz --count 1000000 --seed 1 --workers 2
    python -m tests.fuzz --seed 1 --only 4711
"""
