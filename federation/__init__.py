# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Commoncare federation protocol, version 1: how co-ops' nodes prove themselves and speak to each other.

Pure judgement: bytes, keys, a time and an old state go in; a new state or a `Refused` comes out. Nothing
here reads a clock, a socket, a database or the system's randomness, and nothing here imports a web framework
or an HTTP client.
"""

from .errors import Refused

PROTOCOL = "commoncare/1"

__all__ = ["PROTOCOL", "Refused"]
