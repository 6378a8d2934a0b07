# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts in words: the short codes that stand in them, with the words that people read. A neighbour's code that we do not know is
read out as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from node.dates import date_long
from node.metrics.shapes import About, Rate, Said
from node.words import N_, _

TITLES: Final[Mapping[About, str]] = {
    "services": N_("What we offer"),
    "size": N_("How many we are"),
    "rates": N_("Pay and prices"),
    "rating": N_("What the regulator found"),
    "total": N_("Totals"),
}
CARE: Final = {
    "companionship": N_("Company and conversation"),
    "home-help": N_("Help at home: cleaning, shopping, cooking"),
    "personal-care": N_("Personal care"),
    "medicines": N_("Help with medicines"),
    "getting-out": N_("Getting out and about"),
    "nights-asleep": N_("Nights, asleep"),
    "nights-awake": N_("Nights, awake"),
    "a-break": N_("A break for families"),
    "end-of-life": N_("Care at the end of life"),
}
"""Kinds of care that have a rate."""
SERVICES: Final = CARE | {
    "live-in": N_("Live-in care"),
    "groups": N_("Groups and days together"),
    "peer-support": N_("Peer support"),
    "advice": N_("Advice, and help with forms"),
}
BANDS: Final = {
    "10-25": N_("10 to 25 people"),
    "26-50": N_("26 to 50 people"),
    "51-100": N_("51 to 100 people"),
    "101-300": N_("101 to 300 people"),
}
REGULATORS: Final = {
    "CQC": N_("Care Quality Commission"),
    "CIW": N_("Care Inspectorate Wales"),
    "CI": N_("Care Inspectorate"),
    "RQIA": N_("Regulation and Quality Improvement Authority"),
}
BY_NATION: Final = {"england": "CQC", "wales": "CIW", "scotland": "CI", "northern-ireland": "RQIA"}
THEMES: Final[Mapping[str, Mapping[str, str]]] = {
    "CQC": {
        "overall": N_("Overall"),
        "safe": N_("Safe"),
        "effective": N_("Effective"),
        "caring": N_("Caring"),
        "responsive": N_("Responsive"),
        "well-led": N_("Well-led"),
    },
    "CIW": {
        "well-being": N_("Well-being"),
        "care-and-support": N_("Care and support"),
        "leadership-and-management": N_("Leadership and management"),
        "environment": N_("Environment"),
    },
    "CI": {
        "well-being": N_("How well people’s wellbeing is supported"),
        "leadership": N_("How good the leadership is"),
        "staff-team": N_("How good the staff team is"),
        "setting": N_("How good the setting is"),
        "care-planning": N_("How well care and support are planned"),
    },
    "RQIA": {"overall": N_("Inspection")},
}
"""Regulator -> what it looks at, in its own words."""
GRADES: Final[Mapping[str, Mapping[str, str]]] = {
    "CQC": {
        "outstanding": N_("Outstanding"),
        "good": N_("Good"),
        "requires-improvement": N_("Requires improvement"),
        "inadequate": N_("Inadequate"),
    },
    "CIW": {
        "excellent": N_("Excellent"),
        "good": N_("Good"),
        "needs-improvement": N_("Needs improvement"),
        "poor": N_("Poor"),
    },
    "CI": {
        "excellent": N_("6: excellent"),
        "very-good": N_("5: very good"),
        "good": N_("4: good"),
        "adequate": N_("3: adequate"),
        "weak": N_("2: weak"),
        "unsatisfactory": N_("1: unsatisfactory"),
    },
    "RQIA": {
        "nothing-to-improve": N_("No areas for improvement"),
        "areas-to-improve": N_("Areas for improvement"),
        "failure-to-comply": N_("A failure to comply"),
    },
}
"""Regulator -> its own grades, best first."""


def regulator(nation: str) -> str:
    """The code of the regulator of a nation of the United Kingdom."""
    return BY_NATION.get(nation, "CQC")


def pounds(pence: int) -> str:
    """ "£14.50"."""
    return f"£{pence // 100:,}.{pence % 100:02}"


def lines(said: Said) -> list[str]:
    """What a fact says, a line for each thing."""
    if said.about == "services":
        return [_known(SERVICES, slug) for slug in said.services]
    if said.about == "size":
        return [_known(BANDS, said.people or "")]
    if said.about == "rates":
        return [_rate(each) for each in said.rates]
    if said.about == "rating":
        return _rating(said)
    return _total(said)


def _rate(rate: Rate) -> str:
    care = _known(CARE, rate.care)
    if rate.paid is None:
        return _("{care}: {charged} an hour charged", care=care, charged=pounds(rate.charged or 0))
    if rate.charged is None:
        return _("{care}: {paid} an hour paid", care=care, paid=pounds(rate.paid))
    return _(
        "{care}: {paid} an hour paid, {charged} charged",
        care=care,
        paid=pounds(rate.paid),
        charged=pounds(rate.charged),
    )


def _rating(said: Said) -> list[str]:
    code = said.regulator or ""
    return [
        _known(REGULATORS, code),
        _(
            "{theme}: {grade}",
            theme=_known(THEMES.get(code, {}), said.theme or ""),
            grade=_known(GRADES.get(code, {}), said.grade or ""),
        ),
        _("Published on {day}", day=date_long(said.published_on or 0)),
    ]


def _total(said: Said) -> list[str]:
    return [
        _("{name}: {number}", name=said.name, number=f"{said.number or 0:,}"),
        _("From {first} to {last}", first=date_long(said.start or 0), last=date_long(said.end or 0)),
        _("How it was counted: {words}", words=said.counted),
    ]


def _known(words: Mapping[str, str], code: str) -> str:
    return _(words[code]) if code in words else code.replace("-", " ")
