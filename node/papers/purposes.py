# SPDX-License-Identifier: AGPL-3.0-or-later
"""Why the co-op keeps what it keeps: one purpose for each tag that a table bears (`tags=[…]` beside it).

The reasons in law are suggestions for England, Wales, Scotland and Northern Ireland, which each co-op decides on with somebody
who knows: UK GDPR as the Data (Use and Access) Act 2025 changed it, and the Data Protection Act 2018. How long something is
kept is read off the code that deletes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from federation.feed.origins import ENTRY_DAYS
from federation.letters import LETTER_DAYS
from node.exchange.erasures import DEAD_DAYS, KEPT_DAYS
from node.front.rules import CALL_KEPT, COMPLAINT_KEPT, COPY_KEPT
from node.introductions.rules import ASK_LIFE, KEPT_AFTER_ENDING
from node.members.rules import INVITATION_DAYS
from node.replies.rules import FORGET_AFTER
from node.signin.rules import CARD_DAYS, DELEGATION_DAYS, OWN_DAYS, SHARED_LONGEST
from node.support.rules import OFFER_DAYS

DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """`basis`: of Article 6, `special`: of Article 9 or "" where no special category is meant; `topics`: what of it is
    published to neighbours who were granted it; `letters`: kinds of sealed letters (before the point) that carry it to one other
    co-op."""

    title: str
    why: str
    whom: str
    basis: str
    special: str = ""
    kept: tuple[str, ...]
    seen: str
    topics: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()


_CONSENT: Final = "6(1)(a): the person's consent, asked for this alone, and taken back at any time"
_EXPLICIT: Final = "9(2)(a): explicit consent. That somebody takes part in peer support says something of their health."

PURPOSES: Final[Mapping[str, Purpose]] = {
    "membership": Purpose(
        title="Who belongs to the co-op",
        why="To know who the members are, what each does here, how to reach them and how they want to be met.",
        whom="Members, people who were invited, and whoever acts for somebody",
        basis="6(1)(b): the agreement of membership; for people entered by a helper before they agreed, 6(1)(f)",
        special="9(2)(a): explicit consent, where being supported by this co-op says something of a person's health; "
        "9(2)(h) where "
        "the co-op gives care itself",
        kept=(
            f"An invitation: {INVITATION_DAYS[0]} to {INVITATION_DAYS[1]} days; what was entered in it goes when it is "
            f"used or over.",
            f"That somebody may act for a person: {DELEGATION_DAYS} days at most, then it has to be given anew.",
            "Name and reach of a person: until they are erased. Then their key is destroyed, and what was closed with it "
            "is gone.",
        ),
        seen="The person; operators, who invite; leads as far as they look after the person",
    ),
    "signing-in": Purpose(
        title="Signing in",
        why="To let in the right person and nobody else, also with a shared device, a paper card or a helper.",
        whom="Members",
        basis="6(1)(f): keeping accounts safe, which Article 32 asks for",
        kept=(
            f"A session: {SHARED_LONGEST // 3600} hours at most on a shared device, {max(OWN_DAYS.values())} days on one "
            f"of one's "
            "own, or until the person ends it.",
            f"A printed card: {CARD_DAYS} days at most.",
            "How often something was tried: two days.",
        ),
        seen="The person sees their own sessions and cards. Nobody sees a secret: only sums over them are kept, or texts "
        "under the "
        "person's own key",
    ),
    "offers": Purpose(
        title="Offers of peer support",
        why="So that people can find somebody who has lived through something alike.",
        whom="Supporters",
        basis=_CONSENT,
        special=_EXPLICIT,
        kept=(
            f"An offer is shown for {OFFER_DAYS} days after its supporter last said that it is still right.",
            f"With neighbours an entry stands {ENTRY_DAYS['peer-support']} days at most, then it has to be said anew.",
            "Earlier wordings: until the person is erased.",
        ),
        seen="A draft: its supporter and the lead who checks it. What is published: members here, and of the neighbours "
        "that the "
        "supporter let have it",
        topics=("peer-support",),
    ),
    "introductions": Purpose(
        title="Introductions, from an ask to an ending",
        why="So that two people can get to know each other in private, and nothing is shared before both said yes.",
        whom="People who ask, supporters, and whoever helps somebody to ask",
        basis=f"{_CONSENT}; “never again”, 6(1)(f): somebody's peace",
        special=_EXPLICIT,
        kept=(
            f"An ask waits {ASK_LIFE // DAY} days for its answer.",
            f"What was written: {KEPT_AFTER_ENDING // DAY} days after the ending, said on the page, unless a lead holds it for "
            "somebody's safety. Then its key is destroyed.",
            f"A page that a mail leads to: forgotten {FORGET_AFTER // DAY} days after its time.",
        ),
        seen="The two people, and nobody else. After a withdrawal each home keeps a closed copy that opens only for a "
        "worry about "
        "safety, and that is written down",
        letters=("introduction",),
    ),
    "safeguarding": Purpose(
        title="Safeguarding",
        why="So that a worry about somebody's safety comes to those who can act, and what was done about it is on record.",
        whom="Whoever raises a worry, whom it is about, who reads it",
        basis="6(1)(ea): recognised legitimate interests, safeguarding vulnerable individuals (added by the Data (Use and "
        "Access) Act "
        "2025: have it confirmed that this is in force for you), otherwise 6(1)(f). Not consent: a withdrawn consent "
        "can't reach it",
        special="9(2)(g) with paragraph 18 of Schedule 1 of the Data Protection Act 2018, which asks for an appropriate policy "
        "document; for what is said of offences Article 10 with the same",
        kept=(
            "No end by itself: a lead closes a worry, and the co-op decides how long it is kept. See the blank below.",
        ),
        seen="The safeguarding lead and deputy whom the raiser left ticked. No operator, no other lead, no access log",
        letters=("concern",),
    ),
    "rights": Purpose(
        title="Copies, and complaints about data",
        why="To answer people who ask what is kept about them, or who complain about it, in time.",
        whom="Members; anybody who complains",
        basis="6(1)(c): Articles 12 to 22, and the duty to answer complaints about data",
        special="That of what is copied. For a complaint 9(2)(f): legal claims",
        kept=(
            f"A copy that was handed out: {COPY_KEPT // DAY} days.",
            f"A complaint: {COMPLAINT_KEPT // DAY // 365} years after its answer.",
        ),
        seen="The person; the lead who goes through a copy; whoever of leads and operators a complaint was for",
    ),
    "calls": Purpose(
        title="Ringing people back",
        why="So that somebody can ask for a call, also without an account.",
        whom="Anybody who asks for one",
        basis="6(1)(f): ringing who asked to be rung",
        special="9(2)(a), where what it is about says something of health: they chose to say it",
        kept=(
            f"Name, number and what it is about: {CALL_KEPT // DAY} days after somebody rang. Then their key is destroyed.",
        ),
        seen="Leads and whoever else looks after calls",
    ),
    "accountability": Purpose(
        title="What happened, and the keys",
        why="So that a person can see who looked at theirs, nobody can change the record unseen, and an erasure is whole.",
        whom="Members, operators, leads: who did something, never what they read",
        basis="6(1)(c): Articles 5(2), 24 and 32",
        kept=("The journal and the list of who looked: as long as the node. Neither can be changed or shortened.",),
        seen="Each person sees who looked at theirs; operators see the journal, in which no worry about safety stands",
    ),
    "sharing": Purpose(
        title="Carrying things to neighbours, and what they gave us",
        why="To bring what was approved to the co-ops that may have it, once, in order, and to take it back everywhere.",
        whom="Supporters, here and at neighbour co-ops; both sides of an introduction while a letter is on its way",
        basis="That of what is carried: see offers, introductions and safeguarding",
        special="That of what is carried",
        kept=(
            f"A letter on its way: {LETTER_DAYS} days at most, closed, and gone when it arrived.",
            f"That something was withdrawn: a sum over its number, {DEAD_DAYS} days, or until its entry would have run out.",
            f"That a neighbour owed or gave a receipt: {KEPT_DAYS} days.",
            "What a neighbour gave: until it is withdrawn or runs out, the days agreed on are over, or the agreement ends.",
        ),
        seen="Nobody reads letters. What neighbours published, members read in the search",
        topics=("peer-support", "trust"),
        letters=("receipt",),
    ),
    "trust": Purpose(
        title="Agreements with other co-ops, and our keys",
        why="To know for sure who the other computer is, and what was agreed.",
        whom="Nobody, but for whom a co-op names in its public contact line",
        basis="6(1)(f), where a name stands in such a line",
        kept=("What was agreed stays, also after its end, as a record. What they gave goes: see above.",),
        seen="Operators",
        topics=("trust",),
    ),
    "facts": Purpose(
        title="Facts that a circle agreed to tell",
        why="So that co-ops and the public can know about this one, without a figure about a person.",
        whom="Nobody, but for who wrote a fact down and who confirmed it; those names stay here",
        basis="6(1)(f): knowing who stands behind a fact",
        kept=("A fact: until its circle's next look, a year at most. Who stood behind it stays.",),
        seen="Members see facts; leads and operators see who stands behind them",
        topics=("metrics",),
    ),
    "running": Purpose(
        title="Keeping the computer in order",
        why="So that nothing happens twice, nobody floods the node, and the paper keys can be found.",
        whom="Nobody, but for who keeps the paper keys",
        basis="6(1)(f), where somebody is named",
        kept=("Counts and notes of minutes to days. Who keeps the paper keys: until somebody says it anew.",),
        seen="Operators",
    ),
}
