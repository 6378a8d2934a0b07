# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail to a real SMTP server on this machine: what it gets, what is tried again, and that errors name nobody."""

from __future__ import annotations

import asyncio
import logging
from email import message_from_bytes

import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP

from node.post import Mailer, NotMailed


class Taking:
    """Answers in turn, then takes what comes."""

    def __init__(self, *answers: str, at: str = "RCPT") -> None:
        self.answers = list(answers)
        self.at = at
        self.mails: list = []

    async def handle_RCPT(self, server: SMTP, session, envelope, address, options):  # the name that aiosmtpd asks for
        if self.at == "RCPT" and self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session, envelope):
        if self.at == "DATA" and self.answers:
            return self.answers.pop(0)
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), message_from_bytes(envelope.content)))
        return "250 OK"


@pytest_asyncio.fixture
async def serve():
    started = []

    async def start(handler: Taking) -> Mailer:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(handler, hostname="mail.example"), "127.0.0.1", 0)
        started.append(server)
        port = server.sockets[0].getsockname()[1]
        return Mailer("127.0.0.1", port, "coop@alder.example", pause=0.001, timeout=5)

    yield start
    for server in started:
        server.close()
        await server.wait_closed()


async def test_one_mail(serve, here):
    handler = Taking()
    await (await serve(handler)).send(
        "ada@example.org", "Something is waiting for you", "Please sign in.\nWarmly ☂", here=here
    )
    ((sender, to, mail),) = handler.mails
    assert (sender, to) == ("coop@alder.example", ["ada@example.org"])
    assert mail["Subject"] == "Something is waiting for you"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Fri, 15 Jan 2027 08:00:00 -0000"
    assert mail["Message-ID"].endswith("@alder.example>")
    assert mail.get_payload(decode=True).decode().splitlines() == ["Please sign in.", "Warmly ☂"]


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
async def test_a_passing_refusal_is_tried_again(serve, at):
    handler = Taking("451 later", "421 busy", at=at)
    await (await serve(handler)).send("ada@example.org", "Hello", "Text")
    assert len(handler.mails) == 1
    assert handler.answers == []


@pytest.mark.parametrize("at", ["RCPT", "DATA"])
async def test_never_is_never(serve, at, caplog):
    caplog.set_level(logging.DEBUG)
    handler = Taking("550 no such ada@example.org", "550 not asked again", at=at)
    with pytest.raises(NotMailed) as caught:
        await (await serve(handler)).send("ada@example.org", "Hello", "Text")
    assert (caught.value.code, caught.value.permanent) == (550, True)
    assert len(handler.answers) == 1
    assert handler.mails == []
    assert "ada" not in str(caught.value)
    assert caught.value.__suppress_context__
    ours = [record for record in caplog.records if record.name.startswith("node")]
    assert not any("ada" in record.getMessage() for record in ours)


async def test_it_gives_up_for_now(serve):
    handler = Taking(*["451 later"] * 9)
    with pytest.raises(NotMailed) as caught:
        await (await serve(handler)).send("ada@example.org", "Hello", "Text")
    assert (caught.value.code, caught.value.permanent) == (451, False)
    assert len(handler.answers) == 6


async def test_no_server():
    with pytest.raises(NotMailed) as caught:
        await Mailer("127.0.0.1", 1, "coop@alder.example", pause=0.001).send("ada@example.org", "Hello", "Text")
    assert (caught.value.code, caught.value.permanent) == (0, False)


async def test_starttls_is_not_optional(serve):
    handler = Taking()
    mailer = await serve(handler)
    safe = Mailer(mailer.host, mailer.port, mailer.sender, security="starttls", attempts=1)
    with pytest.raises(NotMailed):
        await safe.send("ada@example.org", "Hello", "Text")
    assert handler.mails == []


async def test_no_smuggled_headers(serve):
    handler = Taking()
    for to, subject in (
        ("ada@example.org\nBcc: eve@example.org", "x"),
        ("ada@example.org", "x\r\nBcc: eve@example.org"),
    ):
        with pytest.raises(ValueError) as caught:
            await (await serve(handler)).send(to, subject, "Text")
        assert "ada" not in str(caught.value)
    assert handler.mails == []


def test_a_mailers_repr_holds_no_password():
    assert "hunter2" not in repr(Mailer("mail.example", 465, "coop@alder.example", "coop", "hunter2"))
