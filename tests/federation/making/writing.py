# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of what people write: sealed letters and what each kind may say, and the statements of feeds.

A seal is never the same twice, so a sealed letter that stands in the vectors is kept for as long as it opens to the very
bytes that are due; only then is a new one made. Whoever tries them opens them.
"""

import json
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from federation import envelope as dsse
from federation.keys import LetterKey, SigningKey
from federation.wire import DAY, b64, dumps, unb64

from .declaring import facts
from .logs import OFFER
from .world import ALDER, BIRCH, NOW, case, jwks, key, seed, signed, token

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
JTI, THREAD = token("jti"), token("thread")
ASK: dict[str, Any] = {
    "offer": token("offer 1"),
    "revision": 1,
    "topics": ["bereavement"],
    "needs": "Step-free, please.",
    "message": "My wife died in spring. I would like to talk.",
    "asker_ref": b64(sha256(b"an asker").digest()),
    "answer_by": NOW + 21 * DAY,
    "for_group": False,
}
GOOD: dict[str, dict[str, Any]] = {
    "introduction.ask": ASK,
    "introduction.accept": {"quick": "yes-ring-me", "words": ""},
    "introduction.decline": {"quick": "not-today"},
    "introduction.message": {"no": 1, "words": "Shall we say Tuesday?", "quick": ""},
    "introduction.share": {"step": "values", "no": 2, "fields": ["first_name"], "values": {"first_name": "Samuel"}},
    "introduction.plan": {
        "step": "propose",
        "no": 1,
        "minutes": 60,
        "place_kind": "public_place",
        "where": "The café by the canal",
        "at": NOW + 3 * DAY,
        "who_knows": "My daughter",
    },
    "introduction.end": {"how": "ended", "words": ""},
    "receipt": {"what": "erased", "topic": "peer-support", "epoch": NOW, "index": 4, "at": NOW},
    "concern": {"words": "Please ring me.", "urgency": "today", "about": THREAD, "reach": "01632 960001"},
}


def claims(kind: str = "introduction.decline", **more: Any) -> dict[str, Any]:
    said = {"iss": ALDER.node_id, "aud": BIRCH.node_id, "jti": JTI, "iat": NOW, "exp": NOW + 7 * DAY}
    return said | {"kind": kind, "thread": THREAD, "data": GOOD[kind]} | more


def info(sender: str, to: str, jti: str) -> bytes:
    return b"commoncare/1 letter\0" + f"{sender}\0{to}\0{jti}".encode()


class Sealer:
    """Hands out the sealed letters that were made before, or makes the ones that are not there. `held`: name -> outer."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held

    def __call__(
        self,
        name: str,
        inner: str,
        *,
        box: LetterKey = BIRCH.letter,
        sender: str = ALDER.node_id,
        to: str = BIRCH.node_id,
        jti: str = JTI,
    ) -> str:
        kept = self.held.get(name)
        about = info(sender, to, jti)
        if kept is not None:
            outer = json.loads(kept)
            cover = (outer["from"], outer["to"], outer["jti"], outer["enc_kid"])
            try:
                if (
                    cover == (sender, to, jti, box.kid)
                    and SUITE.decrypt(unb64(outer["ct"]), box.key, info=about) == inner.encode()
                ):
                    return kept
            except InvalidTag:
                pass
        ct = b64(SUITE.encrypt(inner.encode(), box.public.key, info=about))
        return dumps({"v": 1, "from": sender, "to": to, "jti": jti, "enc_kid": box.kid, "ct": ct}).decode()


def letters(held: dict[str, str]) -> list[dict[str, Any]]:
    seal = Sealer(held)
    cases: list[dict[str, Any]] = []

    def add(
        name: str,
        what: str,
        outer: str,
        *,
        me: str = BIRCH.node_id,
        box: str = "birch.example letter",
        now: int = NOW,
        docs: SigningKey = ALDER.doc,
        **expected: Any,
    ) -> None:
        given = {"outer": outer, "letter_key": seed(box).hex(), "doc_keys": jwks(docs), "me": me, "now": now}
        cases.append(case(name, "letter", what, given, **expected))

    for kind in GOOD:
        said = claims(kind)
        inner = signed(dsse.LETTER, said, [ALDER.doc])
        value = {"sender": ALDER.node_id, "kind": kind, "thread": THREAD, "jti": JTI, "iat": NOW, "exp": NOW + 7 * DAY}
        value |= {"data": GOOD[kind], "digest": sha256(dumps(said)).hexdigest(), "inner": inner}
        add(kind, "opened, verified, read", seal(kind, inner), value=value)
    mine = signed(dsse.LETTER, claims(), [ALDER.doc])
    right = seal("introduction.decline", mine)
    outer = json.loads(right)

    def changed(**members: Any) -> str:
        return dumps({name: value for name, value in (outer | members).items() if value is not None}).decode()

    def crafted(
        name: str, what: str, refused: str, signer: SigningKey = ALDER.doc, kind: str = dsse.LETTER, **more: Any
    ) -> None:
        add(name, what, seal(name, signed(kind, claims(**more), [signer])), refused=refused)

    add("to another node", "the cover names another", right, me="cedar.example", refused="wrong-destination")
    add("to a key that we do not have", "enc_kid", right, box="cedar.example letter", refused="unknown-enc-key")
    add("another jti on the cover", "the seal binds the cover", changed(jti=token("another")), refused="untrusted")
    add(
        "another sender on the cover",
        "the seal binds the cover",
        changed(**{"from": "cedar.example"}),
        refused="untrusted",
    )
    flipped = bytearray(unb64(outer["ct"]))
    flipped[-1] ^= 1
    add("one bit of the ciphertext", "it does not open", changed(ct=b64(bytes(flipped))), refused="untrusted")
    add("too short to be sealed", "32 + 16 bytes at least", changed(ct="AAAA"), refused="malformed")
    add("another version", "v is 1", changed(v=2), refused="malformed")
    add("a further member", "refused here", changed(more=1), refused="malformed")
    add("no jti", "every member is due", changed(jti=None), refused="malformed")
    onward = seal(
        "sealed onward to a third node", mine, box=LetterKey.from_seed(seed("cedar.example letter")), to="cedar.example"
    )
    add(
        "sealed onward to a third node",
        "the inner aud is another",
        onward,
        me="cedar.example",
        box="cedar.example letter",
        refused="wrong-destination",
    )
    again = seal("sealed again under another id", mine, jti=token("another"))
    add("sealed again under another id", "the inner jti is another", again, refused="untrusted")
    own = seal("sealed in another's name", mine, sender="cedar.example")
    add(
        "sealed in another's name",
        "the signature is of the sender on the cover",
        own,
        docs=key("cedar.example doc"),
        refused="untrusted",
    )
    crafted("signed by somebody else", "a seal proves nobody", "untrusted", signer=key("a stranger"))
    crafted("another kind of document", "the type is due", "untrusted", kind=dsse.NOTICE)
    crafted("another issuer inside", "iss is the sender on the cover", "untrusted", iss="cedar.example")
    crafted("made 301 s ahead", "from the future", "clock-skew", iat=NOW + 301)
    crafted("7 days and a second", "7 days at most", "malformed", exp=NOW + 7 * DAY + 1)
    add(
        "a kind that is not known",
        "one of the table",
        seal("a kind that is not known", signed(dsse.LETTER, claims() | {"kind": "introduction.gossip"}, [ALDER.doc])),
        refused="malformed",
    )
    crafted("a thread that is none", "128 bits", "malformed", thread="short")
    crafted("data of another kind", "as the kind says", "malformed", data={"quick": "because I say so"})
    digest, other = sha256(dumps(claims())).hexdigest(), sha256(b"another").hexdigest()
    for name, what, known, now, expected in (
        ("the first time", "takes effect", None, NOW, {"value": True}),
        ("again", "the same digest: 200, no effect", digest, NOW, {"value": False}),
        ("again, after its end", "acknowledged all the same", digest, NOW + 30 * DAY, {"value": False}),
        ("another under this id", "409", other, NOW, {"refused": "letter-conflict"}),
        ("300 s after its end", "honest clocks", None, NOW + 7 * DAY + 300, {"value": True}),
        ("301 s after its end", "too late", None, NOW + 7 * DAY + 301, {"refused": "expired"}),
    ):
        given = {
            "outer": right,
            "letter_key": seed("birch.example letter").hex(),
            "doc_keys": jwks(ALDER.doc),
            "me": BIRCH.node_id,
        }
        cases.append(case(f"arrival: {name}", "arrival", what, {**given, "known": known, "now": now}, **expected))
    return cases


def kinds() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def add(name: str, what: str, kind: str, /, *, base: dict[str, Any] | None = None, **change: Any) -> None:
        data = {member: value for member, value in ((base or GOOD[kind]) | change).items() if value is not None}
        cases.append(
            case(f"{kind}: {name}", "letter-data", what, {"kind": kind, "data": data, "iat": NOW}, refused="malformed")
        )

    for kind, data in GOOD.items():
        cases.append(
            case(kind, "letter-data", "as it may be said", {"kind": kind, "data": data, "iat": NOW}, value=data)
        )
    more = {"kind": "introduction.decline", "data": GOOD["introduction.decline"] | {"reason": "busy"}, "iat": NOW}
    cases.append(
        case(
            "a decline with a reason",
            "letter-data",
            "members not named are ignored: a no has no reason",
            more,
            value=GOOD["introduction.decline"],
        )
    )
    ask = "introduction.ask"
    add("answer_by beyond 21 days", "21 days at most", ask, answer_by=NOW + 21 * DAY + 1)
    add("nine topics", "8 at most", ask, topics=[f"topic-{n}" for n in range(9)])
    add("a topic twice", "each once", ask, topics=["bereavement", "bereavement"])
    add("1,001 characters", "1,000 at most", ask, message="x" * 1001)
    add("too many bytes", "3 bytes for a character", ask, message="\U0001f333" * 751)
    add("a control character", "no characters that mislead", ask, message="a\u202eb")
    add("no offer", "every member without a default", ask, offer=None)
    add("an asker_ref that is no base64url", "16 to 32 bytes", ask, asker_ref="A" * 21 + "+")
    add("neither words nor a quick reply", "one of the two", "introduction.message", words=" ", quick="")
    add("no 0", "counted from 1", "introduction.message", no=0)
    share = "introduction.share"
    add("ready with values", "readiness gives no value", share, step="ready")
    add("values for other fields", "exactly the fields named", share, fields=["phone"])
    add("values of nothing", "something is shared", share, fields=[], values={})
    add("a field twice", "each once", share, fields=["first_name", "first_name"])
    add("a value of two lines", "one line", share, values={"first_name": "Sam\nuel"})
    add("a field that is not known", "six fields", share, fields=["diary"], values={"diary": "x"})
    add("at home", "a first meeting is never at home", "introduction.plan", place_kind="home")
    add("four minutes", "5 to 480", "introduction.plan", minutes=4)
    add("another way to end", "four ways", "introduction.end", how="fault")
    add("no words", "1 to 4,000 characters", "concern", words="")
    add("another urgency", "danger, today, soon", "concern", urgency="whenever")
    add("about entry 0", "entry 0 opens the epoch", "receipt", index=0)
    add("a third thing done", "erased or dead", "receipt", what="ignored")
    unknown = {"kind": "cover.ask", "data": {}, "iat": NOW}
    cases.append(case("a kind that is not known", "letter-data", "one of the table", unknown, refused="malformed"))
    return cases


AVAILABLE: dict[str, Any] = {
    "worker": token("worker"),
    "area": {"name": "Todmorden", "lat": 53.72, "lon": -2.1},
    "skills": ["hoist", "cooking"],
    "languages": ["en"],
    "windows": ["2026-11-23/am", "2026-11-23/pm", "2026-11-24/am"],
    "revision": 1,
}


def statements() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def good(name: str, what: str, topic: str, data: dict[str, Any], value: dict[str, Any] | None = None) -> None:
        cases.append(case(name, "statement", what, {"topic": topic, "data": data}, value=value or data))

    def bad(name: str, what: str, topic: str = "peer-support", **change: Any) -> None:
        data = {
            member: value
            for member, value in ((AVAILABLE if topic == "availability" else OFFER) | change).items()
            if value is not None
        }
        cases.append(case(name, "statement", what, {"topic": topic, "data": data}, refused="malformed"))

    good("an offer", "as it may be said", "peer-support", OFFER)
    good("an offer with a further member", "ignored", "peer-support", OFFER | {"colour": "green"}, OFFER)
    group = OFFER | {"kind": "group", "ways": ["phone_group"], "places": 200, "open": 200}
    good("a group", "has ways of its own, and more places", "peer-support", group)
    good("away", "away_until", "peer-support", OFFER | {"away_until": NOW + DAY})
    good("the joiners of Urdu", "U+200C may stand", "peer-support", OFFER | {"have": "می\u200cخواهم"})
    good("a week", "as it may be said", "availability", AVAILABLE)
    bad("a third kind", "one_to_one or group", kind="crowd")
    bad("no topic", "1 to 8", topics=[])
    bad("a topic of no node", "node_id:slug", topics=["..a:b"])
    bad("at home", "there is no such way", ways=["home"])
    bad("a group's way for two", "only with kind group", ways=["video_group"])
    bad("a way twice", "each once", ways=["phone", "phone"])
    bad("21 places for two", "20 at most", places=21)
    bad("more open than there are", "open is at most places", open=3)
    bad("a language of another case", "BCP 47 in its usual case", languages=["EN"])
    bad("off the grid", "0.02 degrees", area={"name": "Todmorden", "lat": 53.7135, "lon": -2.1})
    bad("beyond the pole", "90 degrees", area={"name": "Todmorden", "lat": 91.0, "lon": 0.0})
    bad("times of two lines", "one line", times="Tuesday\nThursday")
    bad("601 characters", "600 at most", have="x" * 601)
    bad("a character that is not seen", "no characters that mislead", have="a\u200bb")
    bad("a tab", "no controls but the newline", how="a\tb")
    bad("an answer in 31 days", "1 to 30", replies=31)
    bad("revision 0", "counted from 1", revision=0)
    bad("no limits", "every member but away_until", limits=None)
    bad("a true that is a number", "types are strict", places=True)
    bad("a day that is not in the calendar", "2026-02-30", "availability", windows=["2026-02-30/am"])
    bad("windows out of order", "rising", "availability", windows=["2026-11-24/am", "2026-11-23/am"])
    bad("windows 14 days apart", "within 14 days", "availability", windows=["2026-11-01/am", "2026-11-15/am"])
    bad("29 windows", "28 at most", "availability", windows=[f"2026-11-{n:02}/am" for n in range(1, 30)])
    bad("a noon", "am or pm", "availability", windows=["2026-11-23/noon"])
    bad("a worker's name", "an opaque id", "availability", worker="Samuel")
    return cases + facts()
