# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each refusal means for whoever gets it: when it comes, what comes with it, what to do next.

Stands beside the codes and not in them, since a node's program needs none of this. A code without a line here makes the
docs fail, and so does a line without a code.
"""

from typing import Final, NamedTuple


class Advice(NamedTuple):
    """When a door gives this; which members or headers come along; what the sender MUST or SHOULD do."""

    when: str
    along: str
    then: str


NO_RETRY: Final = "MUST NOT send the same again; tell the operator, or whoever waits"

ADVICE: Final[dict[str, Advice]] = {
    "malformed": Advice(
        "JSON that is not strict, a member out of its limits, a header twice, a body that did not come whole in time",
        "",
        NO_RETRY,
    ),
    "signature-invalid": Advice(
        "no signature, an unknown key, a bad signature, a body that is not the one signed",
        "",
        "SHOULD see that its manifest lists the key and that the other node has it (heads tell the version), then sign anew",
    ),
    "coverage": Advice("other components or parameters than those due", "", NO_RETRY),
    "clock-skew": Advice(
        "`created` more than 300 s ahead, `expires` more than 300 s past; an entry or document from the future",
        "`server_time` (requests and documents)",
        "MUST NOT take over the other clock; SHOULD check its own, then sign anew",
    ),
    "replayed": Advice(
        "a nonce used before, or `created` before the node began to remember", "", "SHOULD sign anew with another nonce"
    ),
    "peer-paused": Advice(
        "a route that a paused peer does not get",
        "",
        "SHOULD wait, and keep asking `heads`; letters stay in the outbox until their `exp`",
    ),
    "peer-ended": Advice("no peering in force; a stranger gets the same", "", "MUST stop, except for `peerings`"),
    "scope-denied": Advice(
        "a topic that was never granted, a kind of letter that is not taken at this route, a protocol version that is not spoken",
        "",
        "MUST NOT ask again before the peering changed",
    ),
    "not-found": Advice(
        "no such path, topic, log, epoch or document", "", "MUST NOT ask again before heads or versions changed"
    ),
    "method-not-allowed": Advice("a path of the protocol with another method", "", NO_RETRY),
    "cursor-ahead": Advice(
        "`end` beyond the end of the log", "", "MUST ask `heads` first; a log that shrank is a rollback"
    ),
    "letter-conflict": Advice("another digest under this (from, jti)", "", NO_RETRY),
    "version-conflict": Advice(
        "a document or proposal that does not follow the one held",
        "",
        "SHOULD fetch the other side's documents, then make the next version",
    ),
    "epoch-closed": Advice(
        "an epoch before the present one", "`origin` of the present one", "MUST ask `heads` and follow the new epoch"
    ),
    "too-large": Advice("headers, target, body or document beyond a limit", "", NO_RETRY),
    "encoding": Advice("a request with Content-Encoding", "", "MUST send without"),
    "wrong-destination": Advice(
        "Host, `aud` or `to` is not this node; a peering of other nodes",
        "",
        "MUST NOT send it there again; check the address that the name leads to",
    ),
    "unknown-enc-key": Advice(
        "`enc_kid` is not a key that this node still has",
        "",
        "MUST fetch the manifest and seal the same inner bytes to its newest letter key; once at once, then with back-off",
    ),
    "expired": Advice(
        "a document or letter more than 300 s past `exp`; letters and peerings of a peer whose documents are past their time",
        "",
        "MUST NOT send the same again; renew the document",
    ),
    "untrusted": Advice(
        "not signed by the keys due, other issuer, a letter that does not open, no invitation; a room's durable no to a letter",
        "`reason`, a lower-case word, for a room's no",
        NO_RETRY,
    ),
    "too-many": Advice(
        "a bucket or a day's allowance is empty", "`Retry-After`, `retry_after` (seconds)", "MUST wait that long"
    ),
    "internal": Advice("a fault of the node", "", "SHOULD try again with back-off"),
    "unreachable": Advice(
        "no answer: name, address, connection. Told by the visitor to itself", "", "SHOULD try again with back-off"
    ),
    "bad-answer": Advice(
        "an answer out of form, or a feed that cannot be believed. Told by the visitor to itself",
        "a finding: see below",
        "MUST NOT take over what came; raise an alarm where the finding says so",
    ),
    "busy": Advice(
        "a 503 of no code of ours, from a proxy perhaps", "`Retry-After`", "SHOULD try again then, else with back-off"
    ),
    "unavailable": Advice(
        "the node cannot answer now (no documents yet, its store is busy); any answer of 400 and above that has no code of ours",
        "`Retry-After`, `retry_after`",
        "SHOULD try again then, else with back-off",
    ),
    "timeout": Advice(
        "no whole answer within the deadline. Told by the visitor to itself", "", "SHOULD try again with back-off"
    ),
}
