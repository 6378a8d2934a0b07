# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line, as an operator and a program meet it."""
