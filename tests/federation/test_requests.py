# SPDX-License-Identifier: AGPL-3.0-or-later
"""RFC 9421 in one shape: byte-exact against published signatures, and every way to bend a request refused."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from federation import signatures
from federation.errors import Refused
from federation.keys import PublicKey, SigningKey
from federation.requests import Authentic, digest, read, sign_request
from federation.wire import unb64

Vectors = Callable[[str], Path]
NONCE = bytes(range(16))


class Sent:
    """A request from alder to birch on its way, to be bent before it arrives."""

    def __init__(
        self,
        alder: Any,
        now: int,
        *,
        method: str = "GET",
        query: str = "",
        body: bytes | None = None,
        **more: Any,
    ):
        self.alder, self.now, self.method, self.query, self.body = alder, now, method, query, body
        self.path = "/commoncare/v1/heads"
        headers = sign_request(
            method,
            "birch.example",
            self.path,
            query,
            body,
            None if body is None else "application/json",
            **({"key": alder.http, "node_id": "alder.example", "now": now, "nonce": NONCE} | more),
        )
        self.headers = [("Host", "birch.example"), *headers.items()]

    def put(self, name: str, value: str) -> None:
        self.headers = [(key, value if key == name else held) for key, held in self.headers]

    def bend(self, name: str, old: str, new: str) -> None:
        (held,) = [value for key, value in self.headers if key == name]
        assert old in held
        self.put(name, held.replace(old, new))

    def arrive(self, *, key: PublicKey | None = None, at: int = 0, by: str = "birch.example", **more: Any) -> Authentic:
        claimed = read(self.method, self.path, self.query, self.headers)
        assert claimed.node_id == "alder.example"
        return claimed.verify(
            key or self.alder.http.public, now=self.now + at, authority=by, body=self.body or b"", **more
        )

    def refusal(self, **how: Any) -> str:
        with pytest.raises(Refused) as refused:
            self.arrive(**how)
        return refused.value.code


@pytest.fixture
def send(alder: Any, now: int) -> Callable[..., Sent]:
    return lambda **more: Sent(alder, now, **more)


def test_a_request_arrives_as_it_was_sent(send: Callable[..., Sent], alder: Any, now: int) -> None:
    for sent in (send(), send(query="known=a&wait=50"), send(method="POST", body=b'{"a":1}')):
        authentic = sent.arrive()
        assert (authentic.node_id, authentic.kid) == ("alder.example", alder.http.kid)
        assert (authentic.created, authentic.expires, authentic.keep_until) == (now, now + 60, now + 360)
        assert authentic.replay_key == ("alder.example", alder.http.kid, "AAECAwQFBgcICQoLDA0ODw")


def test_the_headers_are_these_and_no_others(send: Callable[..., Sent], alder: Any, now: int) -> None:
    headers = dict(send(method="POST", body=b"{}").headers)
    assert set(headers) == {"Host", "Content-Digest", "Content-Type", "Signature-Input", "Signature"}
    assert headers["Content-Digest"] == "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:"
    assert headers["Signature-Input"] == (
        'cc=("@method" "@authority" "@path" "@query" "content-digest" "content-type")'
        f';created={now};keyid="alder.example#{alder.http.kid}";expires={now + 60}'
        ';nonce="AAECAwQFBgcICQoLDA0ODw";tag="commoncare/1"'
    )
    assert dict(send().headers).keys() == {"Host", "Signature-Input", "Signature"}


def test_the_signature_base_is_the_one_written_out_by_hand(send: Callable[..., Sent], alder: Any) -> None:
    """RFC 9421, section 2.5, for a request without a query: a question mark alone."""
    headers = dict(send().headers)
    signature = re.fullmatch(r"cc=:(.+):", headers["Signature"])
    assert signature is not None
    base = (
        '"@method": GET\n"@authority": birch.example\n"@path": /commoncare/v1/heads\n"@query": ?\n'
        '"@signature-params": ' + headers["Signature-Input"].removeprefix("cc=")
    )
    raw = unb64(signature[1].rstrip("=").replace("+", "-").replace("/", "_"))
    assert alder.http.public.verify(raw, base.encode())


@pytest.mark.parametrize(
    ("at", "lifetime", "code"),
    [
        (0, 1, None),
        (0, 120, None),
        (-300, 60, None),
        (-301, 60, "clock-skew"),
        (360, 60, None),
        (361, 60, "clock-skew"),
    ],
)
def test_time_is_judged_with_five_minutes_either_way(
    send: Callable[..., Sent], at: int, lifetime: int, code: str | None
) -> None:
    sent = send(lifetime=lifetime)
    if code is None:
        assert sent.arrive(at=at)
    else:
        assert sent.refusal(at=at) == code


@pytest.mark.parametrize("lifetime", [0, -1, 121])
def test_a_lifetime_beyond_two_minutes_is_neither_made_nor_taken(
    send: Callable[..., Sent], now: int, lifetime: int
) -> None:
    with pytest.raises(ValueError):
        send(lifetime=lifetime)
    sent = send()
    sent.bend("Signature-Input", f"expires={now + 60}", f"expires={now + lifetime}")
    assert sent.refusal() == "malformed"


def test_a_refused_clock_is_told_our_time(send: Callable[..., Sent], now: int) -> None:
    with pytest.raises(Refused) as refused:
        send().arrive(at=3600)
    assert refused.value.public == {"server_time": now + 3600}


def test_what_was_created_before_we_began_is_a_replay(send: Callable[..., Sent], now: int) -> None:
    assert send().refusal(not_before=now + 1) == "replayed"
    assert send().arrive(not_before=now)


def test_a_request_for_another_node_is_misdirected(send: Callable[..., Sent]) -> None:
    assert send().refusal(by="cedar.example") == "wrong-destination"
    rewritten = send()
    rewritten.put("Host", "cedar.example")
    assert rewritten.refusal(by="cedar.example") == "signature-invalid"
    assert rewritten.refusal() == "wrong-destination"
    usual = send()
    usual.put("Host", "Birch.example:443")
    assert usual.arrive()


def test_an_unknown_key_ends_like_a_bad_signature(
    send: Callable[..., Sent], alder: Any, make_key: Any, now: int
) -> None:
    def problem(claimed: Any, key: PublicKey | None) -> object:
        with pytest.raises(Refused) as refused:
            claimed.verify(key, now=now, authority="birch.example", body=b"")
        return refused.value.problem()

    sent = send()
    claimed = read(sent.method, sent.path, sent.query, sent.headers)
    sent.bend("Signature", "A", "B")
    forged = read(sent.method, sent.path, sent.query, sent.headers)
    answers = [
        problem(claimed, None),
        problem(claimed, make_key("x").public),
        problem(forged, alder.http.public),
    ]
    assert answers[0]["type"].endswith(":signature-invalid")
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("part", ["method", "path", "query", "body"])
def test_whatever_is_covered_cannot_be_changed(send: Callable[..., Sent], part: str) -> None:
    sent = send(method="POST", query="a=1", body=b"{}")
    changed = {"method": "PUT", "path": "/commoncare/v1/letters", "query": "a=2", "body": b"[]"}
    setattr(sent, part, changed[part])
    assert sent.refusal() == "signature-invalid"


def test_a_body_needs_its_digest_covered(send: Callable[..., Sent], alder: Any) -> None:
    bare = send()
    bare.body = b"{}"
    assert bare.refusal() == "coverage"
    bare.headers += [("Content-Digest", digest(b"{}")), ("Content-Type", "application/json")]
    assert bare.refusal() == "coverage"
    swapped = send(method="POST", body=b"{}")
    swapped.put("Content-Digest", digest(b"[]"))
    swapped.body = b"[]"
    assert swapped.refusal() == "signature-invalid"
    emptied = send(method="POST", body=b"{}")
    emptied.body = b""
    assert emptied.refusal() == "signature-invalid"
    other = send(method="POST", body=b"{}")
    other.put("Content-Type", "text/html")
    assert other.refusal() == "signature-invalid"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"@method" "@authority"', '"@authority" "@method"', "coverage"),
        ('"@method" ', "", "coverage"),
        (' "@query"', "", "coverage"),
        ('"@query")', '"@query" "@query")', "coverage"),
        ('"@query")', '"@query" "date")', "coverage"),
        ('"@path"', '"@path";req', "coverage"),
        ('"@path"', "path", "coverage"),
        ('tag="commoncare/1"', 'tag="commoncare/2"', "coverage"),
        (';tag="commoncare/1"', "", "coverage"),
        (';tag="commoncare/1"', ';tag="commoncare/1";alg="ed25519"', "coverage"),
        (';tag="commoncare/1"', ';tag="commoncare/1";x', "coverage"),
        (';tag="commoncare/1"', ';tag="x";tag="commoncare/1"', "malformed"),
        ('nonce="', 'nonce="A', "malformed"),
        ('nonce="AAECAwQFBgcICQoLDA0ODw"', "nonce=1", "malformed"),
        ('ODw"', 'ODx"', "malformed"),
        ("created=", "created=-", "malformed"),
        ("created=", 'created="', "malformed"),
        ("#", "", "malformed"),
        ("alder.example#", "Alder.example#", "malformed"),
        ("alder.example#", "192.0.2.1#", "malformed"),
        ("cc=", "sig1=", "malformed"),
        ("cc=", "cc=1,cc=", "malformed"),
        ("cc=", 'x=("@method"),cc=', "malformed"),
        ("cc=(", "cc=((", "malformed"),
    ],
)
def test_a_signature_input_of_another_shape_is_refused(
    send: Callable[..., Sent], old: str, new: str, code: str
) -> None:
    sent = send()
    sent.bend("Signature-Input", old, new)
    assert sent.refusal() == code


@pytest.mark.parametrize("name", ["Host", "Content-Type", "Content-Digest", "Signature-Input", "Signature"])
def test_a_header_that_we_read_stands_once(send: Callable[..., Sent], name: str) -> None:
    sent = send(method="POST", body=b"{}")
    sent.headers.append((name.lower(), dict(sent.headers)[name]))
    assert sent.refusal() == "malformed"


def test_what_is_missing_is_refused(send: Callable[..., Sent]) -> None:
    for name, code in (
        ("Host", "malformed"),
        ("Signature", "signature-invalid"),
        ("Signature-Input", "signature-invalid"),
    ):
        sent = send()
        sent.headers = [header for header in sent.headers if header[0] != name]
        assert sent.refusal() == code
    relabelled = send()
    relabelled.bend("Signature", "cc=", "sig1=")
    assert relabelled.refusal() == "malformed"


def test_the_caps_come_first(send: Callable[..., Sent]) -> None:
    for extra, code in (
        ([("X", "x" * 17_000)], "too-large"),
        ([(f"X-{place}", "x") for place in range(65)], "too-large"),
        ([("Content-Length", "262145")], "too-large"),
        ([("Content-Length", "9" * 400)], "too-large"),
        ([("Content-Length", "-1")], "malformed"),
        ([("Content-Encoding", "gzip")], "encoding"),
        ([("content-encoding", "identity")], "encoding"),
    ):
        sent = send()
        sent.headers += extra
        assert sent.refusal() == code
    long = send()
    long.query = "x" * 3000
    assert long.refusal() == "too-large"
    big = send(method="POST", body=b"x" * 262_145)
    assert big.refusal() == "too-large"


@pytest.mark.parametrize(
    "path", ["@cedar.example/commoncare/v1/heads", ":99/x", "", "/a b", "/a?b", "/a#b", "/\x00x", "/é"]
)
def test_a_path_cannot_move_the_authority(send: Callable[..., Sent], path: str) -> None:
    sent = send()
    sent.path = path
    assert sent.refusal() in ("malformed", "signature-invalid")


def test_rfc_9421_appendix_b_2_6_comes_out_byte_for_byte(vectors: Vectors) -> None:
    data = json.loads(vectors("rfc9421-appendix-b.json").read_text())
    text = next(s for s in data["sections"] if s["title"] == "Signing a Request using ed25519")["blocks"][1]["text"]
    jwk = next(s for s in data["sections"] if s["title"] == "Example Ed25519 Test Key")["blocks"][1]["text"]
    signing = SigningKey.from_seed(unb64(json.loads(jwk)["d"]))
    head, _, _ = data["messages"][0].partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.split("\n")[1:])
    message = signatures.Message("POST", "https://example.com/foo?param=Value&Pet=dog", fields)
    signatures.sign(
        message,
        key=signing,
        keyid="test-key-ed25519",
        created=1618884473,
        expires=None,
        nonce=None,
        label="sig-b26",
        tag=None,
        components=("date", "@method", "@path", "@authority", "content-type", "content-length"),
    )
    due = dict(line.split(": ", 1) for line in text.split("\n"))
    assert {name: message.headers[name] for name in due} == due
    arrived = signatures.Message("POST", "/foo?param=Value&Pet=dog", message.headers)
    how = {"authority": "example.com", "keyid": "test-key-ed25519", "label": None, "tag": None}
    signatures.verify(arrived, key=signing.public, **how)
    with pytest.raises(Refused, match="signature-invalid"):
        signatures.verify(arrived, key=SigningKey.from_seed(bytes(32)).public, **how)


@pytest.mark.parametrize("version", [1, 2])
def test_web_bot_auth_signatures_verify_and_only_as_they_are(vectors: Vectors, version: int) -> None:
    cases = json.loads(vectors(f"rfc9421-webbotauth/web_bot_auth_architecture_v{version}.json").read_text())
    cases = [case for case in cases if case["key"].get("crv") == "Ed25519"]
    assert len(cases) == 2
    for case in cases:
        public = PublicKey.from_jwk({name: value for name, value in case["key"].items() if name != "d"})
        fields = {"Signature": case["signature"], "Signature-Input": case["signature_input"]}
        if "signature_agent" in case:
            fields["Signature-Agent"] = case["signature_agent"]
        message = signatures.Message("GET", case["target_url"].removeprefix("https://example.com"), fields)
        how = {"key": public, "keyid": public.kid, "label": case["label"], "tag": "web-bot-auth"}
        signatures.verify(message, authority="example.com", **how)
        with pytest.raises(Refused, match="signature-invalid"):
            signatures.verify(message, authority="example.org", **how)
        with pytest.raises(Refused, match="signature-invalid"):
            signatures.verify(message, authority="example.com", **(how | {"tag": "commoncare/1"}))
