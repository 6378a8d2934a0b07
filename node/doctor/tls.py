# SPDX-License-Identifier: AGPL-3.0-or-later
"""One TLS connection, opened and closed again: whether it stands, until when the certificate does, and in words why not."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final, Literal

Outcome = Literal["well", "refused", "silent", "no way", "untrusted"]
SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Greeting:
    """What came of it. `words`: why it is untrusted; `ends`: until when the certificate stands (Unix seconds), if it is well."""

    outcome: Outcome
    words: str = ""
    ends: int = 0


async def greet(address: str, port: int, name: str, trust: ssl.SSLContext) -> Greeting:
    """Connects to `address` as to `name`, within a few seconds. Raises nothing."""
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(address, port, ssl=trust, server_hostname=name)
    except ssl.SSLError as error:
        return Greeting("untrusted", why(error, name))
    except ConnectionRefusedError:
        return Greeting("refused")
    except (TimeoutError, ConnectionError):
        return Greeting("silent")
    except OSError:  # the machine knows no way there, as to IPv6 addresses where it has none itself
        return Greeting("no way")
    try:
        shown = writer.get_extra_info("peercert") or {}
        return Greeting(
            "well", ends=int(ssl.cert_time_to_seconds(str(shown.get("notAfter", "Jan  1 00:00:00 1970 GMT"))))
        )
    finally:
        writer.transport.abort()


def why(error: ssl.SSLError, name: str) -> str:
    """What is wrong with a certificate, in words that go on after "The certificate"; "" when there is no TLS at all."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ""
    return _FAULTS.get(error.verify_code, "is not valid ({reason})").format(name=name, reason=error.verify_message)


_SIGNED_BY_ITSELF: Final = "was signed by itself, so nobody else can trust it"
_UNKNOWN: Final = "comes from an issuer that nobody knows, or the chain to its issuer is not sent along"
_FAULTS: Final = {  # X509_V_ERR_… of OpenSSL
    9: "is not valid yet (is this machine's clock right?)",
    10: "has expired",
    18: _SIGNED_BY_ITSELF,
    19: _SIGNED_BY_ITSELF,
    20: _UNKNOWN,
    21: _UNKNOWN,
    23: "was revoked by its issuer",
    62: "is for another name than {name}",
    64: "is for another address than {name}",
}
