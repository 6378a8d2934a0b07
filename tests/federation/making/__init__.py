# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes our own vectors and the worked examples of the specification: `python -m tests.federation.making`.

Everything comes out of fixed seeds and the code in `federation/`, so the same bytes come out again on any machine. The one
exception are sealed letters: a seal takes fresh randomness from the system, so one that was made is kept for as long as what
is sealed in it is the same. What a case expects is stated by hand here, and never taken from the answer of what it tries.
"""
