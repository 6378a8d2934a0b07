# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people of this co-op: who they are, what they do here, how they sign in, and how they leave."""
