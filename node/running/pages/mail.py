# SPDX-License-Identifier: AGPL-3.0-or-later
"""How mail goes, a test mail to oneself, and having it tried again."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency

from node.running import acts
from node.running.reads import mail as reads
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_

SAID: Final = {
    "tested": N_("A test mail is on its way to you. What becomes of it stands below."),
    "again": N_("We try again now. What becomes of it stands below in a minute."),
}


@get("/running/mail", name="running-mail")
async def mail(visit: NamedDependency[Visit]) -> Page:
    return page("running/mail.html", visit, said=SAID, mail=await reads.mail(visit.actor, here=visit.here))


@post("/running/mail/test", name="running-mail-test")
@once
async def test(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.test_mail(actor=visit.actor, here=visit.here)
    return to("/running/mail", said="tested")


@post("/running/mail/again", name="running-mail-again")
@once
async def again(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.try_mail_again(actor=visit.actor, here=visit.here)
    return to("/running/mail", said="again")


routes = [mail, test, again]
