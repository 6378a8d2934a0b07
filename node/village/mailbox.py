# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo's mailbox: takes any mail that the co-ops send and shows it on a page. It lives in the demo's process alone.

Nothing is passed on to anybody and nothing is written to disk; the newest 500 mails are kept in memory. The page is plain HTML,
every word of a mail escaped.
"""

from __future__ import annotations

import asyncio
import html
from collections import deque
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as modern

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 500


@dataclass(frozen=True)
class Mail:
    """One mail as it came: to whom, its subject and its text."""

    to: str
    subject: str
    text: str


class Mailbox:
    """An SMTP sink on `smtp_port` and its page on `page_port`, both on loopback."""

    def __init__(self, *, host: str, smtp_port: int, page_port: int) -> None:
        self.host, self.smtp_port, self.page_port = host, smtp_port, page_port
        self.mails: deque[Mail] = deque(maxlen=KEPT)
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Mailbox:
        loop = asyncio.get_running_loop()
        self._servers.append(
            await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), self.host, self.smtp_port)
        )
        self._servers.append(await asyncio.start_server(self._page, self.host, self.page_port))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        mail = message_from_bytes(content, policy=modern)
        body = mail.get_body(("plain",))
        for to in envelope.rcpt_tos:
            self.mails.append(Mail(to=to, subject=str(mail["subject"] or ""), text=body.get_content() if body else ""))
        return "250 OK"

    async def _page(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers any request with the page; a browser that says nothing for 5 s is hung up on."""
        try:
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            page = self.render().encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n"
                b"content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\nconnection: close\r\n"
                + f"content-length: {len(page)}\r\n\r\n".encode()
                + page
            )
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass
        finally:
            writer.close()

    def render(self) -> str:
        """The page: newest mail first."""
        rows = "".join(
            f"<article><h2>{html.escape(mail.subject)}</h2><p>To {html.escape(mail.to)}</p>"
            f"<pre>{html.escape(mail.text)}</pre></article>"
            for mail in reversed(self.mails)
        )
        return (
            "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
            "<title>Mailbox of the demo</title><style>body{font:20px/1.55 sans-serif;max-width:40em;margin:auto;padding:1em}"
            "pre{white-space:pre-wrap}</style><h1>Mailbox of the demo</h1>"
            f"{rows or '<p>No mail yet. What the three co-ops send comes here and goes nowhere else.</p>'}</html>"
        )
