# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mail server, tried as far as it goes without a mail: name, connection, greeting, encryption, name and password.

Nothing is sent but to the address that somebody gave for a test. No password and no address of a person is in a finding.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Final

from node.coop import mailer
from node.doctor import tls
from node.doctor.ways import Ways
from node.errors import Misconfigured
from node.findings import Finding
from node.post.mail import Mailer, NotMailed
from node.running.rules import trouble
from node.settings import Settings

SECONDS: Final = 14.0
"""For all of it."""
STEP: Final = 8.0


def _amiss(words: str, next_step: str) -> Finding:
    return Finding(what="mail", well=False, words=words, next_step=next_step)


async def look(settings: Settings, ways: Ways | None) -> Finding:
    """The one finding. `ways`: None: only the settings are looked at."""
    try:
        way = mailer(settings)
    except (Misconfigured, UnicodeDecodeError):
        return _amiss("The mail server's password can't be read.", f"Look at {settings.mail.password_file}.")
    if way is None:
        words = "No mail server is set, so nobody is told when something waits for them."
        return _amiss(words, "Set mail (host, port, sender) in the settings.")
    at = f"{way.host}:{way.port}"
    if ways is None:
        return Finding(what="mail", well=True, words=f"It leaves by {at}; none was sent to try.")
    if way.username and way.password is None:
        return _amiss(
            f"A name at the mail server is set, and no password for it ({at}).",
            "Write the password into a file of its own, and its name into mail.password_file.",
        )
    try:
        async with asyncio.timeout(SECONDS):
            fault = await _tried(way, ways)
    except TimeoutError:
        fault = _silent(at)
    if fault is not None:
        return fault
    let_in = " and takes our name and password" if way.username else ""
    return Finding(what="mail", well=True, words=f"{at} answers{let_in}; none was sent to try.")


async def send_test(settings: Settings, to: str) -> Finding:
    """One mail to `to`, sent at once. It says what it is and nothing else."""
    what = "test mail"
    try:
        way = mailer(settings)
    except Misconfigured as no:
        return Finding(what=what, well=False, words=no.words, next_step="Look at mail in the settings.")
    if way is None:
        return Finding(what=what, well=False, words="No mail server is set.", next_step="Set mail in the settings.")
    text = f"This mail tries out whether {settings.co_op.name} can send mail. There is nothing to do."
    try:
        async with asyncio.timeout(SECONDS):
            await way.send(to, f"{settings.co_op.name}: a test", text)
    except (NotMailed, TimeoutError) as error:
        code = f"smtp-{error.code}" if isinstance(error, NotMailed) and error.code else "unreachable"
        return Finding(what=what, well=False, words="It did not leave.", next_step=trouble(code))
    except ValueError:
        return Finding(
            what=what, well=False, words="That is no address.", next_step="Give one, such as you@example.org."
        )
    words = "The mail server took it. Look whether it has come; look in the spam folder too."
    return Finding(what=what, well=True, words=words)


def _silent(at: str) -> Finding:
    return _amiss(
        f"The mail server does not answer ({at}).",
        "Does the provider of this machine close that port (25 most often)? Ask which port mail may leave by: 587 with "
        "security: starttls, or 465 with security: tls.",
    )


async def _tried(way: Mailer, ways: Ways) -> Finding | None:
    """What is amiss, or None."""
    import aiosmtplib  # here, for it takes a tenth of a second to import and most looks come before mail is set

    at = f"{way.host}:{way.port}"
    try:
        await ways.resolve(way.host, way.port)
    except OSError:
        return _amiss(f"The mail server's name is not known: {way.host}.", "Look at mail.host: is it spelt rightly?")
    client = aiosmtplib.SMTP(
        hostname=way.host, port=way.port, use_tls=way.security == "tls", start_tls=False, timeout=STEP
    )
    try:
        await client.connect()
        await client.ehlo()
        if way.security == "starttls":
            if not client.supports_extension("starttls"):
                return _amiss(
                    f"The mail server does not encrypt on this port ({at}: no STARTTLS).",
                    "Ask its provider for the right port: most often 587 with security: starttls, or 465 with security: tls.",
                )
            await client.starttls()
            await client.ehlo()
        if way.username:
            if not client.supports_extension("auth"):
                return _amiss(
                    f"The mail server takes no name and password on this connection ({at}).",
                    "Set mail.security to starttls or tls; or leave mail.username out, if it wants none.",
                )
            await client.login(way.username, way.password or "")
        await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        return _told(error, way, at)
    finally:
        with contextlib.suppress(Exception):
            client.close()
    return None


def _told(error: BaseException, way: Mailer, at: str) -> Finding:
    """What went wrong, by the error and by what lies behind it."""
    import aiosmtplib

    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return _amiss(
            f"The mail server does not take our name and password ({error.code}).",
            "Look at mail.username and at the file in mail.password_file. Some providers want a password made for programs.",
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _amiss(
            f"The mail server answers, and does not want to deal with us ({error.code}).",
            "Ask its provider whether this machine may send mail by it.",
        )
    causes: list[BaseException] = []
    behind: BaseException | None = error
    while behind is not None and len(causes) < 8:
        causes.append(behind)
        behind = behind.__cause__ or behind.__context__
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _amiss(
                f"The mail server's certificate {tls.why(cause, way.host)}, so nothing is sent there.",
                "Is mail.host the name that its provider gives? Else ask whoever looks after the mail server.",
            )
        if isinstance(cause, ssl.SSLError):
            return _amiss(
                f"The mail server does not begin with TLS on this port ({at}).",
                "Set mail.security to starttls for port 587, tls for 465, none for a mail server on this machine.",
            )
        if isinstance(cause, ConnectionRefusedError):
            return _amiss(
                f"Nothing takes mail there: {at} refuses the connection.",
                "Look at mail.host and mail.port in the settings.",
            )
    return _silent(at)
