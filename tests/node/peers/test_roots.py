# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changing who may speak for a co-op, signed by several people, and every way in which it must fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from federation import envelope as dsse
from federation.errors import Refused
from federation.invitations import Fingerprint
from federation.keys import SigningKey
from node import database
from node.actor import Actor
from node.errors import Conflict, Invalid, NotAllowed
from node.here import Here
from node.peers import acts, founding, keyring, own, roots
from tests.node.exchange.coops import OPERATOR

DAY = 86_400
PASSPHRASE = "correct horse battery"
ADA, BEN, CAM, EVE = (SigningKey.from_seed(bytes([number]) * 32) for number in (11, 12, 13, 14))


@pytest.fixture
def root_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "root.pem"


async def founded(root_file: Path, here: Here) -> tuple[SigningKey, SigningKey]:
    """The node's two roots: the one in the file, the one on paper."""
    made = await founding.found_node(actor=OPERATOR, root_file=root_file, passphrase=PASSPHRASE, here=here)
    return founding.root_from_file(root_file, PASSPHRASE), founding.root_from_paper(made.paper_key)


async def propose(here: Here, **change: object) -> roots.Proposal:
    return await roots.propose(actor=OPERATOR, here=here, **change)  # type: ignore[arg-type]


async def publish(proposal: roots.Proposal, here: Here) -> roots.Published:
    return await roots.publish(actor=OPERATOR, proposal=proposal, here=here)


def lines(*keys: SigningKey) -> list[str]:
    return [roots.public_line(key.public) for key in keys]


def handed_on(proposal: roots.Proposal) -> roots.Proposal:
    """As it comes out of the file at the next person's."""
    return roots.read(proposal.file())


async def two_of_three(root_file: Path, here: Here) -> SigningKey:
    """The node with Ada, Ben and Cam as roots, two of whom sign; its former root."""
    kept, _ = await founded(root_file, here)
    drawn = await propose(here, threshold=2, keep=[], add=lines(ADA, BEN, CAM))
    for key in (kept, ADA, CAM):
        drawn = roots.sign(handed_on(drawn), key)
    await publish(drawn, here)
    return kept


async def test_from_one_of_two_to_two_of_three(engine: database.Engine, here: Here, root_file: Path) -> None:
    kept, printed = await founded(root_file, here)
    before = await own.words(here=here)
    await acts.invite(actor=OPERATOR, node_id="birch.example", here=here)
    drawn = await propose(here, threshold=2, keep=[printed.kid[:8]], add=lines(ADA, BEN))
    assert drawn.missing == (1, 2)
    with pytest.raises(Conflict, match="signatures"):
        await publish(drawn, here)
    once = roots.sign(handed_on(drawn), printed)  # counts on both sides
    assert once.missing == (0, 1)
    assert roots.sign(once, printed).envelope == once.envelope
    with pytest.raises(Conflict, match="signatures") as no:
        await publish(once, here)
    assert "1 signature of the roots as they will be" in no.value.words
    twice = roots.sign(handed_on(once), ADA)
    assert twice.complete
    made = await publish(handed_on(twice), here)
    mine = await own.identity(here=here)
    assert set(mine.roots) == {printed.public, ADA.public, BEN.public}
    assert (mine.threshold, mine.version, made.version) == (2, 2, 2)
    assert (made.changed, made.invitations) == (True, 1)
    assert made.words == str(Fingerprint.of(mine)) != before
    assert (await own.manifest(here=here)).identity_version == 2
    with pytest.raises(Conflict, match="overtaken"):
        await publish(twice, here)
    assert kept.public not in mine.roots


async def test_the_old_roots_have_to_agree_to_their_going(engine: database.Engine, here: Here, root_file: Path) -> None:
    kept, _ = await founded(root_file, here)
    drawn = await propose(here, threshold=1, keep=[], add=lines(EVE))
    taken = roots.sign(drawn, EVE)
    assert taken.missing == (1, 0)
    with pytest.raises(Conflict):
        await publish(taken, here)
    with pytest.raises(Refused):  # and so would every neighbour
        await own.publish_identity(taken.envelope, here=here)
    assert (await own.versions())[0] == 1
    assert (await publish(roots.sign(taken, kept), here)).version == 2


async def test_a_key_under_two_names_counts_once(engine: database.Engine, here: Here, root_file: Path) -> None:
    await two_of_three(root_file, here)
    drawn = await propose(here)
    once = roots.sign(drawn, ADA)
    members = json.loads(once.envelope)
    members["signatures"] += [{"keyid": BEN.kid, "sig": members["signatures"][0]["sig"]}]
    stuffed = json.loads(once.file()) | {"next": members}
    found = roots.read(json.dumps(stuffed).encode())
    assert len(dsse.open_envelope(found.envelope).signatures) == 2
    assert found.missing == (1, 1)
    with pytest.raises(Conflict):
        await publish(found, here)


async def test_several_people_renew_and_one_alone_can_not(engine: database.Engine, here: Here, root_file: Path) -> None:
    await two_of_three(root_file, here)
    later = here.at(here.now + 390 * DAY)
    with pytest.raises(Conflict, match="threshold"):
        await founding.renew_identity(actor=OPERATOR, root=ADA, here=later)
    drawn = roots.sign(roots.sign(await propose(later), ADA), BEN)
    made = await publish(drawn, later.at(later.now + 5 * DAY))
    assert (made.version, made.changed, made.invitations) == (3, False, 0)
    assert (await own.identity(here=later)).exp == later.now + 400 * DAY
    much_later = here.at(here.now + 900 * DAY)  # renewed after it ran out
    drawn = roots.sign(roots.sign(await propose(much_later), CAM), BEN)
    assert (await publish(drawn, much_later)).version == 4
    assert (await keyring.signing("doc", here=much_later)).public in (await own.identity(here=much_later)).docs


async def test_a_document_key_by_several_people(engine: database.Engine, here: Here, root_file: Path) -> None:
    await two_of_three(root_file, here)
    first = await keyring.signing("doc", here=here)
    drawn = await propose(here, docs="now")
    assert len(drawn.next.docs) == 1
    assert (await keyring.signing("doc", here=here)).kid == first.kid
    assert await keyring.docs(here=here) == (first.public,)
    later = here.at(here.now + 20 * DAY)
    made = roots.sign(roots.sign(drawn, BEN), CAM)
    await roots.publish(actor=OPERATOR, proposal=made, reason="stolen", here=later)
    now = await keyring.signing("doc", here=later)
    assert now.public == drawn.next.docs[0] != first.public
    gone = await database.row("SELECT secret, reason FROM own_key WHERE kid = {}", first.kid)
    assert gone is not None and (gone["secret"], gone["reason"]) == (None, "stolen")
    assert (await own.manifest(here=later)).identity_version == 3


async def test_a_file_holds_nothing_secret_and_is_read_with_care(
    engine: database.Engine, here: Here, root_file: Path
) -> None:
    kept, printed = await founded(root_file, here)
    drawn = roots.sign(await propose(here, threshold=2, add=lines(ADA)), kept)
    data = drawn.file()
    for key in (kept, printed, ADA):
        assert key.seed() not in data and key.seed().hex().encode() not in data
    assert roots.read(data).signed == {kept.kid}
    told = "\n".join(roots.told(drawn))
    assert "version 1 to 2" in told and "2 of 3 have to sign (until now 1 of 2)" in told
    assert f"root {ADA.kid[:8]} is new" in told and f"root {kept.kid[:8]} stays, has signed" in told
    for broken in (b"", b"{}", data[:-40], data.replace(b"alder", b"birch"), b"[" * 50):
        with pytest.raises(Invalid):
            roots.read(broken)
    members = json.loads(data)
    members["before"] = members["next"]
    with pytest.raises(Invalid):
        roots.read(json.dumps(members).encode())
    with pytest.raises(Invalid, match="invalid"):
        roots.sign(drawn, EVE)


async def test_what_makes_no_sense_is_told_at_once(engine: database.Engine, here: Here, root_file: Path) -> None:
    await founded(root_file, here)
    ada = lines(ADA)[0]
    assert roots.from_line(f" {ada}\n") == ADA.public
    wrong: list[tuple[dict[str, object], str]] = [
        ({"threshold": 3}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"keep": []}, "roots"),
        ({"keep": ["nobody"]}, "keep"),
        ({"keep": [""]}, "keep"),
        ({"add": [ada, ada]}, "add"),
        ({"add": [ada[:-1] + ("A" if ada[-1] != "A" else "B")]}, "add"),
        ({"add": ["ccroot1-"]}, "add"),
        ({"add": lines(*(SigningKey.from_seed(bytes([n]) * 32) for n in range(40, 55)))}, "roots"),
    ]
    for change, field in wrong:
        with pytest.raises(Invalid) as no:
            await propose(here, **change)
        assert field in no.value.fields, change
    doc = (await own.identity(here=here)).docs[0]
    with pytest.raises(Invalid):  # one key for two uses
        await propose(here, add=[roots.public_line(doc)])


async def test_an_old_or_overtaken_proposal_is_not_published(
    engine: database.Engine, here: Here, root_file: Path
) -> None:
    kept, _ = await founded(root_file, here)
    drawn = roots.sign(await propose(here, threshold=1, add=lines(ADA)), kept)
    with pytest.raises(Conflict, match="old"):
        await publish(drawn, here.at(here.now + 61 * DAY))
    await founding.renew_identity(actor=OPERATOR, root=kept, here=here)
    with pytest.raises(Conflict, match="overtaken"):
        await publish(drawn, here)
    lost = await propose(here, docs="now")
    await database.execute("DELETE FROM own_key WHERE use = {}", keyring.NEXT_DOC)
    with pytest.raises(Conflict, match="doc keys"):
        await publish(roots.sign(lost, kept), here)
    assert (await own.versions())[0] == 2


async def test_only_an_operator_may(engine: database.Engine, here: Here, root_file: Path) -> None:
    kept, _ = await founded(root_file, here)
    drawn = roots.sign(await propose(here), kept)
    lead = Actor(person="p", roles=frozenset({"peer_support_lead"}))
    with pytest.raises(NotAllowed):
        await roots.propose(actor=lead, here=here)
    with pytest.raises(NotAllowed):
        await roots.publish(actor=lead, proposal=drawn, here=here)
    unproved = Actor(person="p", roles=frozenset({"operator"}), via="session", proved=False)
    with pytest.raises(NotAllowed):
        await roots.publish(actor=unproved, proposal=drawn, here=here)
