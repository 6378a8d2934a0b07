# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alder and its neighbour Birch as real processes, with what stands around a node: a web server with TLS, a mail server.

All of it is on loopback. Whoever looks at Alder trusts the authority of this street, as machines trust the world's. A test opens
lines of its own, with the fault that it is about; the two nodes go on beside it.
"""

from __future__ import annotations

import asyncio
import datetime
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from node import database
from node.actor import at_the_command_line
from node.coop import Coop
from node.peers import acts, own
from node.peers.shapes import Acceptance
from node.settings import load

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
HERE = "127.0.0.1"
ALDER, BIRCH = "alder.example", "birch.example"
OPERATOR = at_the_command_line()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


class Authority:
    """Who issues certificates in this street; `file` is what a machine trusts."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, 0
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), _name("An authority")
        own = _build(self._name, self._name, self._key.public_key(), (-400, 400), ca=True).sign(
            self._key, hashes.SHA256()
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def server(
        self, name: str = ALDER, *, days: tuple[int, int] = (-30, 60), by_itself: bool = False
    ) -> ssl.SSLContext:
        """What a server shows that has a certificate for `name`; `days`: from and until when, from today."""
        key, self._made = ec.generate_private_key(ec.SECP256R1()), self._made + 1
        issuer = _name(name) if by_itself else self._name
        built = _build(issuer, _name(name), key.public_key(), days, ca=False)
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = built.add_extension(names, critical=False).sign(key if by_itself else self._key, hashes.SHA256())
        file = self._folder / f"server-{self._made}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _build(
    issuer: x509.Name, subject: x509.Name, key: Any, days: tuple[int, int], *, ca: bool
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1], hours=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Lines:
    """Servers on loopback, in a thread of their own, so that a command may run beside them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._open: dict[int, asyncio.Server] = {}
        self._held: dict[int, list[asyncio.StreamWriter]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def close(self) -> None:
        for port in list(self._open):
            self.end(port)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def to(
        self, port: int, *, tls: ssl.SSLContext | None = None, at: int = 0, instead: tuple[bytes, bytes] = (b"", b"")
    ) -> int:
        """A line that hands on to a port, as a web server in front of a node does; where it listens. `instead`: what it hands on
        otherwise than it came."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                inner, outer = await asyncio.open_connection(HERE, port)
            except OSError:
                writer.transport.abort()
                return
            self._held.setdefault(writer.get_extra_info("sockname")[1], []).append(writer)
            await asyncio.gather(_pump(reader, outer, instead), _pump(inner, writer))

        return self._begun(lambda: asyncio.start_server(serve, HERE, at, ssl=tls))

    def saying(self, answer: str, *, tls: ssl.SSLContext | None = None) -> int:
        """A web server that says the same to everybody."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer.encode())
                await writer.drain()
            writer.close()

        return self._begun(lambda: asyncio.start_server(serve, HERE, 0, ssl=tls))

    def silent(self) -> int:
        """Somebody who takes a connection and never says a word."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        return self._begun(lambda: asyncio.start_server(serve, HERE, 0))

    def mail(self, *, password: str, **options: Any) -> int:
        """A mail server that wants a name and this password."""

        def judge(*args: Any) -> AuthResult:
            return AuthResult(success=args[-1].password.decode() == password, handled=False)

        options = {"authenticator": judge, "auth_require_tls": False} | options

        async def begin() -> asyncio.Server:
            return await self._loop.create_server(lambda: SMTP(_Sink(), loop=self._loop, **options), HERE, 0)

        return self._begun(begin)

    def _begun(self, begin: Callable[[], Coroutine[Any, Any, asyncio.Server]]) -> int:
        server = self.run(begin())
        port = int(server.sockets[0].getsockname()[1])
        self._open[port] = server
        return port

    def end(self, port: int) -> None:
        async def close() -> None:
            self._open.pop(port).close()
            for writer in self._held.pop(port, []):  # what is kept open for the next request too
                writer.transport.abort()

        self.run(close())


class _Sink:
    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        return "250 OK"


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, instead: tuple[bytes, bytes] = (b"", b"")
) -> None:
    with suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65_536):
            writer.write(data.replace(*instead) if instead[0] else data)
            await writer.drain()
    with suppress(ConnectionError, ssl.SSLError):
        writer.close()


@dataclass
class Street:
    """`alder`, `birch`: their folders; `ports`: where their nodes listen; `way`: the port by which Birch reaches Alder."""

    alder: Path
    birch: Path
    lines: Lines
    authority: Authority
    ports: dict[str, int] = field(default_factory=dict)
    way: int = 0


def befriend(one: Path, other: Path) -> None:
    """Makes neighbours of two co-ops that do not run, each through the other's own door."""

    async def go() -> None:
        apps: dict[str, httpx.ASGITransport] = {}

        class Between(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                return await apps[request.url.host].handle_async_request(request)

        plain = [load(each) for each in (one, other)]
        async with Coop.open(plain[0], transport=Between()) as a, Coop.open(plain[1], transport=Between()) as b:
            for each in (a, b):
                apps[each.settings.node_id] = httpx.ASGITransport(each.app)
            with database.bound(a.engine):
                made = await acts.invite(actor=OPERATOR, node_id=b.settings.node_id, here=a.here())
            with database.bound(b.engine):
                said = Acceptance(invitation=made.invitation)
                await acts.accept(actor=OPERATOR, invitation=said, here=b.here())
                words = await own.words(here=b.here())
            for each in (b, a, b):
                await each.settle()
            with database.bound(a.engine):
                await acts.confirm(actor=OPERATOR, node_id=b.settings.node_id, words=words, here=a.here())
            for each in (a, b, a):
                await each.settle()

    asyncio.run(go())


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    """The node of this folder as a process that answers and does no work; it ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "node", "serve", "--no-worker", "--until-eof", "--dir", str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if '"serving"' in line:
                break
        assert '"serving"' in said, said
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield
    finally:
        process.stdin.close()
        process.wait(20)
        process.stderr.close()


@contextmanager
def running(folder: Path, alder: Path, birch: Path, change: Callable[..., None]) -> Iterator[Street]:
    """Both of them served, from copies of their folders. `change`: how settings are written."""
    with ExitStack() as stack:
        street = Street(folder / "alder", folder / "birch", Lines(), Authority(folder))
        stack.callback(street.lines.close)
        for name, source in (("alder", alder), ("birch", birch)):
            shutil.copytree(source, folder / name)
            street.ports[name] = free_port()
        street.way = street.lines.to(street.ports["alder"])
        (street.birch / "off").write_text("0")
        change(
            street.birch, port=street.ports["birch"], clock_file="off", resolver={ALDER: f"http://{HERE}:{street.way}"}
        )
        change(street.alder, port=street.ports["alder"])
        for name in (street.alder, street.birch):
            stack.enter_context(serving(name))
        yield street
