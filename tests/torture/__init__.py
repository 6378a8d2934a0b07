# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is done to real nodes to see whether anything acknowledged is lost or doubled. Each part ends in one JSON line.

`kills`: kill -9 in the middle of what people do. `replicas`: several processes of one co-op on one PostgreSQL, one of them always
being killed. `power`: the power goes. `disk`: the disk is full, or fails. `make torture` runs every part,
`make torture ARGS="kills --kills 50"` one.
"""
