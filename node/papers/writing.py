# SPDX-License-Identifier: AGPL-3.0-or-later
"""The papers as files: Markdown to write into, and the same as HTML that prints well, with nothing from anywhere else in it.

What comes from settings or from a neighbour is shown as it is and never read as markup. A paper that is there already is not
written over: people have filled it in.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from node.errors import Conflict
from node.papers.hazards import GRAVE, HAZARDS, LIKELY
from node.papers.knowing import Known
from node.papers.record import record
from node.peers.leaving_words import NOBODY

NAMES: Final = (
    "00-start-here",
    "01-record-of-processing",
    "02-impact-assessment",
    "03-data-sharing",
    "04-hazard-log",
)
BLANK: Final = "________________"
_MARKS: Final = re.compile(r"([\\`*_\[\]<>|#&~])")
_LOOK: Final = """
body{font:1rem/1.5 "Atkinson Hyperlegible Next",Verdana,sans-serif;color:#2A2430;background:#fff}
body{max-width:46rem;margin:2rem auto;padding:0 1rem}
h1,h2,h3{line-height:1.25;break-after:avoid}h2{margin-top:2.2rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{border:1px solid #857A82;padding:.4rem .6rem;text-align:left;vertical-align:top}
tr,li{break-inside:avoid}code{font-size:.9em;overflow-wrap:anywhere}p,li,td,th{overflow-wrap:anywhere}
@media print{body{margin:0;max-width:none;font-size:11pt}a{color:inherit;text-decoration:none}}
"""


def papers(known: Known) -> dict[str, str]:
    """Every paper by the name of its file, with the text of each agreement."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown; what is from elsewhere goes through `plain`, and HTML is made with none let in
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = plain
    given = {
        "known": known,
        "record": record(),
        "hazards": HAZARDS,
        "likely": LIKELY,
        "grave": GRAVE,
        "nobody": NOBODY,
        "blank": BLANK,
    }
    made: dict[str, str] = {}
    for name in NAMES:
        text = environment.get_template(f"{name}.md").render(given)
        made[f"{name}.md"] = text
        made[f"{name}.html"] = _page(text)
    for each in known.neighbours:
        if each.text is not None:
            made[f"agreement-{each.node_id}.txt"] = each.text
    return made


def write(known: Known, folder: Path) -> list[Path]:
    """Write them into a folder of their own, for its owner alone. Raises Conflict where one of them is there already."""
    made = papers(known)
    if there := sorted(name for name in made if (folder / name).exists()):
        raise Conflict(
            f"{folder / there[0]} is there already, and somebody may have written in it. Choose a new folder.",
            cause="papers there",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in made.items():
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text.encode())
    return [folder / name for name in made]


def plain(text: object) -> str:
    """A value on one line, none of whose signs Markdown reads as its own."""
    return _MARKS.sub(r"\\\1", " ".join(str(text).split()))


def _page(text: str) -> str:
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    title = html.escape(text.partition("\n")[0].lstrip("# ").replace("\\", ""))
    return (
        f'<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_LOOK}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
