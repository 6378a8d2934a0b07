# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is done to real nodes to see whether anything acknowledged is lost or doubled. Each part ends in one JSON line.

`kills`: kill -9 in the middle of what people do. `make torture` runs every part, `make torture ARGS="kills --kills 50"` one.
"""
