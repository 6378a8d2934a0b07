# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks a node over and says in words what is well, what is not, and what to do next. Changes nothing.

Each check stands by itself: one that fails, or hangs, does not hide the others, and all of them together end within half a
minute. No finding names a person. `must_be_there` and `must_belong` are the two that whoever opens a co-op asks first, and is
refused by.
"""

from node.doctor.belonging import WRONG_KEY, must_be_there, must_belong
from node.doctor.looking import look_over
from node.doctor.mail import send_test
from node.doctor.ways import Ways, from_here
from node.findings import Finding

__all__ = ["WRONG_KEY", "Finding", "Ways", "from_here", "look_over", "must_be_there", "must_belong", "send_test"]
