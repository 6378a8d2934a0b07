# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of signed requests: the signature base, the headers, and every way in which one is refused.

The base is written out here by hand from RFC 9421 section 2.5 and signed with the plain key, so that nothing of the code
that is tried makes what it is tried with.
"""

import base64
import hashlib
from typing import Any

from federation.keys import SigningKey

from .world import ALDER, NOW, case, key, token

TO = "birch.example"
LIFE = 60
NONCE = token("nonce")
BARE = ("@method", "@authority", "@path", "@query")
WITH_BODY = (*BARE, "content-digest", "content-type")


def content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def build(
    method: str = "GET",
    path: str = "/commoncare/v1/heads",
    query: str = "wait=50",
    body: bytes | None = None,
    *,
    signer: SigningKey = ALDER.http,
    keyid: str = "",
    components: tuple[str, ...] | None = None,
    created: int = NOW,
    expires: int = NOW + LIFE,
    tag: str = "commoncare/1",
    nonce: str = NONCE,
    label: str = "cc",
    more: str = "",
    authority: str = TO,
    without: str = "",
) -> tuple[dict[str, Any], str]:
    """(the request as it is received, the base that was signed)."""
    fields = {} if body is None else {"content-digest": content_digest(body), "content-type": "application/json"}
    covered = components if components is not None else BARE if body is None else WITH_BODY
    values = {"@method": method, "@authority": authority, "@path": path, "@query": f"?{query}"} | fields
    listed = " ".join(f'"{name}"' for name in covered)
    given = {
        "created": f"created={created}",
        "expires": f"expires={expires}",
        "nonce": f'nonce="{nonce}"',
        "keyid": f'keyid="{keyid or f"{ALDER.node_id}#{signer.kid}"}"',
        "tag": f'tag="{tag}"',
    }
    parameters = ";".join(["", *(value for name, value in given.items() if name != without)]) + more
    base = "\n".join(
        [*(f'"{name}": {values[name]}' for name in covered), f'"@signature-params": ({listed}){parameters}']
    )
    signature = base64.b64encode(signer.sign(base.encode())).decode()
    headers = [["host", authority], *([name, value] for name, value in fields.items())]
    headers += [["signature-input", f"{label}=({listed}){parameters}"], ["signature", f"{label}=:{signature}:"]]
    if body is not None:
        headers.append(["content-length", str(len(body))])
    request = {"method": method, "path": path, "query": query, "headers": headers, "body": (body or b"").hex()}
    return request, base


def requests() -> list[dict[str, Any]]:
    due = {"key": ALDER.http.public.jwk(), "authority": TO, "now": NOW, "not_before": 0}
    cases: list[dict[str, Any]] = []

    def value(base: str, **more: int) -> dict[str, Any]:
        who = {"node_id": ALDER.node_id, "kid": ALDER.http.kid, "nonce": NONCE, "created": NOW, "expires": NOW + LIFE}
        return who | more | {"base": base}

    def add(
        name: str, what: str, request: dict[str, Any], changes: dict[str, Any] | None = None, **expected: Any
    ) -> None:
        cases.append(case(name, "request", what, {**due, **request, **(changes or {})}, **expected))

    body = b'{"a":1}'
    get, base = build()
    post, post_base = build("POST", "/commoncare/v1/letters", "", body)
    bare, bare_base = build(query="")
    # An absent query is "?" in the base (RFC 9421, section 2.2.7).
    add("a GET", "four components, five parameters", get, value=value(base))
    add("a POST", "with a body, its digest and its type", post, value=value(post_base))
    add("without a query", "the base says ?", bare, value=value(bare_base))
    shouted = {**get, "headers": [[name.title(), f"  {text} "] for name, text in get["headers"]]}
    add("header names in capitals", "names in any case, values without space round them", shouted, value=value(base))
    with_port = {**get, "headers": [["host", f"{TO}:443"], *get["headers"][1:]]}
    add("a Host with port 443", "the default port says nothing", with_port, value=value(base))
    for name, created, expires, now, expected in (
        ("made 300 s ahead", NOW + 300, NOW + 360, NOW, None),
        ("made 301 s ahead", NOW + 301, NOW + 360, NOW, "clock-skew"),
        ("300 s after its end", NOW, NOW + 60, NOW + 360, None),
        ("301 s after its end", NOW, NOW + 60, NOW + 361, "clock-skew"),
        ("a life of 120 s", NOW, NOW + 120, NOW, None),
        ("a life of 121 s", NOW, NOW + 121, NOW, "malformed"),
        ("a life of 0 s", NOW, NOW, NOW, "malformed"),
        ("ending before it was made", NOW, NOW - 1, NOW, "malformed"),
    ):
        made, said = build(created=created, expires=expires)
        if expected is None:
            add(
                name, "300 s for honest clocks", made, {"now": now}, value=value(said, created=created, expires=expires)
            )
        elif expected == "clock-skew":
            add(name, "too far from our time", made, {"now": now}, refused=expected, public={"server_time": now})
        else:
            add(name, "1 to 120 s", made, {"now": now}, refused=expected)
    add("made before we began", "its nonce may be forgotten", get, {"not_before": NOW + 1}, refused="replayed")
    add("for another node", "the Host is not ours", get, {"authority": "cedar.example"}, refused="wrong-destination")
    moved, _ = build(authority="cedar.example")
    rewritten = {**moved, "headers": [["host", TO], *moved["headers"][1:]]}
    add("for another node, its Host rewritten", "the base holds our own name", rewritten, refused="signature-invalid")
    add("an unknown key", "answered like a bad signature", get, {"key": None}, refused="signature-invalid")
    add("another key", "found under another kid", get, {"key": ALDER.log.public.jwk()}, refused="signature-invalid")
    forged, _ = build(signer=key("a stranger"), keyid=f"{ALDER.node_id}#{ALDER.http.kid}")
    add("signed by another key", "the keyid proves nothing", forged, refused="signature-invalid")
    for name, change in (
        ("another method", {"method": "POST"}),
        ("another path", {"path": "/commoncare/v1/seen/birch.example"}),
        ("another query", {"query": "wait=49"}),
        ("the query dropped", {"query": ""}),
    ):
        add(name, "whatever is covered cannot be changed", {**get, **change}, refused="signature-invalid")
    swapped = {**post, "body": b'{"a":2}'.hex()}
    add("another body", "its digest is another", swapped, refused="signature-invalid")
    redigested = {
        **swapped,
        "headers": [[n, content_digest(b'{"a":2}') if n == "content-digest" else v] for n, v in post["headers"]],
    }
    add("another body and digest", "the digest is covered", redigested, refused="signature-invalid")
    typed = {**post, "headers": [[n, "text/plain" if n == "content-type" else v] for n, v in post["headers"]]}
    add("another type", "the type is covered", typed, refused="signature-invalid")
    for name, what, made in (
        (
            "a body that is not covered",
            "a body needs its digest covered",
            build("POST", query="", body=body, components=BARE)[0],
        ),
        ("no query covered", "all four, in their order", build(components=("@method", "@authority", "@path"))[0]),
        (
            "another order",
            "all four, in their order",
            build(components=("@authority", "@method", "@path", "@query"))[0],
        ),
        ("another tag", "tag commoncare/1", build(tag="web-bot-auth")[0]),
        ("with alg", "no other parameter", build(more=';alg="ed25519"')[0]),
        ("no tag", "every parameter is due", build(without="tag")[0]),
    ):
        add(name, what, made, refused="coverage")
    for name, what, made in (
        ("another label", "cc", build(label="sig1")[0]),
        ("a nonce of 15 bytes", "22 characters", build(nonce="A" * 20)[0]),
        ("no nonce", "every parameter is due", build(without="nonce")[0]),
        ("no created", "every parameter is due", build(without="created")[0]),
        ("a keyid without a kid", "node_id#kid", build(keyid="alder.example")[0]),
        ("a keyid of no node", "node_id#kid", build(keyid=f"alder#{ALDER.http.kid}")[0]),
        ("a path that is none", "it cannot move the authority", build(path="@cedar.example/")[0]),
    ):
        add(name, what, made, refused="malformed")

    def headers(*lines: list[str], drop: str = "") -> dict[str, Any]:
        return {**post, "headers": [line for line in post["headers"] if line[0] != drop] + list(lines)}

    two = [["signature", "cc=:AAAA:, dd=:AAAA:"]]
    add("two signatures", "exactly one", headers(*two, drop="signature"), refused="malformed")
    for name in ("host", "content-digest", "content-type", "content-length", "signature", "signature-input"):
        line = next(line for line in post["headers"] if line[0] == name)
        add(f"{name} twice", "a header that is read stands once", headers(line), refused="malformed")
    add("no Host", "one is due", headers(drop="host"), refused="malformed")
    add("no signature", "answered like a bad one", headers(drop="signature"), refused="signature-invalid")
    add("no signature input", "answered like a bad one", headers(drop="signature-input"), refused="signature-invalid")
    add("a content coding", "no codings", headers(["content-encoding", "gzip"]), refused="encoding")
    add(
        "identity as a coding", "no codings, by any name", headers(["content-encoding", "identity"]), refused="encoding"
    )
    add(
        "a length that is no number",
        "digits",
        headers(["content-length", "7,7"], drop="content-length"),
        refused="malformed",
    )
    add(
        "a length beyond the limit",
        "256 KiB",
        headers(["content-length", "262145"], drop="content-length"),
        refused="too-large",
    )
    add("65 header lines", "64 at most", headers(*([f"x-{n}", "1"] for n in range(60))), refused="too-large")
    add("16 KiB of headers", "all names and values together", headers(["x", "y" * 16_384]), refused="too-large")
    add("2 KiB of path and query", "2 KiB at most", build(path="/" + "a" * 2048, query="")[0], refused="too-large")
    first = "of two faults the earlier check tells"
    many = [["x-1", "1"]] * 60
    coded, unsigned = ["content-encoding", "gzip"], {"drop": "signature"}
    bare_old, _ = build("POST", query="", body=body, components=BARE, created=NOW - 900, expires=NOW - 840)
    add("65 lines, one of them twice", first, headers(post["headers"][0], *many), refused="too-large")
    add("a header twice, a coding", first, headers(post["headers"][0], coded), refused="malformed")
    add("a coding, no signature", first, headers(coded, **unsigned), refused="encoding")
    add(
        "another host, too old",
        first,
        get,
        {"authority": "cedar.example", "now": NOW + 900},
        refused="wrong-destination",
    )
    add("too old, not covered", first, bare_old, refused="clock-skew")
    add("too old, before we began", first, get, {"now": NOW + 900, "not_before": NOW + 1}, refused="clock-skew")
    uncovered, _ = build("POST", query="", body=body, components=BARE)
    add("before we began, not covered", first, uncovered, {"not_before": NOW + 1}, refused="replayed")
    add("not covered, an unknown key", first, uncovered, {"key": None}, refused="coverage")
    return cases
