# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a person wants to be met: kept field by field, judged whole, and never a delegate's to change for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from node.dates import UK
from node.errors import Invalid, NotAllowed
from node.here import Here
from node.members import settings
from node.members.settings import Settings, SettingsDraft
from tests.node.members.cast import admit

pytestmark = pytest.mark.usefixtures("engine")


async def test_what_is_not_said_stays_and_every_fault_is_told(here: Here) -> None:
    ada = await admit("Ada", here=here)
    assert await settings.of(ada.person) == Settings()
    await settings.choose(actor=ada, draft=SettingsDraft(language="cy", mail="daily"), here=here)
    await settings.choose(actor=ada, draft=SettingsDraft(large=True), here=here)
    assert await settings.of(ada.person) == Settings(language="cy", large=True, mail="daily")
    with pytest.raises(Invalid) as no:
        await settings.choose(actor=ada, draft=SettingsDraft(language="xx", mail="hourly"), here=here)
    assert set(no.value.fields) == {"language", "mail"}


async def test_a_delegate_sets_their_own_look_and_nothing_of_the_persons(here: Here) -> None:
    ada, bob = await admit("Ada", here=here), await admit("Bob", "operator", here=here)
    acting = replace(ada, by=bob.person, scopes=frozenset({"people"}), proved=False)
    with pytest.raises(NotAllowed):
        await settings.choose(actor=acting, draft=SettingsDraft(mail="never"), here=here)
    themselves = settings.reader(acting)
    assert (themselves.person, themselves.roles, themselves.scopes) == (bob.person, frozenset(), frozenset())
    await settings.choose(actor=themselves, draft=SettingsDraft(large=True), here=here)
    assert (await settings.of(bob.person)).large and not (await settings.of(ada.person)).large


def test_the_morning_is_nine_on_the_wall_also_when_the_clocks_change() -> None:
    def at(month: int, day: int, hour: int) -> int:
        return int(datetime(2026, month, day, hour, tzinfo=UK).timestamp())

    assert settings.next_morning(at(5, 4, 8)) == at(5, 4, 9)
    assert settings.next_morning(at(5, 4, 9)) == at(5, 5, 9)
    assert settings.next_morning(at(3, 28, 20)) == at(3, 29, 9)
    assert settings.next_morning(at(10, 24, 20)) == at(10, 25, 9)
