# SPDX-License-Identifier: AGPL-3.0-or-later
"""Founding a node: roots, working keys, identity and manifest, once; and new roots for a node whose roots are lost.

Two roots are made, either of which suffices (1-of-2): one goes into a passphrase-encrypted file outside the database, the
other is handed back as 24 words to be printed, and is kept nowhere. The file is written before anything is committed, and
never over another. Whoever founds twice is refused; a founding that failed half-way leaves a file and no node. Roots that
nobody signed over to are taken by no neighbour until its people have compared the words again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from mnemonic import Mnemonic

from federation.identity import IDENTITY_LIFE, make_identity
from federation.keys import PublicKey, SigningKey
from federation.profile import Profile
from federation.wire import node_id as as_node_id
from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid, Misconfigured
from node.here import Here
from node.members.rights import act
from node.peers import keyring, own
from node.peers.shapes import Founded
from node.words import _

SHORTEST_PASSPHRASE: Final = 12


@act("peers.found", by={"operator"}, scope="peers")
async def found_node(
    *, actor: Actor, root_file: Path, passphrase: str, profile: Mapping[str, Any] | None = None, here: Here
) -> Founded:
    """Make this node what it is. `profile`: plain values of the public face (name, area, contact, …)."""
    long_enough(passphrase)
    face = own.profile(profile, here=here)
    async with database.transaction():
        kept, printed = SigningKey.generate(here.random.bytes), SigningKey.generate(here.random.bytes)
        await _begin(actor, kept, printed.public, face, here=here)
        keep_root(root_file, kept, passphrase)
    return await _founded(printed, here=here)


@act("peers.found_with_roots", by={"operator"}, scope="peers")
async def found_with_roots(*, actor: Actor, kept: SigningKey, printed: PublicKey, here: Here) -> str:
    """As `found_node`, with two roots that were made before and elsewhere. The node's twelve words. Raises Conflict."""
    async with database.transaction():
        await _begin(actor, kept, printed, own.profile(None, here=here), here=here)
    return await own.words(here=here)


async def _begin(actor: Actor, kept: SigningKey, printed: PublicKey, face: Profile, *, here: Here) -> None:
    node = as_node_id(here.node_id)
    await database.lock("own documents")
    if await database.row("SELECT node_id FROM own_node") is not None:
        raise Conflict(_("This node is set up already."), cause="founded before")
    doc = await keyring.make("doc", nbf=here.now, exp=here.now + IDENTITY_LIFE, here=here)
    await keyring.turn(here=here)
    await database.execute(
        "INSERT INTO own_node (node_id, instance, founded) VALUES ({}, {}, {})", node, here.token(), here.now
    )
    await own.publish_identity(await _of_two(1, kept, printed, here=here), face, afresh=True, here=here)
    await journal.write(actor.person, "peers.founded", f"node:{node}", {"doc": doc}, here=here)


@act("peers.replace_lost_roots", by={"operator"}, scope="peers")
async def replace_lost_roots(*, actor: Actor, root_file: Path, passphrase: str, here: Here) -> Founded:
    """New roots where not enough of the old ones can be found. Neighbours refuse them until both sides ended the peering and
    began it again with the words compared. Invitations under way end, since they name the old roots."""
    long_enough(passphrase)
    async with database.transaction():
        await database.lock("own documents")
        version = (await own.identity(here=here)).version + 1
        face = (await own.manifest(here=here)).profile
        kept, printed = SigningKey.generate(here.random.bytes), SigningKey.generate(here.random.bytes)
        await own.publish_identity(
            await _of_two(version, kept, printed.public, here=here), face, afresh=True, here=here
        )
        await database.execute("DELETE FROM peering_invitation WHERE used_at IS NULL")
        await journal.write(
            actor.person, "peers.roots-replaced", f"node:{here.node_id}", {"version": version}, here=here
        )
        keep_root(root_file, kept, passphrase)
    return await _founded(printed, here=here)


async def _of_two(version: int, kept: SigningKey, printed: PublicKey, *, here: Here) -> bytes:
    return make_identity(
        node_id=here.node_id,
        version=version,
        now=here.now,
        exp=here.now + IDENTITY_LIFE,
        roots=[kept.public, printed],
        threshold=1,
        docs=await keyring.docs(here=here),
        signers=[kept],
    )


async def _founded(printed: SigningKey, *, here: Here) -> Founded:
    return Founded(node_id=here.node_id, words=await own.words(here=here), paper_key=root_words(printed))


@act("peers.renew_identity", by={"operator"}, scope="peers")
async def renew_identity(*, actor: Actor, root: SigningKey, here: Here) -> int:
    """The same roots for another 400 days, signed with one of them, and a manifest that follows it. The new version."""
    async with database.transaction():
        await database.lock("own documents")
        mine = await own.identity(here=here)
        if root.public not in mine.roots:
            raise Invalid({"root": _("This is not one of this node's root keys.")})
        if mine.threshold != 1:
            raise Conflict(
                _("This identity needs more than one root to sign. Begin with: commoncare key roots propose FILE"),
                cause="threshold",
            )
        made = make_identity(
            node_id=here.node_id,
            version=mine.version + 1,
            now=here.now,
            exp=here.now + IDENTITY_LIFE,
            roots=mine.roots,
            threshold=1,
            docs=await keyring.docs(here=here),
            signers=[root],
        )
        version = (await own.publish_identity(made, here=here)).version
        await journal.write(
            actor.person, "peers.identity-renewed", f"node:{here.node_id}", {"version": version}, here=here
        )
    return version


def long_enough(passphrase: str) -> None:
    """Raises Invalid for a passphrase that is soon guessed."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        words = _("Choose at least {shortest} characters: several words are easiest.", shortest=SHORTEST_PASSPHRASE)
        raise Invalid({"passphrase": words})


def root_from_file(root_file: Path, passphrase: str) -> SigningKey:
    """The root key in its file. Raises Misconfigured when it is not there or the passphrase is another."""
    try:
        key = load_pem_private_key(root_file.read_bytes(), passphrase.encode())
    except FileNotFoundError:
        raise Misconfigured("The root key's file isn't there. Look at root_key_file in the settings.") from None
    except (ValueError, TypeError, InvalidTag):
        raise Misconfigured("The root key can't be opened. Check the passphrase.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured("The root key's file holds another kind of key.")
    return SigningKey.from_seed(key.private_bytes_raw())


def root_from_paper(words: str) -> SigningKey:
    """The root key from its 24 printed words. Raises Invalid when a word is wrong."""
    english = Mnemonic("english")
    try:
        return SigningKey.from_seed(bytes(english.to_entropy(" ".join(words.lower().split()))))
    except (ValueError, LookupError):
        raise Invalid(
            {"words": _("These aren't the 24 words of a root key. Look for a slip in one of them.")}
        ) from None


def root_words(key: SigningKey) -> str:
    """A root key as the 24 words that `root_from_paper` reads (BIP-39, as an encoding of its 32 bytes)."""
    return str(Mnemonic("english").to_mnemonic(key.seed()))


def root_pem(key: SigningKey, passphrase: str) -> bytes:
    """A root key as its file holds it: PKCS #8 in PEM, behind a passphrase."""
    return Ed25519PrivateKey.from_private_bytes(key.seed()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())
    )


def keep_root(root_file: Path, key: SigningKey, passphrase: str) -> None:
    """Put a root key into a new file behind a passphrase, durably. Raises Conflict where there is a file already."""
    pem = root_pem(key, passphrase)
    root_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(root_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(_("There is a root key's file already. Move it away first."), cause="root file") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
