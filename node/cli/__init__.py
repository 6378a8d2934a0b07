# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command `commoncare`, an operator's door: see `node.cli.command`."""

from node.cli.command import main

__all__ = ["main"]
