# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the protocol's tests share: the published vectors, a time, and two co-ops with their keys.

The vectors stand outside the project. Without COMMONCARE_VECTORS the tests that need them are skipped,
saying so; with COMMONCARE_STRICT=1 they fail instead, so that no run that has to be complete passes without
them.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from federation import identity, manifest
from federation.identity import Identity
from federation.keys import LetterKey, SigningKey
from federation.manifest import Manifest, NodeKey
from federation.profile import Contact, Profile, Safeguarding
from federation.wire import DAY

NOW = 1_795_000_000


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Path]:
    """From a name in the folder of vectors to its path."""

    def find(name: str) -> Path:
        folder = os.environ.get("COMMONCARE_VECTORS")
        path = Path(folder) / name if folder else None
        if path is not None and path.exists():
            return path
        reason = f"the vectors {name} are not here: set COMMONCARE_VECTORS"
        if os.environ.get("COMMONCARE_STRICT") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    return find


def seed(name: str) -> bytes:
    """32 bytes that are the same in every run."""
    return hashlib.sha256(name.encode()).digest()


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(seed(name))


@dataclass(frozen=True)
class Coop:
    """A co-op with all its keys in one hand, as only a test has them."""

    node_id: str
    roots: tuple[SigningKey, ...]
    doc: SigningKey
    http: SigningKey
    log: SigningKey
    letter: LetterKey
    identity: Identity
    manifest: Manifest


def open_coop(node_id: str, *, threshold: int = 1, now: int = NOW) -> Coop:
    roots = (key(f"{node_id} root 1"), key(f"{node_id} root 2"))
    doc, http, log = (key(f"{node_id} {use}") for use in ("doc", "http", "log"))
    letter = LetterKey.from_seed(seed(f"{node_id} letter"))
    first = identity.accept_identity(
        None,
        identity.make_identity(
            node_id=node_id,
            version=1,
            now=now,
            exp=now + 300 * DAY,
            roots=[root.public for root in roots],
            threshold=threshold,
            docs=[doc.public],
            signers=roots,
        ),
        now,
        node_id=node_id,
    )
    today = manifest.make_manifest(
        identity=first,
        version=1,
        now=now,
        exp=now + 20 * DAY,
        keys=[
            NodeKey("http", http.public, now, now + 90 * DAY),
            NodeKey("log", log.public, now, now + 90 * DAY),
            NodeKey("letter", letter.public, now, now + 30 * DAY),
        ],
        profile=Profile(
            name=f"The co-op at {node_id}",
            services=("home care",),
            languages=("en",),
            safeguarding=Safeguarding(lead=Contact(name="Ash Lead", phone="01632 960001")),
        ),
        signer=doc,
    )
    return Coop(node_id, roots, doc, http, log, letter, first, manifest.accept_manifest(first, None, today, now))


@pytest.fixture(scope="session")
def alder() -> Coop:
    return open_coop("alder.example")


@pytest.fixture(scope="session")
def birch() -> Coop:
    return open_coop("birch.example", threshold=2)


@pytest.fixture(scope="session")
def coop() -> Callable[..., Coop]:
    """Opens any other co-op."""
    return open_coop


@pytest.fixture(scope="session")
def make_key() -> Callable[[str], SigningKey]:
    """The same key for the same name in every run."""
    return key


@pytest.fixture(scope="session")
def now() -> int:
    return NOW


@pytest.fixture
def random() -> Callable[[int], bytes]:
    """Bytes that differ from call to call and are the same in every run."""
    calls = iter(range(1_000_000))
    return lambda count: hashlib.shake_256(b"%d" % next(calls)).digest(count)
