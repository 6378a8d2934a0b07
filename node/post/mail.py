# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handing one neutral text to the co-op's mail server.

A passing trouble (no connection, a 4xx answer) is tried again a few times within one call; what then fails raises NotMailed,
which says whether trying later can help. No address, subject or text is in an error or a log. A line break in an address or
subject is refused (ValueError) before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal

from node.here import Here


class NotMailed(Exception):
    """`code`: SMTP's (RFC 5321), 0 without an answer. `permanent`: the server said never (5xx)."""

    def __init__(self, code: int, *, permanent: bool) -> None:
        super().__init__(f"mail was not taken: {code or 'no answer'}")
        self.code = code
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Mailer:
    """`security`: "tls" from the start, "starttls" (refused if the server can't), or "none" for a server on this machine.

    `timeout`, `pause`: seconds for one attempt, and before the second (then doubling); `attempts` within one call.
    """

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    security: Literal["tls", "starttls", "none"] = "none"
    timeout: float = 20.0
    attempts: int = 3
    pause: float = 0.5

    def __repr__(self) -> str:
        return f"Mailer({self.host}:{self.port})"

    async def send(self, to: str, subject: str, text: str, *, here: Here | None = None, unsubscribe: str = "") -> None:
        """Send one mail. `here` gives its date and its id; without it the mail server adds them. `unsubscribe`: a page that
        ends such mails, put into List-Unsubscribe (RFC 2369); it has a button, so a program that follows it ends nothing.
        Raises NotMailed."""
        import tenacity  # here, for they take a tenth of a second to import and most starts never mail

        message = self._message(to, subject, text, here)
        if unsubscribe:
            message["List-Unsubscribe"] = f"<{unsubscribe}>"
        trying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=tenacity.wait_exponential(multiplier=self.pause, max=10),
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, NotMailed) and not error.permanent),
            reraise=True,
        )
        await trying(self._once, message, to)

    def _message(self, to: str, subject: str, text: str, here: Here | None) -> EmailMessage:
        if any(sign in value for value in (to, subject) for sign in "\r\n"):
            raise ValueError("a line break in an address or a subject")
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = subject
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
        if here is not None:
            message["Date"] = formatdate(here.now)
            message["Message-ID"] = f"<{here.token()}@{here.node_id}>"
        message.set_content(text)
        return message

    async def _once(self, message: EmailMessage, to: str) -> None:
        import aiosmtplib

        try:
            await aiosmtplib.send(
                message,
                sender=self.sender,
                recipients=[to],
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                timeout=self.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            code = max(codes, default=0)
            raise NotMailed(code, permanent=code >= 500) from None
        except aiosmtplib.SMTPResponseException as error:
            raise NotMailed(error.code, permanent=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            raise NotMailed(0, permanent=False) from None
