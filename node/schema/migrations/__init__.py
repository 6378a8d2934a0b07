# SPDX-License-Identifier: AGPL-3.0-or-later
"""Migrations, run in the order of their ID by `node.schema.migrate`. A released one is never changed."""
