# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every door of HTTP shares: reading a body so that all its faults are told at once, and saying no as RFC 9457 does.

Knows Litestar and `node.errors`; knows nothing of care work.
"""
