# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checkpoints: third parties' notes open, ours come back, and nothing that was touched does."""

import base64
import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import merkle, notes
from federation.errors import Refused
from federation.keys import SigningKey
from federation.notes import Verifier

ORIGIN = "alder.example/commoncare/peer-support/1790000000"
KEY = SigningKey.from_seed(b"\x07" * 32)
OTHER = SigningKey.from_seed(b"\x08" * 32)
ROOT = sha256(b"some tree").digest()
TIME = 1_790_000_123
NOTE = notes.make_checkpoint(ORIGIN, 42, ROOT, TIME, KEY)


def refused(code: str, note: str, *, origin: str = ORIGIN, keys=(KEY.public,)) -> None:
    with pytest.raises(Refused) as caught:
        notes.open_checkpoint(note, origin, keys)
    assert caught.value.code == code


def signature_line(name: str, blob: bytes) -> str:
    return f"— {name} {base64.b64encode(blob).decode()}\n"


def test_a_checkpoint_comes_back_whole():
    checkpoint = notes.open_checkpoint(NOTE, ORIGIN, [OTHER.public, KEY.public])
    assert checkpoint == notes.Checkpoint(ORIGIN, 42, ROOT, TIME, NOTE, KEY.public.kid)


def test_the_note_is_written_as_c2sp_says():
    """Rebuilt here from the text of the specification alone."""
    text, line = NOTE.split("\n\n")
    text += "\n"
    assert text == f"{ORIGIN}\n42\n{base64.b64encode(ROOT).decode()}\n"
    dash, name, blob64 = line.rstrip("\n").split(" ")
    blob = base64.b64decode(blob64)
    assert (dash, name) == ("—", ORIGIN)
    assert blob[:4] == sha256(ORIGIN.encode() + b"\n\x04" + KEY.public.raw).digest()[:4]
    assert blob[4:12] == TIME.to_bytes(8, "big")
    assert KEY.public.verify(blob[12:], b"cosignature/v1\ntime %d\n" % TIME + text.encode())


def test_the_example_note_of_c2sp_opens(vectors):
    example = json.loads(vectors("c2sp-signed-note-example.json").read_text())["signed_note"]
    opened = notes.open_note(example["note"], [Verifier.from_vkey(example["vkey"])])
    assert opened.text == "This is an example message.\n"
    assert opened.note == example["note"]
    with pytest.raises(Refused):
        notes.open_note(example["note"].replace("example m", "Example m"), [Verifier.from_vkey(example["vkey"])])


def test_sixteen_checkpoints_of_another_log_open_and_their_leaves_give_their_roots(vectors):
    log = json.loads(vectors("c2sp-tlog-tiles-tessera.json").read_text())
    verifier = Verifier.from_vkey(log["vkey"])
    assert len(log["checkpoints"]) == 16
    for size, note in log["checkpoints"].items():
        origin, told, root = notes.read_checkpoint(notes.open_note(note, [verifier]).text)
        assert (origin, told) == (verifier.name, int(size))
        tile = base64.b64decode(log["tiles_level0_b64"].get(size, ""))
        hashes = [tile[at : at + 32] for at in range(0, len(tile), 32)]
        assert merkle.root_of(hashes) == root
        bundle, leaves = base64.b64decode(log["entry_bundles_b64"].get(size, "")), []
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            leaves.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
        assert [merkle.leaf_hash(leaf) for leaf in leaves] == hashes


@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_no_bit_of_a_note_may_change(bit):
    raw = bytearray(NOTE.encode())
    raw[bit // 8] ^= 1 << bit % 8
    try:
        changed = raw.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(Refused):
        notes.open_checkpoint(changed, ORIGIN, [KEY.public])


def test_lines_of_strangers_are_passed_over_and_not_kept():
    stranger = signature_line("witness.example/w1", b"\1\2\3\4" + b"\5" * 72)
    checkpoint = notes.open_checkpoint(NOTE + stranger, ORIGIN, [KEY.public])
    assert checkpoint.note == NOTE


def test_exactly_one_line_may_count():
    line = NOTE.split("\n\n")[1]
    refused("untrusted", NOTE + line)
    both = NOTE + notes.make_checkpoint(ORIGIN, 42, ROOT, TIME, OTHER).split("\n\n")[1]
    assert notes.open_checkpoint(both, ORIGIN, [KEY.public]).kid == KEY.public.kid
    refused("untrusted", both, keys=[KEY.public, OTHER.public])
    refused("untrusted", NOTE, keys=[OTHER.public])
    refused("untrusted", NOTE, keys=[])


def test_a_note_of_another_origin_is_refused():
    elsewhere = "birch.example/commoncare/peer-support/1790000000"
    refused("untrusted", NOTE, origin=elsewhere)
    # Signed by the right key and named rightly on the line, but the text speaks of another log.
    text = f"{elsewhere}\n42\n{base64.b64encode(ROOT).decode()}\n"
    head = notes.key_id(ORIGIN, 4, KEY.public.raw) + TIME.to_bytes(8, "big")
    forged = text + "\n" + signature_line(ORIGIN, head + KEY.sign(notes.cosigned(text, TIME)))
    refused("untrusted", forged)


def test_a_plain_signature_is_no_checkpoint_of_ours():
    text = f"{ORIGIN}\n42\n{base64.b64encode(ROOT).decode()}\n"
    head = notes.key_id(ORIGIN, notes.ED25519, KEY.public.raw)
    refused("untrusted", text + "\n" + signature_line(ORIGIN, head + KEY.sign(text.encode())))


ROOT64 = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n042\n{ROOT64}\n",
        f"{ORIGIN}\n+42\n{ROOT64}\n",
        f"{ORIGIN}\n-1\n{ROOT64}\n",
        f"{ORIGIN}\n٤٢\n{ROOT64}\n",
        f"{ORIGIN}\n42 \n{ROOT64}\n",
        f"{ORIGIN}\n{2**53}\n{ROOT64}\n",
        f"{ORIGIN}\n42\n{ROOT64[:-1]}\n",
        f"{ORIGIN}\n42\n{base64.urlsafe_b64encode(bytes([251]) * 32).decode()}\n",
        f"{ORIGIN}\n42\n{ROOT64[:-2]}{chr(ord(ROOT64[-2]) + 1)}=\n",  # stray bits
        f"{ORIGIN}\n42\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n42\n{ROOT64}\nextension\n",
        f"{ORIGIN}\n0\n{ROOT64}\n",
        f"{ORIGIN}\n42\n",
        f" {ORIGIN}\n42\n{ROOT64}\n",
        f"{ORIGIN}+x\n42\n{ROOT64}\n",
    ],
)
def test_a_signed_text_of_another_form_is_refused(text):
    head = notes.key_id(ORIGIN, 4, KEY.public.raw) + TIME.to_bytes(8, "big")
    note = text + "\n" + signature_line(ORIGIN, head + KEY.sign(notes.cosigned(text, TIME)))
    refused("malformed", note)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE.rstrip("\n"),
        NOTE + "\n",
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", "- "),
        NOTE + "— witness.example AAAA\n",
        NOTE + "— witness.example AAAAAAB=\n",
        NOTE + "— wit ness AAAAAAA=\n",
        NOTE.replace("\n", "\r\n"),
        NOTE + "\ud800",
        NOTE + "— w AAAAAAA=\n" * 16,
    ],
)
def test_a_note_of_another_form_is_refused(note):
    refused("malformed", note)


def test_a_long_note_is_refused_before_anything_else():
    refused("too-large", NOTE + "x" * notes.NOTE_LIMIT)


@pytest.mark.parametrize(
    ("origin", "size", "root", "time"),
    [
        ("two words", 1, ROOT, TIME),
        (ORIGIN, 2**53, ROOT, TIME),
        (ORIGIN, 0, ROOT, TIME),
        (ORIGIN, 1, ROOT[:5], TIME),
        (ORIGIN, 1, ROOT, 0),
    ],
)
def test_what_no_reader_would_take_is_not_signed(origin, size, root, time):
    with pytest.raises(ValueError):
        notes.make_checkpoint(origin, size, root, time, KEY)


@pytest.mark.parametrize(
    "vkey",
    ["", "a+b", "a+00000000+AAAA", "example.com/foo+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"],
)
def test_a_verifier_key_of_another_form_is_refused(vkey):
    with pytest.raises(Refused):
        Verifier.from_vkey(vkey)
