# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is looked at on every page in the browser: one load, then each look on it, each fault as one line of words.

Nothing here waits for a time or reloads: light, dark, forced colours, paper, width and text size are changed on the page that
stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1280, "height": 900}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } "
    "p { margin-bottom: 2em !important }"
)
"""WCAG 2.2, 1.4.12."""
TWICE = "html { font-size: 200% !important }"
TOO_WIDE = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const out = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
        && e.getBoundingClientRect().right > room + 1);
    return [`${document.documentElement.scrollWidth} px in ${room}`,
        ...out.filter(e => !out.some(o => o !== e && e.contains(o))).slice(0, 3).map(e => e.outerHTML.slice(0, 160))];
}"""
STYLED = """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
    document.adoptedStyleSheets = css ? [sheet] : []; }"""
UNSEEN = """() => {
    const line = (e, pseudo) => { const s = getComputedStyle(e, pseudo);
        return (s.borderTopStyle !== 'none' && parseFloat(s.borderTopWidth) >= 1)
            || (s.borderBottomStyle !== 'none' && parseFloat(s.borderBottomWidth) >= 1)
            || (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1)
            || s.textDecorationLine.includes('underline'); };
    const seen = e => {
        if (['radio', 'checkbox'].includes(e.type)) {
            const item = e.closest('.govuk-radios__item, .govuk-checkboxes__item') || e.parentElement;
            return line(e) || line(item) || [...item.querySelectorAll('label')].some(l => line(l, '::before') || line(l));
        }
        return line(e) || [...e.children].some(c => line(c));
    };
    return [...document.querySelectorAll('button, .button, input:not([type=hidden]), textarea, select')]
        .filter(e => e.checkVisibility() && !seen(e)).map(e => e.outerHTML.slice(0, 160));
}"""
PRESSED = "nav, footer, button, .button, .skip, .back, [type=submit]"
SHOWN = "which => [...document.querySelectorAll(which)].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 120))"
FACTS = """() => ({
    title: document.title, h1: [...document.querySelectorAll('h1')].filter(e => e.checkVisibility()).length,
    lang: document.documentElement.lang, dir: document.documentElement.dir,
    links: [...document.querySelectorAll('a[href]')].map(a => a.href),
    forms: [...document.querySelectorAll('form')].map(f => ({
        action: new URL(f.getAttribute('action') || location.pathname, location.href).pathname, method: f.method,
        token: !!f.querySelector('[name=form]')?.value,
    })),
})"""
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "",
}


@dataclass
class Looked:
    """What came of one page. `faults`: each a line; `links` and `forms`: paths on this co-op."""

    title: str = ""
    faults: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)


def look_at(
    page: Page, response: Response | None, *, status: int = 200, language: str = "en", rtl: bool = False
) -> Looked:
    """Every look at a page that has just come, at 320 px and light; it is left as it was."""
    found = Looked()
    say = found.faults.append
    if response is None or response.status != status:
        say(f"status {response.status if response else 'none'}, not {status}")
        return found
    for name, held in HEADERS.items():
        if held not in response.headers.get(name, "–"):
            say(f"header {name}: {response.headers.get(name)}")
    facts = page.evaluate(FACTS)
    _facts(facts, found, urlsplit(page.url), language, rtl)
    for each in axe(page):
        say(f"axe: {each}")
    _sizes(page, say)
    page.emulate_media(color_scheme="dark")
    page.evaluate(TURNED)
    # Seen twice: on a busy machine a page may be looked at before all of it has turned dark.
    for each in axe(page, CONTRAST) and axe(page, CONTRAST):
        say(f"axe, dark: {each}")
    page.emulate_media(color_scheme="light", forced_colors="active")
    for each in page.evaluate(UNSEEN):
        say(f"not seen in forced colours: {each}")
    page.emulate_media(color_scheme="light", forced_colors="none", media="print")
    for each in page.evaluate(SHOWN, PRESSED):
        say(f"shown on paper: {each}")
    page.emulate_media(media="screen")
    return found


def _facts(facts: dict[str, Any], found: Looked, here: Any, language: str, rtl: bool) -> None:
    say = found.faults.append
    found.title = facts["title"]
    if not re.fullmatch(r".+ · .+", found.title):
        say(f"title {found.title!r}")
    if facts["h1"] != 1:
        say(f"{facts['h1']} main headings")
    if (facts["lang"], facts["dir"]) != (language, "rtl" if rtl else "ltr"):
        say(f"lang {facts['lang']}, dir {facts['dir']}")
    for link in facts["links"]:
        parts = urlsplit(link)
        if parts.netloc == here.netloc and parts.path != here.path:
            found.links.add(parts.path)
    for form in facts["forms"]:
        found.forms.add(form["action"])
        if form["method"] != "post" or not form["token"]:
            say(f"a form to {form['action']} by {form['method']}, token: {form['token']}")


def _sizes(page: Page, say: Any) -> None:
    for name, size, css in (
        ("at 320 px", NARROW, ""),
        ("at 320 px, text twice as large and spaced", NARROW, SPACED + TWICE),
        ("at 1280 px, text twice as large and spaced", WIDE, SPACED + TWICE),
    ):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.evaluate(STYLED, css)
        wide = page.evaluate(TOO_WIDE)
        if wide:
            say(f"too wide {name}: {' | '.join(wide)}")
    page.evaluate(STYLED, "")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]


TURNED = """() => new Promise(done => { const look = () => matchMedia('(prefers-color-scheme: dark)').matches
    ? requestAnimationFrame(() => done(0)) : requestAnimationFrame(look); look(); })"""
"""Until the page itself says that it is dark, and has been drawn so once."""
STILL = "() => document.getAnimations().forEach(each => { try { each.finish() } catch { each.cancel() } })"
"""Colours that are on their way from light to dark are neither. Brought to their end, not waited for: a busy machine may draw
nothing for as long as it likes."""


# Nothing is fetched beforehand (`preload`): what needs it is about film, sound, and styles that hold a phone upright.
AXE = """options => axe.run(document, options).then(found => found.violations.map(each =>
    `${each.id}: ${each.nodes.slice(0, 4).map(node => node.html.slice(0, 160)).join(' | ')}`))"""


def axe(page: Page, options: dict[str, Any] | None = None) -> list[str]:
    """What axe finds, each rule with the elements it is about. Its rules are put into a page once."""
    page.evaluate(STILL)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(Axe().axe_script)
    return list(page.evaluate(AXE, {"resultTypes": ["violations"], "preload": False} | (options or {})))


# Forms that are wrong -------------------------------------------------------------------------------------------------

FILL = """([action, button, values]) => {
    const forms = [...document.forms].filter(f => (!button || f.innerText.includes(button))
        && new URL(f.getAttribute('action') || location.pathname, location.href).pathname === action);
    if (forms.length !== 1) return `${forms.length} forms to ${action}`;
    const form = forms[0];
    for (const [name, value] of Object.entries(values)) {
        const fields = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
        if (!fields.length) return `no field ${name}`;
        for (const f of fields) {
            if (['radio', 'checkbox'].includes(f.type)) f.checked = value === '*' || [].concat(value).includes(f.value);
            else f.value = value;
        }
    }
    const pressed = [...form.querySelectorAll('button')].find(b => !button || b.innerText.includes(button));
    if (pressed?.name) {
        const h = document.createElement('input');
        h.type = 'hidden'; h.name = pressed.name; h.value = pressed.value;
        form.append(h);
    }
    return '';
}"""
SEND = """([action, button]) => [...document.forms].find(f => (!button || f.innerText.includes(button))
    && new URL(f.getAttribute('action') || location.pathname, location.href).pathname === action).submit()"""
KEPT = """([values]) => Object.entries(values).filter(([name, value]) => {
    const fields = [...document.querySelectorAll(`main [name="${CSS.escape(name)}"]`)];
    if (!fields.length) return true;
    if (['radio', 'checkbox'].includes(fields[0].type))
        return value !== '*' && fields.some(f => f.checked !== [].concat(value).includes(f.value));
    return fields[0].type !== 'password' && fields[0].autocomplete !== 'one-time-code'
        && !fields.some(f => f.value.trim() === String(value).trim());
}).map(([name]) => name)"""
SUMMARY = """() => { const links = [...document.querySelectorAll('.govuk-error-summary a[href^="#"]')];
    const bad = links.filter(a => { const e = document.getElementById(a.getAttribute('href').slice(1));
        return !e || !e.matches('input, textarea, select, button, a[href], [tabindex], fieldset') })
        .map(a => a.outerHTML);
    return links.length ? bad : ['no summary of faults']; }"""


def send(page: Page, action: str, values: dict[str, Any], button: str = "") -> tuple[Response | None, str]:
    """Fills in and sends the form that leads to `action`. Gives the answer, or why it could not be sent."""
    why = page.evaluate(FILL, [action, button, values])
    if why:
        return None, str(why)
    with page.expect_navigation(wait_until="load") as coming:
        page.evaluate(SEND, [action, button])
    return coming.value, ""


def look_at_faults(page: Page, action: str, values: dict[str, Any], button: str = "") -> Looked:
    """Sends a form with faults in it, and looks at what comes back: every fault linked, everything typed still there."""
    response, why = send(page, action, values, button)
    if why:
        return Looked(faults=[why])
    found = look_at(page, response, status=422)
    if response is None or response.status != 422:
        return found
    if not found.title.startswith("Error: "):
        found.faults.append(f"title {found.title!r} does not begin with Error:")
    found.faults += [f"summary: {each}" for each in page.evaluate(SUMMARY)]
    found.faults += [f"not kept: {name}" for name in page.evaluate(KEPT, [values])]
    return found
