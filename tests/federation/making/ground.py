# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of what everything stands on: strict JSON, base64url, node ids, keys and signatures."""

import hashlib
from typing import Any

from federation.wire import b64

from .world import ALDER, case, key, seed

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_Y8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


def strict_json() -> list[dict[str, Any]]:
    good: list[tuple[str, str, Any]] = [
        ("an object", '{"a":1,"b":[true,null,"c"]}', {"a": 1, "b": [True, None, "c"]}),
        ("space around tokens", ' { "a" : 1 }\n', {"a": 1}),
        ("the greatest integer", "9007199254740991", 2**53 - 1),
        ("the least integer", "-9007199254740991", -(2**53) + 1),
        ("a decimal", "53.72", 53.72),
        ("a pair of surrogates in escapes", '"\\ud83c\\udf33"', "\U0001f333"),
        ("sixteen levels", "[" * 16 + "]" * 16, _nested(16)),
        ("one name in two objects", '[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
        ("not only objects", "null", None),
    ]
    bad = [
        ("a name twice", '{"a":1,"a":1}'),
        ("a name twice, once escaped", '{"a":1,"\\u0061":2}'),
        ("a name twice, deep down", '[{"b":{"a":1,"a":2}}]'),
        ("NaN", "[NaN]"),
        ("Infinity", "-Infinity"),
        ("2 to the 53rd", "9007199254740992"),
        ("a decimal beyond 2 to the 53rd", "9007199254740993.5"),
        ("an exponent beyond 2 to the 53rd", "1e400"),
        ("a lone high surrogate", '"\\ud83c"'),
        ("a lone low surrogate", '"\\udf33"'),
        ("seventeen levels", "[" * 17 + "]" * 17),
        ("a comma at the end", "[1,]"),
        ("a comment", "[1] // one"),
        ("two values", "1 2"),
        ("single quotes", "{'a':1}"),
        ("a leading zero", "01"),
        ("nothing", ""),
        ("a raw newline in a string", '"a\nb"'),
    ]
    cases = [case(name, "json", "is read", {"text": text}, value=value) for name, text, value in good]
    cases += [case(name, "json", "has two readings or none", {"text": text}, refused="malformed") for name, text in bad]
    for name, raw in (
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("Latin-1", b'"\xe9"'),
        ("an overlong form", b'"\xc0\xaf"'),
        ("a surrogate in UTF-8", b'"\xed\xa0\xbc"'),
        ("UTF-16", '{"a":1}'.encode("utf-16-le")),
    ):
        cases.append(case(name, "json", "is not UTF-8", {"hex": raw.hex()}, refused="malformed"))
    cases.append(
        case(
            "one byte more than the limit",
            "json",
            "size comes first",
            {"text": "[1, 2]", "limit": 5},
            refused="too-large",
        )
    )
    return cases


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def base64url() -> list[dict[str, Any]]:
    cases = [
        case(f"{count} bytes", "base64url", "bytes have one text", {"text": text}, value=data.hex())
        for count, data, text in (
            (0, b"", ""),
            (1, b"\xff", "_w"),
            (2, b"\xfb\xff", "-_8"),
            (3, b"\x00\x01\x02", "AAEC"),
            (32, bytes(range(32)), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
        )
    ]
    for name, text in (
        ("padding", "_w=="),
        ("the other alphabet", "+/8"),
        ("stray bits after one byte", "_x"),
        ("stray bits after two bytes", "-_9"),
        ("a length that cannot be", "AAECA"),
        ("a space", "AA EC"),
        ("a newline at the end", "AAEC\n"),
        ("a letter that is not ASCII", "AAEé"),
    ):
        cases.append(case(name, "base64url", "a second spelling", {"text": text}, refused="malformed"))
    cases.append(
        case(
            "16 bytes where 32 are due",
            "base64url",
            "the length is part of the form",
            {"text": "A" * 22, "length": 32},
            refused="malformed",
        )
    )
    return cases


def node_ids() -> list[dict[str, Any]]:
    good = [
        "alder.example",
        "care.alder.example",
        "xn--bcher-kva.example",
        "a1.b2",
        "1.2.example",
        "a" * 63 + ".example",
    ]
    bad = {
        "one label": "localhost",
        "upper case": "Alder.example",
        "a trailing dot": "alder.example.",
        "a port": "alder.example:443",
        "an IPv4 address": "192.0.2.1",
        "an IPv4 address in hexadecimal": "192.0.2.0x1",
        "an IPv6 address": "[2001:db8::1]",
        "a U-label": "älder.example",
        "a Cyrillic letter": "аlder.example",
        "an underscore": "alder_1.example",
        "a hyphen at the start of a label": "-alder.example",
        "a hyphen at the end of a label": "alder-.example",
        "an empty label": "alder..example",
        "a label of 64": "a" * 64 + ".example",
        "254 characters": ".".join(["a" * 49] * 5) + ".ab.c",
        "a scheme": "https://alder.example",
        "a path": "alder.example/",
        "a newline at the end": "alder.example\n",
        "nothing": "",
    }
    cases = [case(text[:40], "node-id", "a lower-case ASCII host name", {"text": text}, value=text) for text in good]
    return cases + [
        case(name, "node-id", "no node id", {"text": text}, refused="malformed") for name, text in bad.items()
    ]


def keys() -> list[dict[str, Any]]:
    mine, message = key("alder.example doc"), b"a message"
    signature = mine.sign(message)
    raw = mine.public.raw
    late = signature[:32] + (int.from_bytes(signature[32:], "little") + _L).to_bytes(32, "little")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    thumbprint = hashlib.sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%b"}' % b64(raw).encode()).digest()
    cases = [
        case(
            "a key and its kid",
            "ed25519-key",
            "the kid is the RFC 7638 thumbprint",
            {"hex": raw.hex()},
            value=b64(thumbprint),
        ),
        case(
            "a JWK",
            "ed25519-jwk",
            "further members are ignored",
            {"jwk": jwk | {"kid": "mine", "alg": "EdDSA"}},
            value=raw.hex(),
        ),
        case(
            "a JWK with its private half",
            "ed25519-jwk",
            "a secret has no place in a document",
            {"jwk": jwk | {"d": b64(seed("alder.example doc"))}},
            refused="malformed",
        ),
        case(
            "a JWK of another curve",
            "ed25519-jwk",
            "the curve is part of the key",
            {"jwk": jwk | {"crv": "X25519"}},
            refused="malformed",
        ),
        case(
            "a JWK with padding",
            "ed25519-jwk",
            "base64url without padding",
            {"jwk": jwk | {"x": b64(raw) + "="}},
            refused="malformed",
        ),
        case("31 bytes", "ed25519-key", "32 bytes are due", {"hex": raw[:31].hex()}, refused="malformed"),
        case(
            "y = p",
            "ed25519-key",
            "a second encoding of y = 0",
            {"hex": _P.to_bytes(32, "little").hex()},
            refused="malformed",
        ),
        case(
            "a y that is on no point", "ed25519-key", "not on the curve", {"hex": "02" + "00" * 31}, refused="malformed"
        ),
        case(
            "sign on x = 0",
            "ed25519-key",
            "a second encoding of the neutral point",
            {"hex": "01" + "00" * 30 + "80"},
            refused="malformed",
        ),
    ]
    small = {
        "order 1": (1).to_bytes(32, "little"),
        "order 2": (_P - 1).to_bytes(32, "little"),
        "order 4": bytes(32),
        "order 4, the other": bytes(31) + b"\x80",
        "order 8": _Y8,
        "order 8, the second": _Y8[:31] + bytes([_Y8[31] | 0x80]),
        "order 8, the third": (_P - int.from_bytes(_Y8, "little")).to_bytes(32, "little"),
        "order 8, the fourth": _signed(_P - int.from_bytes(_Y8, "little")),
    }
    cases += [
        case(
            f"a key of {name}",
            "ed25519-key",
            "a small-order key verifies for anybody",
            {"hex": point.hex()},
            refused="malformed",
        )
        for name, point in small.items()
    ]
    for name, point in {
        "zero": bytes(32),
        "one": b"\x01" + bytes(31),
        "p": _P.to_bytes(32, "little"),
        "p - 1": (_P - 1).to_bytes(32, "little"),
    }.items():
        cases.append(
            case(
                f"X25519: {name}",
                "x25519-key",
                "a small-order key gives a shared secret of zero",
                {"hex": point.hex()},
                refused="malformed",
            )
        )
    cases.append(
        case(
            "an X25519 key and its kid",
            "x25519-key",
            "the kid hashes crv X25519",
            {"hex": ALDER.letter.public.raw.hex()},
            value=_thumb("X25519", ALDER.letter.public.raw),
        )
    )
    cases.append(
        case(
            "a signature",
            "ed25519-sign",
            "RFC 8032, deterministic",
            {"seed": seed("alder.example doc").hex(), "message": message.hex()},
            value=signature.hex(),
        )
    )
    tried = {
        "right": (signature, message, True),
        "another message": (signature, b"another message", False),
        "one bit of R": (bytes([signature[0] ^ 1]) + signature[1:], message, False),
        "one bit of S": (signature[:32] + bytes([signature[32] ^ 1]) + signature[33:], message, False),
        "S + L": (late, message, False),
        "R of small order": (_for_anybody(seed("alder.example doc"), raw, message), message, False),
        "63 bytes": (signature[:63], message, False),
        "65 bytes": (signature + b"\x00", message, False),
    }
    for name, (made, said, answer) in tried.items():
        given = {"key": raw.hex(), "signature": made.hex(), "message": said.hex()}
        cases.append(
            case(
                f"verify: {name}",
                "ed25519-verify",
                "S below L, R canonical and not small, cofactorless",
                given,
                value=answer,
            )
        )
    return cases


def _signed(y: int) -> bytes:
    return (y | 1 << 255).to_bytes(32, "little")


def _thumb(curve: str, raw: bytes) -> str:
    return b64(hashlib.sha256(b'{"crv":"%b","kty":"OKP","x":"%b"}' % (curve.encode(), b64(raw).encode())).digest())


def _for_anybody(private: bytes, public: bytes, message: bytes) -> bytes:
    """A signature whose R is the neutral point and whose equation holds: S = k a (RFC 8032, section 5.1.6, with r = 0)."""
    scalar = int.from_bytes(hashlib.sha512(private).digest()[:32], "little")
    scalar = scalar & ~7 & ((1 << 254) - 1) | 1 << 254
    neutral = (1).to_bytes(32, "little")
    k = int.from_bytes(hashlib.sha512(neutral + public + message).digest(), "little")
    return neutral + (k * scalar % _L).to_bytes(32, "little")
