# SPDX-License-Identifier: AGPL-3.0-or-later
"""A root key on paper: whole, as 24 words, or in sheets of which a few together give it back (SLIP-39). Pure but for one thing.

A sheet says in plain words what it is, for whom it is kept, what to do when somebody asks for it and how to know that the
asker is real. Fewer sheets than are needed tell nothing about the key; sheets of two sets do not mix. What was written down is
read with or without its numbers and the text around it. The one thing that is not handed in is the chance in the sheets
themselves, which the library takes from the system.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Final

from mnemonic import Mnemonic
from msgspec import Struct
from shamir_mnemonic import (  # type: ignore[import-untyped]
    MnemonicError,
    Share,
    combine_mnemonics,
    generate_mnemonics,
)
from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]

from federation.keys import SigningKey
from node.dates import date_long
from node.errors import Invalid
from node.peers.founding import root_from_paper, root_words

MOST_SHEETS: Final = 16
SHEET_WORDS: Final = 33
PAPER_WORDS: Final = 24
_NUMBERED: Final = re.compile(r"\b(\d\d) +([a-z]+)\b")
_WIDTH: Final = 16
_PAGE: Final = 78


class Sheet(Struct, frozen=True, kw_only=True):
    """`holder`: who keeps it; `call`: the words by which the holder knows an asker; `words`: the share; `text`: the
    whole page."""

    holder: str
    call: str
    words: str
    text: str


def paper(root: SigningKey, *, co_op: str, node_id: str, now: int) -> str:
    """The sheet with the whole root key, as 24 words. `now`: Unix seconds, for the date on it."""
    return _page(
        f"ROOT KEY OF {co_op.upper()} ({node_id})",
        f"Written out on {date_long(now)}. Its name: {root.kid[:8]}",
        "",
        "Whoever holds these words can speak for the co-op for good. Keep this paper where only people of the co-op get at "
        "it, apart from the machine. Never type the words in anywhere but at the co-op's own machine, never photograph "
        "them, never send them by mail or telephone.",
        "",
        *numbered(root_words(root)),
        "",
        "When they are needed: commoncare key recover",
        "Once a year, try them: commoncare key recover --drill",
    )


def split(
    root: SigningKey,
    *,
    holders: Sequence[str],
    need: int,
    co_op: str,
    node_id: str,
    phone: str,
    random: Callable[[int], bytes],
    now: int,
) -> list[Sheet]:
    """One sheet for each holder; any `need` of them give the key back. Raises Invalid with every fault.

    `random` makes the words for the call; `phone`: the co-op's own number, as it stands on the sheets ("" for none).
    """
    faults = {}
    if len(set(holders)) != len(holders) or not all(holders):
        faults["for"] = "Name each co-op that keeps a sheet once."
    if not 2 <= len(holders) <= MOST_SHEETS:
        faults["shares"] = f"Make from 2 to {MOST_SHEETS} sheets."
    elif not 2 <= need <= len(holders):
        faults["need"] = f"Between 2 and {len(holders)} of them must be needed: one alone must not be enough."
    if faults:
        raise Invalid(faults)
    # No passphrase: the sheets alone have to suffice when everything else is lost.
    (shares,) = generate_mnemonics(1, [(need, len(holders))], root.seed(), iteration_exponent=0)
    return [
        _sheet(
            holder=holder,
            words=words,
            call=_call_words(random),
            number=f"{number} of {len(holders)}; any {need} of them are enough",
            co_op=co_op,
            node_id=node_id,
            phone=phone,
            name=root.kid[:8],
            now=now,
        )
        for number, (holder, words) in enumerate(zip(holders, shares, strict=True), 1)
    ]


def _call_words(random: Callable[[int], bytes]) -> str:
    """Four words, 44 random bits."""
    english, chance = Mnemonic("english").wordlist, int.from_bytes(random(6), "big")
    return " ".join(english[(chance >> shift) & 2047] for shift in (33, 22, 11, 0))


def _sheet(
    *, holder: str, words: str, call: str, number: str, co_op: str, node_id: str, phone: str, name: str, now: int
) -> Sheet:
    known = f" On the day of this sheet it was {phone}." if phone else ""
    text = _page(
        f"SHEET {number}",
        f"Kept by {holder} for {co_op} ({node_id}), since {date_long(now)}. Key {name}",
        "",
        f"What this is. A part of the key with which {co_op} keeps its name among neighbour co-ops. By itself it is worth "
        f"nothing and shows nothing. {co_op} asks for it when its machine and its own paper are lost, or to try that it works.",
        "",
        "What you do with it. Put it into an envelope, write the two names above on it, and keep it where your own papers are "
        "safe. Don't type it in anywhere, don't photograph it, don't keep it in a computer. If it is lost or somebody saw it, "
        "ring them: they make new sheets. Give it back or burn it when they ask you to, or when you are neighbours no more.",
        "",
        "When somebody asks for it.",
        f"a) Don't answer at once. Put the telephone down, and ring {co_op} on the number that you have always had.{known}",
        f"b) Ask for the four words for this call. They say them to you; you never say them first. They are: {call}",
        f"c) If they can't, because that paper is lost too: meet two people of {co_op} whom you know, in person.",
        "d) Read the words below to them, or hand over the sheet, in person; by telephone only after a) and b). Never by mail, "
        "never to anybody who presses you. Then write on the envelope whom you gave it to, and when.",
        "",
        *numbered(words),
    )
    return Sheet(holder=holder, call=call, words=words, text=text)


def own_list(sheets: Sequence[Sheet], *, need: int, co_op: str, node_id: str, now: int) -> str:
    """What the co-op keeps for itself: who holds a sheet, and what to say to them. No part of the key is in it."""
    return _page(
        f"WHO KEEPS A SHEET FOR {co_op.upper()} ({node_id})",
        f"Made on {date_long(now)}. Any {need} of {len(sheets)} give the root key back: commoncare key recover",
        "",
        "Keep this with the co-op's papers, apart from the machine. Whoever asks for a sheet says its words on the telephone:",
        *(f"  {each.holder}:  {each.call}" for each in sheets),
    )


def numbered(words: str) -> list[str]:
    """Words in lines of four, each with its number, so that they can be read out and checked off."""
    parts = [f"{place:02} {word}".ljust(_WIDTH) for place, word in enumerate(words.split(), 1)]
    return ["  " + "".join(parts[at : at + 4]).rstrip() for at in range(0, len(parts), 4)]


def _page(*paragraphs: str) -> str:
    """Paragraphs as lines that fit a printed page; those that begin with a space stay as they are."""
    lines: list[str] = []
    for each in paragraphs:
        lines += [each] if not each or each.startswith(" ") else textwrap.wrap(each, _PAGE, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def found_in(text: str) -> list[list[str]]:
    """The groups of words that somebody typed or that a printed sheet holds: numbered ones, each group from 01 on; else one
    group for each paragraph."""
    groups: list[list[str]] = []
    for place, word in _NUMBERED.findall(text.lower()):
        if int(place) == 1:
            groups.append([])
        if groups and int(place) == len(groups[-1]) + 1:
            groups[-1].append(word)
    groups = [group for group in groups if len(group) >= 20]
    if groups:
        return groups
    return [words for part in re.split(r"\n\s*\n", text.lower()) if (words := re.findall(r"[a-z]+", part))]


def join(texts: Sequence[str]) -> SigningKey:
    """The root key from what stands on paper: the 24 words, or enough sheets of one set. Raises Invalid, saying which sheet has a
    slip, how many are missing, or that sheets do not belong together."""
    groups = [group for text in texts for group in found_in(text)]
    if not groups:
        raise Invalid(
            {"words": "There are no words there. Type the 24 words, or the sheets with an empty line between."}
        )
    if len(groups) == 1 and len(groups[0]) == PAPER_WORDS:
        return root_from_paper(" ".join(groups[0]))
    shares = {share.index: share for share in (_share(number, group) for number, group in enumerate(groups, 1))}
    first = next(iter(shares.values()))
    given = [_share(number, group) for number, group in enumerate(groups, 1)]
    if any(each.group_parameters() != first.group_parameters() for each in given):
        raise Invalid(
            {"words": "These sheets are not of one set. Look at the dates on them, and use those of one day."}
        )
    if any(shares[each.index] != each for each in given):
        raise Invalid({"words": "Two of these sheets have the same number but not the same words."})
    if len(shares) < first.member_threshold:
        have = f"there {'is' if len(shares) == 1 else 'are'} {len(shares)}"
        raise Invalid({"words": f"{first.member_threshold} different sheets are needed; {have}."})
    enough = [shares[index].mnemonic() for index in sorted(shares)][: first.member_threshold]
    try:
        return SigningKey.from_seed(combine_mnemonics(enough))
    except (MnemonicError, ValueError):
        raise Invalid({"words": "These sheets do not give a key together. They may be of two sets."}) from None


def _share(number: int, words: list[str]) -> Share:
    """One sheet's share. Raises Invalid with the place of a slip."""
    for place, word in enumerate(words, 1):
        if word not in _SHEET_LIST and len(words) == SHEET_WORDS:
            nearest = difflib.get_close_matches(word, WORDLIST, n=1, cutoff=0.0)[0]
            raise Invalid({"words": f"Sheet {number}: word {place} isn't one that is used. Is it “{nearest}”?"})
    if len(words) != SHEET_WORDS:
        due = f"A sheet has {SHEET_WORDS} words, the whole key {PAPER_WORDS}"
        raise Invalid({"words": f"{due}; there {'is' if len(words) == 1 else 'are'} {len(words)} in part {number}."})
    try:
        return Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        raise Invalid(
            {"words": f"Sheet {number}: there is a slip in one of its words, or two changed places."}
        ) from None


_SHEET_LIST: Final = frozenset(WORDLIST)
