# SPDX-License-Identifier: AGPL-3.0-or-later
"""C2SP signed notes, and the checkpoint of a log as such a note (c2sp.org/signed-note, tlog-checkpoint,
tlog-cosignature).

A note proves itself: its text is returned only once exactly one signature line of a known key has verified.
Order: length, form, signature lines, which of them count, the signature, then the three lines of the text.
Lines of other signers are passed over, as the note format asks; two lines that count, or one that fails,
refuse the whole.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn

from . import merkle
from .errors import Refused
from .keys import PublicKey, SigningKey

ED25519: Final = 0x01
"""Signature type of a plain note: Ed25519 over the text. We read it only to be held against others'
vectors."""
COSIGNATURE_V1: Final = 0x04
"""Signature type of `cosignature/v1`: Ed25519 over a time and the text. All checkpoints of this protocol."""

NOTE_LIMIT: Final = 4096
"""Bytes of a note."""
SIGNATURE_LINES: Final = 16
"""Signature lines of a note, whoever signed them."""
NAME_LIMIT: Final = 320
"""Characters of a key's name, so of an origin."""

_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_NAME: Final = re.compile(r"[!-*,-~]+")  # visible ASCII but the plus sign: narrower than C2SP, wide enough for us
_LINE: Final = re.compile(r"— ([!-*,-~]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A signer known beforehand: key name, signature type (0x01 or 0x04), Ed25519 key."""

    name: str
    kind: int
    key: PublicKey

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || "\\n" || type || key)[:4]: finds the line, proves nothing."""
        return key_id(self.name, self.kind, self.key.raw)

    @classmethod
    def from_vkey(cls, vkey: str) -> Verifier:
        """The verifier in the `name+hash+base64(type || key)` form of C2SP. Refused: malformed."""
        name, _, rest = vkey.partition("+")
        written, _, encoded = rest.partition("+")
        raw = _b64decode(encoded)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE_V1):
            _malformed("a verifier key of another form")
        verifier = cls(name, raw[0], PublicKey.from_bytes(raw[1:]))
        if verifier.key_id.hex() != written:
            _malformed("a verifier key whose id does not fit")
        return verifier


@dataclass(frozen=True, slots=True)
class Opened:
    """A note whose signature verified: text (ends in a newline), time (Unix seconds; 0 for 0x01), the signer.

    `note` is the note with the counted line alone: what to keep and to show as evidence, whatever other
    lines came.
    """

    text: str
    time: int
    note: str
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: at `time` (Unix seconds) it held `size` leaves under `root` (32 bytes).

    `note` is the signed note with its one counted line; `kid` the RFC 7638 thumbprint of the key that signed
    it.
    """

    origin: str
    size: int
    root: bytes
    time: int
    note: str
    kid: str


def key_id(name: str, kind: int, key: bytes) -> bytes:
    """The 4 bytes that a signature line starts with (c2sp.org/signed-note, "Signatures")."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def cosigned(text: str, time: int) -> bytes:
    """The message that a `cosignature/v1` signs (c2sp.org/tlog-cosignature)."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def open_note(note: str, verifiers: Iterable[Verifier]) -> Opened:
    """The text of a note that exactly one of the verifiers signed, once.

    Refused: too-large, malformed, and untrusted when no line counts, more than one does, or its signature
    fails.
    """
    text, lines = _parse(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    counted = [
        (verifier, signature, line)
        for name, signature, line in lines
        if (verifier := known.get((name, signature[:4]))) is not None
    ]
    if len(counted) != 1:
        raise Refused("untrusted", f"{len(counted)} signatures of known keys on a note, one is due")
    verifier, signature, line = counted[0]
    time, message, proof = 0, text.encode(), signature[4:]
    if verifier.kind == COSIGNATURE_V1:
        time, proof = int.from_bytes(signature[4:12], "big"), signature[12:]
        message = cosigned(text, time)
    if len(proof) != 64 or not verifier.key.verify(proof, message):
        raise Refused("untrusted", "the signature on a note does not verify")
    if time > merkle.MAX_SIZE:
        _malformed("a time beyond 2^53")
    return Opened(text, time, f"{text}\n{line}\n", verifier)


def read_checkpoint(text: str) -> tuple[str, int, bytes]:
    """(origin, size, root) from a checkpoint's text: exactly three lines. Refused: malformed.

    The size is a decimal without leading zeros below 2^53; the empty tree has its one root.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        _malformed("a checkpoint has three lines")
    origin, size_text, root_text, _ = lines
    if not _NAME.fullmatch(origin) or len(origin) > NAME_LIMIT:
        _malformed("an origin of another form")
    if not _DECIMAL.fullmatch(size_text) or (size := int(size_text)) > merkle.MAX_SIZE:
        _malformed("a size of another form")
    root = _b64decode(root_text)
    if len(root) != merkle.HASH_BYTES or (size == 0 and root != merkle.EMPTY_ROOT):
        _malformed("a root that cannot be")
    return origin, size, root


def make_checkpoint(origin: str, size: int, root: bytes, time: int, key: SigningKey) -> str:
    """The signed note for this state of the log, key name = origin. ValueError for what no reader would take."""
    text = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    try:
        read_checkpoint(text)
    except Refused as refusal:
        raise ValueError(refusal.cause) from refusal
    if not 0 < time <= merkle.MAX_SIZE:
        raise ValueError("a checkpoint needs a time in Unix seconds")
    head = key_id(origin, COSIGNATURE_V1, key.public.raw) + time.to_bytes(8, "big")
    signature = base64.b64encode(head + key.sign(cosigned(text, time))).decode()
    return f"{text}\n— {origin} {signature}\n"


def open_checkpoint(note: str, origin: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """The checkpoint of exactly this origin, signed by exactly one of these `log` keys under the origin's
    name.

    The time is not judged here: see `feed.judge_checkpoint`. Refused: too-large, malformed, untrusted.
    """
    opened = open_note(note, [Verifier(origin, COSIGNATURE_V1, key) for key in keys])
    named, size, root = read_checkpoint(opened.text)
    if named != origin:
        raise Refused("untrusted", "a checkpoint of another origin")
    return Checkpoint(origin, size, root, opened.time, opened.note, opened.verifier.key.kid)


def _parse(note: str) -> tuple[str, list[tuple[str, bytes, str]]]:
    """The text with its last newline, and (name, key id and signature, whole line) for each signature
    line."""
    try:
        length = len(note.encode())
    except UnicodeEncodeError:
        _malformed("a note is not UTF-8")
    if length > NOTE_LIMIT:
        raise Refused("too-large", f"a note of more than {NOTE_LIMIT} bytes")
    if any(letter < " " and letter != "\n" for letter in note):
        _malformed("a control character in a note")
    text, blank, signatures = note.rpartition("\n\n")
    if not text or not blank or not signatures.endswith("\n"):
        _malformed("a note has a text, a blank line, and signature lines")
    lines = signatures[:-1].split("\n")
    if len(lines) > SIGNATURE_LINES:
        _malformed("too many signature lines")
    parsed = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or len(match[1]) > NAME_LIMIT:
            _malformed("a signature line of another form")
        signature = _b64decode(match[2])
        if len(signature) < 5:
            _malformed("a signature line without a signature")
        parsed.append((match[1], signature, line))
    return text + "\n", parsed


def _b64decode(text: str) -> bytes:
    """Standard, padded base64 (RFC 4648 section 4) with no other spelling of the same bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        _malformed("not base64")
    if base64.b64encode(raw).decode() != text:
        _malformed("a second spelling of base64")
    return raw


def _malformed(cause: str) -> NoReturn:
    raise Refused("malformed", cause)
