# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in as people do it, in a line each; and a mail server that keeps what it took."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from node import post
from node.actor import Actor
from node.here import Here
from node.signin import acts, mail, reads
from node.signin.shapes import Session, SignedIn, WhoAreYou
from tests.node.members.cast import admit

ORIGIN = "192.0.2.7"
PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0"


class Letterbox:
    """What a real SMTP server took in: (to, subject, text)."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content)
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        self.taken.append((envelope.rcpt_tos[0], str(message["Subject"]), body.decode().replace("\r\n", "\n")))
        return "250 OK"


@contextmanager
def letterbox() -> Iterator[tuple[Letterbox, post.Mailer]]:
    box = Letterbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, post.Mailer(host="127.0.0.1", port=port, sender="post@alder.example", attempts=1)
    finally:
        controller.stop()


async def post_leaves(mailer: post.Mailer, here: Here) -> int:
    """Every sign-in mail that is due leaves; how many items there were."""
    items = await post.claim(mail.KINDS, limit=50, lease=60, worker="test", here=here)
    for item in items:
        await mail.leave_by_mail(item, mailer, here)
    return len(items)


def code_of(text: str) -> str:
    found = re.search(r"^(\d{3} \d{3})$", text, re.MULTILINE)
    assert found
    return found[1]


def link_of(text: str) -> str:
    found = re.search(r"/sign-in/with/([A-Za-z0-9_-]{43})$", text, re.MULTILINE)
    assert found
    return found[1]


async def signed_in(actor: Actor, *, here: Here, device: str = PHONE, before: str | None = None) -> SignedIn:
    """In, by a card that somebody made earlier."""
    from node.signin import keeping, secrets

    card = await keeping.new_card(
        actor.person, by=actor.person, stands_from=here.now, expires=here.now + 86400, here=here
    )
    words = " ".join(secrets.words(secrets.card(card, here=here)))
    return await acts.by_card(words=words, origin=ORIGIN, before=before, device=device, here=here)


async def standing(given: SignedIn, *, here: Here) -> Session:
    found = await reads.session(given.cookie, here=here)
    assert found is not None
    return found


async def someone(name: str, *roles: str, here: Here, email: str = "") -> Session:
    """A person of this co-op, signed in."""
    person = await admit(name, *roles, here=here, email=email)
    return await standing(await signed_in(person, here=here), here=here)


def app_code(secret: str, now: int) -> str:
    """What an authenticator app shows."""
    return TOTP(base64.b32decode(secret.replace(" ", "")), 6, SHA1(), 30).generate(now).decode()


async def with_app(session: Session, *, here: Here) -> tuple[SignedIn, str]:
    """An authenticator app set up in this session; the new cookie, and the app's secret."""
    await acts.begin_totp(actor=session.actor, session=session, here=here)
    setup = await reads.totp_setup(session.actor, here=here)
    given = await acts.confirm_totp(
        actor=session.actor, session=session, code=app_code(setup.secret, here.now), here=here
    )
    return given, setup.secret


async def proved(name: str, *roles: str, here: Here, email: str = "") -> Session:
    """A person whose guarded roles count: signed in, with an app set up."""
    session = await someone(name, *roles, here=here, email=email)
    return await standing((await with_app(session, here=here))[0], here=here)


def only(found: SignedIn | WhoAreYou) -> SignedIn:
    assert isinstance(found, SignedIn)
    return found
