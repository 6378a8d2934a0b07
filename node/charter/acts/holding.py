# SPDX-License-Identifier: AGPL-3.0-or-later
"""What takes effect: a version published, a charter joined, one of two chosen, a charter left.

A charter is never taken for the first time but by an operator who names its mark, having read its members and their words.
"""

from __future__ import annotations

from federation.charter import Charter, accept_charter
from federation.errors import Refused
from node import database, journal
from node.actor import Actor
from node.charter import proposals, reads, rules, taking
from node.charter.acts.signing import must_be_fresh, our_keys, settled
from node.charter.proposals import Proposal
from node.charter.shapes import CharterDetail
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.members.rights import act


@act("charter.publish", by={"operator"}, scope="peers")
async def publish(*, actor: Actor, proposal: Proposal, here: Here) -> CharterDetail:
    """Put the version after ours in force, once enough have signed: other members take it by themselves. Raises Conflict."""
    async with database.transaction():
        await database.lock("charter")
        held = await settled()
        if held is None:
            raise Conflict("This co-op has no charter yet. Take it with: commoncare charter join", cause="none held")
        if proposal.before is None or proposal.before.payload != held.payload:
            if proposal.next.payload == held.payload:
                return await reads.detail(actor, here=here)
            raise Conflict(f"This does not follow version {held.version}, which we hold.", cause="overtaken")
        must_be_fresh(proposal, here=here)
        new = _judged(held, proposal, here=here)
        detail: dict[str, int | str] = {"version": new.version}
        await journal.write(actor.person, "charter.published", f"charter:{new.id}", detail, here=here)
        await taking.following(held, new, source="", terms=proposal.terms, here=here)
        return await reads.detail(actor, here=here)


def _judged(held: Charter | None, proposal: Proposal, *, here: Here) -> Charter:
    if not proposal.complete:
        raise Conflict(f"Still missing: {proposals.missing(proposal)}.", cause="signatures")
    try:
        return accept_charter(held, proposal.next.envelope, here.now)
    except Refused as refusal:
        raise Conflict(f"No member would take this: {refusal.cause}.", cause=str(refusal)) from None


@act("charter.join", by={"operator"}, scope="peers")
async def join(*, actor: Actor, proposal: Proposal, mark: str, here: Here) -> CharterDetail:
    """Take a charter for the first time, after its members and words were read and compared; `mark`: by which it was named.
    Raises Invalid, Conflict."""
    async with database.transaction():
        await database.lock("charter")
        held = await reads.held()
        if held is not None:
            if held.payload == proposal.next.payload:
                return await reads.detail(actor, here=here)
            raise Conflict("This co-op has a charter. Leave it first, or publish a version of it.", cause="one held")
        if not rules.same_mark(mark, proposal.mark):
            raise Invalid(
                {"mark": "That is not the mark of this charter. Read it first, and compare it with the others."}
            )
        if proposal.next.member(here.node_id) is None:
            raise Invalid({"file": "This charter does not list this co-op."})
        await our_keys(proposal, signing=False, here=here)
        new = _judged(None, proposal, here=here)
        await _not_back(new)
        detail: dict[str, int | str] = {"version": new.version, "mark": proposal.mark}
        await journal.write(actor.person, "charter.joined", f"charter:{new.id}", detail, here=here)
        await taking.first(new, terms=proposal.terms, here=here)
        return await reads.detail(actor, here=here)


async def _not_back(new: Charter) -> None:
    """A charter that we left is joined again at the version we had, or a later one."""
    row = await database.row(
        "SELECT version, digest FROM charter_version WHERE charter = {} AND standing = {} ORDER BY version DESC LIMIT 1",
        new.id,
        True,
    )
    if row is None or (row["version"], row["digest"]) == (new.version, new.digest()) or row["version"] < new.version:
        return
    raise Conflict(f"We had version {row['version']} of this charter already. Ask for the newest.", cause="rolled back")


@act("charter.choose", by={"operator"}, scope="peers")
async def choose(*, actor: Actor, mark: str, here: Here) -> CharterDetail:
    """Say which of two charters of one version counts here, once the members have talked. Raises NotFound, Conflict."""
    async with database.transaction():
        await database.lock("charter")
        detail = await reads.detail(actor, here=here)
        if not detail.rivals:
            raise Conflict("There is only one charter of each version. Nothing has to be chosen.", cause="not frozen")
        chosen = [one for one in detail.rivals if rules.same_mark(mark, one.mark)]
        if len(chosen) != 1:
            marks = ", ".join(one.mark for one in detail.rivals)
            raise NotFound(f"None of the two has that mark. They are: {marks}.")
        before = await reads.held()
        await _count(chosen[0].id, chosen[0].version, chosen[0].digest, here=here)
        after = await reads.held()
        assert before is not None
        assert after is not None
        said: dict[str, int | str] = {"version": after.version, "mark": chosen[0].mark}
        await journal.write(actor.person, "charter.chosen", f"charter:{after.id}", said, here=here)
        await taking.let_go(before, after, here=here)
        await taking.tell(here=here)
        return await reads.detail(actor, here=here)


async def _count(charter: str, version: int, digest: str, *, here: Here) -> None:
    """This one of its version counts; what followed on another goes with it."""
    standing = await reads.at(charter, version)
    where = "WHERE charter = {} AND version >= {}"
    if standing is None or standing.digest() != digest:
        await database.execute(f"UPDATE charter_version SET standing = {{}} {where}", False, charter, version)  # noqa: S608
        await database.execute("UPDATE charter_version SET standing = {} WHERE digest = {}", True, digest)
        await database.execute(
            f"UPDATE charter_version SET decided_at = {{}} {where} AND standing = {{}}",  # noqa: S608
            here.now,
            charter,
            version,
            False,
        )
    else:
        await database.execute(
            "UPDATE charter_version SET decided_at = {} WHERE charter = {} AND version = {} AND standing = {}",
            here.now,
            charter,
            version,
            False,
        )
    await database.execute("UPDATE charter_said SET asked = '' WHERE asked <> ''")


@act("charter.leave", by={"operator"}, scope="peers")
async def leave(*, actor: Actor, here: Here) -> CharterDetail:
    """Hold no charter any more. Peerings go on; the other members list us until they sign a version without us."""
    async with database.transaction():
        await database.lock("charter")
        gone = await database.rows("UPDATE charter SET left_at = {} WHERE left_at IS NULL RETURNING id", here.now)
        for row in gone:
            await journal.write(actor.person, "charter.left", f"charter:{row['id']}", {}, here=here)
        if gone:
            await taking.tell(here=here)
        return await reads.detail(actor, here=here)
