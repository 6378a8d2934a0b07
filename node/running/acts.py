# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator does about the node itself: says where the paper key is, tries the mail, has mail tried again.

Nothing here talks to a mail server: what is to leave is put out, and whoever works for the node sends it.
"""

from __future__ import annotations

from node import database, journal, post, vault
from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.members import notices
from node.members.rights import act
from node.running import rules
from node.running.reads import keys
from node.running.reads import mail as mails
from node.running.shapes import KeysDraft, KeysView
from node.running.tables import KeysKept
from node.words import _

TRIED_AGAIN = (notices.KIND, "invitation-mail")
"""A way to sign in is over within the hour, and is asked for anew; nobody tries that again."""


@act("running.state-keys", by={"operator"}, scope="people")
async def state_keys(*, actor: Actor, draft: KeysDraft, here: Here) -> KeysView:
    """Say where the paper key is and who holds it. What was said before is destroyed; its date stays. Raises Invalid."""
    if faults := rules.keys_faults(draft):
        raise Invalid(faults)
    id = here.token()
    owner = f"keys-kept:{id}"
    async with database.transaction():
        await database.lock("keys-kept")
        for row in await database.rows("SELECT id FROM keys_kept WHERE place IS NOT NULL"):
            await vault.destroy(f"keys-kept:{row['id']}", here=here)
            await database.execute("UPDATE keys_kept SET place = NULL, holder = NULL WHERE id = {}", row["id"])
        await vault.create(owner, here=here)
        ring = await vault.ring([owner], here=here)
        await KeysKept.insert(
            KeysKept(
                id=id,
                place=ring.seal(owner, "keys_kept", id, "place", " ".join(draft.place.split())),
                holder=ring.seal(owner, "keys_kept", id, "holder", " ".join(draft.holder.split())),
                at=here.now,
                recorded_by=actor.person,
            )
        )
        await journal.write(actor.person, "running.keys-stated", "co-op", {}, here=here)
        made = await keys.keys(actor, here=here)
    assert made is not None
    return made


@act("running.test-mail", by={"operator"}, scope="people")
async def test_mail(*, actor: Actor, here: Here) -> None:
    """Send oneself a test mail. Raises Conflict where there is no mail server or no address to send it to."""
    if missing := await mails.cannot_test(actor, here=here):
        raise Conflict(missing, cause="no test mail")
    async with database.transaction():
        await notices.notify(person=actor.person, what=mails.TEST, here=here)
        await journal.write(actor.person, "running.mail-tested", "co-op", {}, here=here)


@act("running.try-mail-again", by={"operator"}, scope="people")
async def try_mail_again(*, actor: Actor, here: Here) -> int:
    """Have what was given up sent once more, and what waits for its next try sent now; how many. Raises Conflict for none."""
    async with database.transaction():
        count = await post.hurry(list(mails.KINDS), here=here)
        count += await post.again(TRIED_AGAIN, keep_trying=notices.KEEP_TRYING, here=here)
        if not count:
            raise Conflict(_("No mail waits to be tried again."), cause="no mail to try")
        await journal.write(actor.person, "running.mail-tried-again", "co-op", {"mails": count}, here=here)
    return count
