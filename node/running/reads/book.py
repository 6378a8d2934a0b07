# SPDX-License-Identifier: AGPL-3.0-or-later
"""The journal in words, for operators: people and roles, signing in, neighbours, the node.

What is about anybody's support, introductions or worries is not shown here at all, not even that it happened: when something
was raised would tell too much to whoever it is about. Only acts named below are shown, so a new one stays hidden until it is.
No id is shown; looks at data stand elsewhere, for the person they are about.
"""

from __future__ import annotations

from typing import Final

from node import journal
from node.actor import Actor
from node.here import Here
from node.journal import EntryShape
from node.members import register, wording
from node.peers import reads as peers
from node.running.reads import for_operators
from node.running.shapes import Family, JournalPage, Line
from node.words import N_, _

AT_ONCE: Final = 50

SENTENCES: Final[dict[Family, dict[str, str]]] = {
    "people": {
        "person.invited": N_("{who} invited somebody."),
        "person.invitation-revoked": N_("{who} took an invitation back."),
        "person.invitation-printed": N_("{who} printed an invitation."),
        "person.accepted": N_("{whom} came in by an invitation."),
        "person.admitted": N_("{who} entered {whom}."),
        "person.corrected": N_("{whom} changed their own details."),
        "person.left": N_("{who} wrote down that {whom} left."),
        "person.died": N_("{who} wrote down that {whom} died."),
        "person.active": N_("{who} wrote down that {whom} is here again."),
        "role.given": N_("{who} gave {whom} a role: {role}."),
        "role.ended": N_("{who} ended a role of {whom}: {role}."),
    },
    "signing-in": {
        "token.issued": N_("{who} made an access token for {whom}."),
        "token.revoked": N_("{who} ended an access token of {whom}."),
        "signin.session-ended": N_("{who} signed {whom} out on one device."),
        "signin.other-sessions-ended": N_("{who} signed {whom} out on every other device."),
        "signin.card-made": N_("{who} made a sign-in card for {whom}."),
        "signin.card-revoked": N_("{who} ended a sign-in card of {whom}."),
        "signin.recovery-begun": N_("{who} began to help {whom} to sign in again."),
        "signin.recovery-confirmed": N_("{who} confirmed that {whom} is who they say."),
        "signin.recovery-taken-back": N_("{who} stopped the help for {whom} to sign in again."),
        "signin.recovered": N_("{whom} can sign in again; their old ways in ended."),
        "signin.passkey-added": N_("{whom} set up a passkey."),
        "signin.passkey-removed": N_("{whom} removed a passkey."),
        "signin.totp-added": N_("{whom} set up an authenticator app."),
        "signin.totp-removed": N_("{whom} removed an authenticator app."),
        "signin.recovery-codes-made": N_("{whom} made new recovery codes."),
        "signin.recovery-code-used": N_("{whom} used a recovery code."),
    },
    "neighbours": {
        "peers.founded": N_("This node was founded."),
        "peers.identity-renewed": N_("{who} renewed our name among neighbours."),
        "peers.identity-proposed": N_("{who} drew up a change of our name among neighbours, to be signed."),
        "peers.identity-published": N_("{who} put a signed change of our name among neighbours in force."),
        "peers.roots-replaced": N_("{who} made new root keys, since the old ones were lost."),
        "peers.root-written": N_("{who} wrote the root key out on paper."),
        "peers.root-shared": N_("{who} wrote the root key out in sheets for neighbours to keep."),
        "peers.root-recovered": N_("{who} brought the root key back from paper."),
        "peers.root-tried": N_("{who} tried that the root key can be brought back from paper."),
        "peers.key-turned": N_("{who} announced a new key of ours."),
        "peers.keys-revoked": N_("{who} took keys of ours out of use at once."),
        "peers.invited": N_("{who} invited {node}."),
        "peers.accepted": N_("{who} took the invitation of {node}."),
        "peers.proposed": N_("{node} asked us to agree."),
        "peers.confirmed": N_("{who} confirmed {node}, after comparing the words."),
        "peers.took-effect": N_("What we agreed with {node} is in force."),
        "peers.paused": N_("{who} paused {node}."),
        "peers.resumed": N_("{who} resumed {node}."),
        "peers.ended": N_("{who} ended it with {node}."),
        "peers.terms-proposed": N_("{who} proposed other terms to {node}."),
        "peers.terms-agreed": N_("{who} said yes to the terms that {node} proposed."),
        "peers.terms-declined": N_("{who} said no to the terms that {node} proposed."),
        "peers.terms-taken-back": N_("{who} took back the terms that we proposed to {node}."),
        "peers.declined-there": N_("{node} said no to what we proposed."),
        "peers.taken-back-there": N_("{node} took back what it had proposed."),
        "peers.ended-there": N_("{node} ended it with us."),
        "peers.parted": N_("What {node} had given us was deleted, since it has ended."),
        "peers.parted-there": N_("{node} said that it deleted what we had given it."),
        "peers.frozen": N_("{node} showed two different logs and was stopped."),
        "peers.fork-proved": N_("There is proof that a log of {node} was signed in two ways."),
        "peers.thawed": N_("{who} trusts {node} again, after it began a new log."),
        "peers.sharing-stopped": N_("{node} owes us word of an erasure, so nothing more is shared with it."),
        "fact.drafted": N_("{who} wrote down a fact that a circle agreed to declare."),
        "fact.confirmed": N_("{who} confirmed a fact, and it is declared."),
        "fact.withdrawn": N_("{who} took a fact back."),
        "charter.seat-made": N_("{who} made a seat for this co-op in a charter."),
        "charter.proposed": N_("{who} drew up a charter, or a change of it, to be signed."),
        "charter.signed": N_("{who} signed a charter for this co-op."),
        "charter.joined": N_("{who} took a charter for this co-op."),
        "charter.published": N_("{who} put a new version of the charter in force."),
        "charter.taken": N_("A new version of the charter came from {node}."),
        "charter.member-dropped": N_("The charter leaves out {node}, so nothing more is shared with it."),
        "charter.frozen": N_("Two different charters of one version were signed, so nothing newer is taken."),
        "charter.chosen": N_("{who} chose between two charters of one version."),
        "charter.left": N_("{who} left the charter for this co-op."),
        "exchange.erasure-answered": N_("{node} answered that it erased what we asked it to."),
        "exchange.revival-told": N_("{node} told us of something that we had taken back before."),
    },
    "node": {
        "safeguarding.set-up": N_("{who} set the numbers to ring when it can’t wait."),
        "running.keys-stated": N_("{who} said where the paper key is."),
        "running.mail-tested": N_("{who} sent themselves a test mail."),
        "running.mail-tried-again": N_("{who} had mail tried again."),
        "exchange.restored": N_("This node was put back from a copy."),
        "co-op.exported": N_("{who} made a copy of everything that the co-op keeps, for other software."),
        "co-op.leaving-said": N_("{who} said on which day the co-op leaves."),
        "co-op.leaving-taken-back": N_("{who} took back that the co-op leaves."),
        "co-op.left": N_("The co-op left: what it shared with others was ended."),
        "node.restored": N_("A backup was put back, and what had ended since was ended again."),
    },
}
"""What is shown, by kind. Each act is a sentence of its own, so that a language can put its words in their order."""

NAMES: Final[dict[Family, str]] = {
    "people": N_("People and roles"),
    "signing-in": N_("Signing in"),
    "neighbours": N_("Neighbour co-ops"),
    "node": N_("The node itself"),
}


async def page_of(actor: Actor, *, kind: str = "", before: int | None = None, here: Here) -> JournalPage:
    """50 entries at most, newest first, of one kind (a key of NAMES) or of all that is shown, numbered below `before`."""
    for_operators(actor, "running.journal", scope="journal")
    wanted = {act for family, acts in SENTENCES.items() for act in acts if kind in ("", family)}
    found = await journal.newest(wanted, before=before, limit=AT_ONCE + 1)
    shown = found[:AT_ONCE]
    return JournalPage(
        lines=await _lines(shown, here=here),
        older=shown[-1].number if len(found) > AT_ONCE else None,
        whole=(await journal.head()).number,
    )


async def verify(actor: Actor, *, here: Here) -> journal.Verdict:
    """Whether the whole journal, hidden entries too, is as it was written."""
    for_operators(actor, "running.journal", scope="journal")
    return await journal.verify(here=here)


async def _lines(found: list[EntryShape], *, here: Here) -> list[Line]:
    people = [entry.actor for entry in found] + [_after("person:", entry.subject) for entry in found]
    nodes = [node for entry in found if (node := _after("node:", entry.subject))]
    names = await register.called(people, here=here)
    called = await peers.name_of(nodes, here=here)
    sentences = {act: words for acts in SENTENCES.values() for act, words in acts.items()}
    return [
        Line(
            number=entry.number,
            at=entry.at,
            words=_(
                sentences[entry.act],
                who=names[entry.actor] if entry.actor else _("This node"),
                whom=names.get(_after("person:", entry.subject) or "", _("somebody")),
                node=called.get(_after("node:", entry.subject) or "", ""),
                role=wording.role_words(str(entry.detail.get("role", ""))),
            ),
        )
        for entry in found
    ]


def _after(start: str, subject: str) -> str | None:
    return subject.removeprefix(start) if subject.startswith(start) else None
