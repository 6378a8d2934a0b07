# SPDX-License-Identifier: AGPL-3.0-or-later
"""A name whose address turns from one look-up to the next, over real sockets and real TLS on this machine.

The one thing that is not the network's own is which socket stands for which address: an outside address, and one of the machine
itself, are each a server here. What is asserted is where the connection went, and under which name.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from federation.client import Answer, Outgoing
from federation.errors import Refused
from node.exchange.outbound import HttpFetcher

MALLORY = "mallory.example"
OUTSIDE, ELSEWHERE, INSIDE = "93.184.216.34", "1.1.1.1", "127.0.0.1"
REAL = anyio.connect_tcp


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for a name, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / f"{name}.crt", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


class Machine:
    """Servers by the address that they stand for; `went` is every place to which a connection was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports, self.went = folder, dict[str, int](), list[tuple[str, int]]()
        self.asked: dict[str, list[bytes]] = {}
        self.servers: list[asyncio.Server] = []
        self.trust = ssl.create_default_context()
        self.names: list[str | None] = []

    async def serve(self, address: str, name: str) -> None:
        cert, private = certificate(self.folder, name)
        self.trust.load_verify_locations(cert)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, private)
        context.sni_callback = lambda _socket, sni, _context: self.names.append(sni)
        self.asked[address] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.asked[address].append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, INSIDE, 0, ssl=context)
        self.servers.append(server)
        self.ports[address] = server.sockets[0].getsockname()[1]

    async def connect(self, remote_host: Any, remote_port: int, **more: Any) -> Any:
        self.went.append((str(remote_host), remote_port))
        if str(remote_host) not in self.ports:
            raise OSError("nobody there")
        return await REAL(INSIDE, self.ports[str(remote_host)], **more)


@pytest_asyncio.fixture
async def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machine]:
    """One server outside with Mallory's certificate, and one inside that nobody may reach from here."""
    made = Machine(tmp_path)
    await made.serve(OUTSIDE, MALLORY)
    await made.serve(ELSEWHERE, "another.example")
    await made.serve(INSIDE, "inside.example")
    monkeypatch.setattr(anyio, "connect_tcp", made.connect)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: made.trust)
    yield made
    for server in made.servers:
        server.close()


class Turning:
    """A resolver of Mallory's own: another answer each time, the last one for good."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, int]]()

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def ask(fetcher: HttpFetcher) -> Answer:
    return await fetcher.fetch(Outgoing(MALLORY, "GET", "/commoncare/v1/heads", "", {}, None, 1000, 5))


async def test_a_name_that_turns_inside_after_the_check_leads_nowhere_else(machine: Machine) -> None:
    resolve = Turning([OUTSIDE], [INSIDE])
    fetcher = HttpFetcher(resolve=resolve)
    try:
        assert (await ask(fetcher)).status == 200
        assert machine.went == [(OUTSIDE, 443)], "the address that was checked, never the name again"
        assert ipaddress.ip_address(machine.went[0][0]).is_global
        assert resolve.asked == [(MALLORY, 443)], "one look-up for one connection"
        assert machine.names == [MALLORY] and b"\r\nHost: mallory.example\r\n" in machine.asked[OUTSIDE][0].replace(
            b"\r\nhost:", b"\r\nHost:"
        )
        with pytest.raises(Refused) as refused:
            await ask(fetcher)
        assert refused.value.code == "unreachable"
        assert len(machine.went) == 1 and machine.asked[INSIDE] == []
    finally:
        await fetcher.close()


@pytest.mark.parametrize("answer", [[OUTSIDE, INSIDE], [INSIDE, OUTSIDE], [OUTSIDE, "::ffff:10.0.0.1"], []])
async def test_with_one_inside_address_among_others_nobody_is_spoken_to(machine: Machine, answer: list[str]) -> None:
    fetcher = HttpFetcher(resolve=Turning(answer))
    try:
        with pytest.raises(Refused) as refused:
            await ask(fetcher)
        assert refused.value.code == "unreachable"
        assert machine.went == []
    finally:
        await fetcher.close()


async def test_a_retry_looks_up_and_checks_anew(machine: Machine) -> None:
    """The first address does not answer; the second look-up leads inside."""
    fetcher = HttpFetcher(resolve=Turning(["8.8.8.8"], [INSIDE]))
    try:
        with pytest.raises(Refused) as refused:
            await ask(fetcher)
        assert refused.value.code == "unreachable"
        assert machine.went == [("8.8.8.8", 443)] and machine.asked[INSIDE] == []
    finally:
        await fetcher.close()


async def test_an_address_that_answers_under_another_name_is_not_believed(machine: Machine) -> None:
    fetcher = HttpFetcher(resolve=Turning([ELSEWHERE]))
    try:
        with pytest.raises(Refused) as refused:
            await ask(fetcher)
        assert refused.value.code == "unreachable"
        assert machine.names[-1] == MALLORY and machine.asked[ELSEWHERE] == []
    finally:
        await fetcher.close()
