# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a neighbour stands, in lines for a terminal: in short, and in both directions. It formats what it is given."""

from __future__ import annotations

from typing import Any


def both_ways(view: Any) -> list[str]:
    """One neighbour in both directions, line by line."""
    peer = view.peer
    found = [f"  {view.said} {view.next_step}".rstrip()]
    for each in view.taken:
        found.append(
            f"  of theirs, {each.topic}: {each.held} of {each.size} entries, {each.fresh} {each.alarm}".rstrip()
        )
        found += [f"    set aside: {aside.count} ({aside.reason})" for aside in each.aside]
    for each in view.given:
        has = "not asked yet" if each.theirs is None else f"{each.theirs} of {each.size} entries, {each.lag} behind"
        found.append(f"  of ours, {each.topic}: they hold {has}")
    found += [f"  owes word of an erasure: {each.topic}, entry {each.entry}" for each in view.owed]
    if peer.proposal is not None:
        new = peer.proposal
        found.append(f"  proposed {'by us' if new.ours else 'by them'}, digest {new.digest}:")
        found.append(f"    they give {', '.join(new.gives) or 'nothing'}; we give {', '.join(new.gets) or 'nothing'}")
        found.append(f"    an erasure within {new.erasure_hours} hours, kept for {new.retention_days} days")
    waits = view.effect
    found.append(
        f"  {waits.offers} offers shown, {waits.introductions} introductions open, {waits.letters} letters wait"
    )
    return found


def lines(each: Any, now: int) -> list[str]:
    """One neighbour in words; its twelve words while the peering still has to be confirmed."""
    said = [each.state]
    said += [words for words, holds in (("by us", each.paused_here), ("by them", each.paused_there)) if holds]
    said += ["frozen: it showed two different logs"] if each.frozen else []
    said += [f"gives {', '.join(each.gives)}"] if each.gives else []
    said += [f"gets {', '.join(each.gets)}"] if each.gets else []
    if each.last_contact:
        said.append(f"last heard of {_ago(now - each.last_contact)}")
    if each.failing_since:
        said.append(f"not reachable since {_ago(now - each.failing_since)}")
    if each.why:
        said.append(f"stopped at: {each.why}")
    found = [f"{each.node_id}  {each.name}: {'; '.join(said)}"]
    if each.state == "proposed" and each.words:
        found.append(f"  their words, to be compared on the call: {each.words}")
    return found


def _ago(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"
