# SPDX-License-Identifier: AGPL-3.0-or-later
"""Brings the catalogues up to date with every sentence that the node says: `python -m tests.house.words` (`make words`).

Sentences come from Python (`_`, `n_`, `N_`), from templates, and from the labels in a room's YAML. A translation stays with its
sentence for as long as that is said; a new or changed sentence stands empty until somebody translates it, and nothing is
guessed. What is written is the same on every machine and every day: sorted, without dates, places or line numbers.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from node.words import DOMAIN, ENGLISH, FOLDER, LANGUAGES

NODE = FOLDER.parent
MARKS = {"_": 1, "N_": 1, "n_": 2}
"""A mark of `node.words` -> how many sentences it takes."""
IN_TEMPLATES: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2)}
AT_A_TERMINAL = ("cli", "village")
"""Rooms whose words are for an operator at a terminal: those stay English."""
HEADER = """\
# {name}: the words of a Commoncare node.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# This is a machine-assisted beginning. A speaker has to read it before it is offered as complete.
# The English sentence is the name of each entry; keep what stands in {{braces}}, and every number, exactly as it is."""

# How many forms a counted sentence has, and which: the CLDR's cardinal rules (UTS 35, part 3, section 5), as gettext writes them.
PLURALS = {
    "cy": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5)"),
    "pl": (3, "(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)"),
    "ur": (2, "(n != 1)"),
}


Sentence = str | tuple[str, ...]


def from_python(path: Path) -> Iterator[Sentence]:
    """What stands as a plain text in a mark. (Babel's own reader takes `_(line["label"])` for the sentence "label".)"""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if not isinstance(node, ast.Call) or name not in MARKS:
            continue
        texts = [
            each.value
            for each in node.args[: MARKS[name]]
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if len(texts) == MARKS[name]:
            yield texts[0] if name != "n_" else tuple(texts)


def from_template(path: Path) -> Iterator[Sentence]:
    with path.open("rb") as file:
        for _line, said, _comments, _context in extract(
            "jinja2",
            file,
            IN_TEMPLATES,
            (),
            {"extensions": "jinja2.ext.i18n,jinja2.ext.do", "silent": "false"},
        ):
            yield said


def from_yaml(path: Path) -> Iterator[Sentence]:
    """Labels in a room's YAML: topics, their other words and groups; numbers to ring; what is kept and why."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        return
    yield from (read.get("groups") or {}).values()
    for purpose in read.get("purposes") or []:
        yield from (text for name, text in purpose.items() if isinstance(text, str) and name != "stop")
    if read.get("regulator"):
        yield read["regulator"]
    for topics in (read.get("topics") or {}).values():
        for label, also, _reach in topics.values():
            yield from (label, *also)
    lines = [read.get("emergency"), read.get("samaritans")]
    lines += [line for nation in (read.get("nations") or {}).values() for line in nation.values()]
    yield from (line["label"] for line in lines if line)


READERS = {".py": from_python, ".html": from_template, ".txt": from_template, ".yaml": from_yaml}


def sources() -> Iterable[Path]:
    """Every file that may hold words for people."""
    for path in sorted(NODE.rglob("*")):
        parts = path.relative_to(NODE).parts
        if path.suffix not in READERS or parts[0] in AT_A_TERMINAL or "built" in parts or "node_modules" in parts:
            continue
        if path.suffix in {".html", ".txt"} and "templates" not in parts:
            continue
        yield path


def template() -> Catalog:
    """Every sentence that is said, none translated."""
    found = Catalog(domain=DOMAIN)
    for path in sources():
        for said in READERS[path.suffix](path):
            if said:
                found.add(said)
    return found


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue as it is kept; one without sentences where there is none yet."""
    path = path_of(language)
    text = path.read_bytes() if path.exists() else header(language).encode()
    return read_po(io.BytesIO(text), locale=language, domain=DOMAIN)


def up_to_date(language: str, said: Catalog) -> str:
    """The text of a catalogue that has just the sentences that are said, with the translations that it had."""
    before = read(language)
    now = read_po(io.BytesIO(header(language).encode()), locale=language, domain=DOMAIN)
    for message in said:
        if not message.id:
            continue
        had = before.get(message.id[0] if isinstance(message.id, tuple) else message.id)
        now.add(
            message.id,
            had.string if had and isinstance(had.id, tuple) is isinstance(message.id, tuple) else None,
            user_comments=had.user_comments if had else (),
        )
    body = io.BytesIO()
    write_po(body, now, width=0, no_location=True, omit_header=True, sort_output=True)
    return header(language) + "\n\n" + body.getvalue().decode().strip() + "\n"


def header(language: str) -> str:
    """What opens a catalogue: its language, its plurals, and nothing that changes from day to day."""
    forms, rule = PLURALS[language]
    fields = {
        "Project-Id-Version": "Commoncare",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": f"nplurals={forms}; plural={rule};",
    }
    lines = [f'"{name}: {value}\\n"' for name, value in fields.items()]
    return "\n".join([HEADER.format(name=LANGUAGES[language]), 'msgid ""', 'msgstr ""', *lines])


def translated(message: Message) -> bool:
    """Whether every form of a sentence has been translated."""
    return bool(message.string) and all(
        message.string if isinstance(message.string, tuple | list) else (message.string,)
    )


def main() -> None:
    said = template()
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(up_to_date(language, said), encoding="utf-8")
        kept = [message for message in read(language) if message.id]
        done = sum(translated(message) for message in kept)
        sys.stdout.write(f"{language}: {done} of {len(kept)} sentences translated\n")


if __name__ == "__main__":
    main()
