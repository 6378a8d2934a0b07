# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looking after a co-op's own node: setting it up, seeing how it goes, its mail, its paper keys, its journal."""
