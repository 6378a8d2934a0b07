# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every word for people goes through the catalogues, is said when it is read, and stands in every catalogue.

The first half reads the source: sentences are marked, none is put together from pieces inside a mark, none is said at import or
on its way into a row, a letter or the journal. The second half reads the catalogues.
"""

from __future__ import annotations

import ast
import gettext
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.mofile import read_mo, write_mo

from node.words import ENGLISH, LANGUAGES
from tests.house import words

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "node"
REFUSALS = {
    "Refusal",
    "NotSignedIn",
    "NotAllowed",
    "NotProved",
    "NotFound",
    "Conflict",
    "Invalid",
    "TooMany",
    "Unavailable",
}
FAULTS_OF_OURS = {"ValueError", "TypeError", "LookupError", "RuntimeError", "AssertionError", "Misconfigured"}
API_WORDS = {"cause", "summary", "description", "tags", "TAGS"}
KEPT = {
    "write": "the journal", "accessed": "the journal", "put_out": "the outbox", "seal": "a sealed text", "insert": "a row",
    "insert_many": "rows", "execute": "a row", "many": "rows",
}  # fmt: skip
"""Where nothing translated may go: others read it later, in another language."""

NOT_FOR_MEMBERS = {
    "backing": "an operator at a terminal",
    "cli": "an operator at a terminal",
    "village": "the demo's audience at a terminal",
    "calling.py": "an operator at a terminal",
    "cluster.py": "an operator at a terminal",
    "doctor": "an operator at a terminal",
    "findings.py": "an operator at a terminal",
    "serving.py": "an operator at a terminal",
    "settings": "an operator at a terminal",
    "coop.py": "an operator at a terminal",
    "schema": "an operator at a terminal",
    "leaving": "an operator at a terminal, and whoever opens an export",
    "logs.py": "the log",
    "figures.py": "the figures",
    "support/entries.py": "the search: words by which a language is found",
    "clock.py": "nobody",
    "web/assets/build.py": "whoever installs it",
    "exchange": "the log, and other nodes",
    "vault/reads.py": "an operator at a terminal (Misconfigured)",
    "charter/acts/drawing.py": "an operator at a terminal",
    "charter/acts/holding.py": "an operator at a terminal",
    "charter/acts/signing.py": "an operator at a terminal",
    "charter/proposals.py": "an operator at a terminal",
    "charter/rules.py": "an operator at a terminal",
    "papers": "paper of the co-op, in English, and an operator at a terminal",
    "peers/agreement.py": "both co-ops: one text that they sign, in one language",
    "peers/founding.py": "an operator at a terminal (Misconfigured)",
    "peers/recovery.py": "an operator at a terminal",
    "peers/roots.py": "an operator at a terminal",
    "peers/rotating.py": "an operator at a terminal",
    "peers/shares.py": "paper of the co-op and of its neighbours",
    "peers/status.py": "an operator at a terminal",
}
ALLOWED = {
    "Peer support and mutual help between our members": "signed into a peering: one text for both co-ops",
    "Our co-op": "a setting's default, not a sentence",
    "Not ready yet: ": "an operator's health check",
    "Bearer realm=": "a header of the protocol",
}
"""Beginning of a sentence that is not marked -> why."""

_SENTENCE = re.compile(r"[A-Z“][a-z’']*,? +\S*[a-z]")
_NAME = re.compile(r"(?:[A-Z][\w-]* ?)+\Z")
FILES = [path for path in sorted(NODE.rglob("*.py")) if "node_modules" not in path.parts]
MEMBERS = [
    path
    for path in FILES
    if not {path.relative_to(NODE).parts[0], path.relative_to(NODE).as_posix()} & NOT_FOR_MEMBERS.keys()
]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
CATALOGUES = [language for language in LANGUAGES if language != ENGLISH]


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"


def called(node: ast.AST) -> str:
    """The last name of what is called: `journal.write(…)` is "write"."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def marks(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) in words.MARKS)


def said(node: ast.AST) -> str | None:
    """The text of a literal, with {} where an f-string has a value; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return None


def exempt(tree: ast.AST) -> set[ast.AST]:
    """Literals that no member reads: docstrings, marked ones, causes for the log, what a document of the API says, faults of
    ours in a program, patterns."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(node.value)
        inside: list[ast.AST] = []
        if isinstance(node, ast.Call) and called(node) in words.MARKS:
            found.update(node.args[: words.MARKS[called(node)]])
        elif called(node) in FAULTS_OF_OURS | {"compile", "problems", "get_logger"}:
            inside = [node]
        elif isinstance(node, ast.keyword | ast.Assign) and not API_WORDS.isdisjoint(_names(node)):
            inside = [node.value]
        elif isinstance(node, ast.JoinedStr):
            inside = [each for each in node.values if isinstance(each, ast.Constant)]
            found.update(inside)
            continue
        for each in inside:
            found.update(ast.walk(each))
    return found


def _names(node: ast.keyword | ast.Assign) -> set[str]:
    return {node.arg or ""} if isinstance(node, ast.keyword) else {getattr(each, "id", "") for each in node.targets}


def test_every_sentence_for_people_is_marked() -> None:
    bare = []
    for path in MEMBERS:
        tree = TREES[path]
        known = exempt(tree)
        for node in ast.walk(tree):
            text = None if node in known else said(node)
            if text is None or not _SENTENCE.match(text) or (_NAME.match(text) and len(text.split()) > 1):
                continue
            if not text.startswith(tuple(ALLOWED)):
                bare.append(f"{where(path, node)}: {text[:60]}")
    assert not bare, "\n".join(bare)


def test_every_refusal_is_said_in_the_readers_language() -> None:
    wrong = []
    for path in MEMBERS:
        for node in ast.walk(TREES[path]):
            if not isinstance(node, ast.Call) or called(node) not in REFUSALS or not node.args:
                continue
            first = node.args[0]
            values = first.values if isinstance(first, ast.Dict) else [first]
            wrong += [where(path, value) for value in values if not _is_said(value)]
    assert not wrong, "\n".join(wrong)


def _is_said(value: ast.AST) -> bool:
    """Whether what a refusal says was said already: a mark, or something that was worked out; no bare text or constant."""
    if isinstance(value, ast.BinOp):
        return _is_said(value.left) and (_is_said(value.right) or said(value.right) in {" ", "."})
    if isinstance(value, ast.BoolOp):
        return all(_is_said(each) for each in value.values)
    if isinstance(value, ast.IfExp):
        return _is_said(value.body) and _is_said(value.orelse)
    if isinstance(value, ast.Call) and called(value) == "N_":
        return False
    name = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else ""
    allowed = (said(value) or "-").startswith(tuple(ALLOWED)) if not isinstance(value, ast.Call) else True
    return allowed or (said(value) is None and not name.isupper())


def test_a_mark_holds_one_plain_sentence() -> None:
    """No f-string and no sum. `_` may also be given the name of what N_ marked."""
    wrong = []
    for path in FILES:
        for call in marks(TREES[path]):
            sentences = call.args[: words.MARKS[called(call)]]
            put_together = [part for part in _parts(sentences) if isinstance(part, ast.JoinedStr | ast.BinOp)]
            plain = all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in sentences)
            if not sentences or put_together or (called(call) != "_" and not plain):
                wrong.append(where(path, call))
    assert not wrong, "\n".join(wrong)


def _parts(sentences: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """What may come to stand in a mark; not what is asked on the way, such as the key of a look-up."""
    for each in sentences:
        yield each
        if isinstance(each, ast.IfExp):
            yield from _parts([each.body, each.orelse])
        elif isinstance(each, ast.BoolOp):
            yield from _parts(each.values)


def test_a_mark_has_its_values() -> None:
    wrong = []
    for path in FILES:
        for call in marks(TREES[path]):
            texts = [said(each) for each in call.args[: words.MARKS[called(call)]]]
            given = {each.arg for each in call.keywords} | ({"count"} if called(call) == "n_" else set())
            if called(call) != "N_" and None not in given and texts[0] is not None:
                named = {name for text in texts for name in words_places(text or "")}
                if named - given or given - named - {"count"}:
                    wrong.append(f"{where(path, call)}: {sorted(named ^ given)}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_said_at_import() -> None:
    """What is said while a module is read would be said in English for ever: N_ marks it there, `_` says it later."""
    wrong = []
    for path in FILES:
        for call in _at_import(TREES[path]):
            if called(call) in {"_", "n_"}:
                wrong.append(where(path, call))
    assert not wrong, "\n".join(wrong)


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Lambda):
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for early in (*child.args.defaults, *filter(None, child.args.kw_defaults), *child.decorator_list):
                yield early
                yield from _at_import(early)
            continue
        yield child
        yield from _at_import(child)


def test_nothing_translated_is_kept_or_sent() -> None:
    wrong = []
    for path in MEMBERS:
        for node in ast.walk(TREES[path]):
            if called(node) in KEPT:
                wrong += [f"{where(path, call)}: {KEPT[called(node)]}" for call in marks(node)]
    assert not wrong, "\n".join(wrong)


def test_a_rooms_letters_hold_no_sentence_of_ours() -> None:
    doors = [path for path in FILES if path.name == "sharing.py" and path.parent.parent == NODE]
    said_there = [where(path, call) for path in doors for call in marks(TREES[path])]
    assert len(doors) >= 3
    assert not said_there, "\n".join(said_there)


# The catalogues -------------------------------------------------------------------------------------------------------


def words_places(text: str) -> set[str]:
    """`{name}`; in a template's block `%(name)s`; in what a script fills in `%{name}`, which counts as the first."""
    return {one or other for one, other in re.findall(r"\{(\w*)\}|%\((\w+)\)s", text)}


@pytest.fixture(scope="module")
def every_sentence():
    return words.template()


def test_sentences_are_found_wherever_they_are(every_sentence) -> None:
    found = {message.id for message in every_sentence if isinstance(message.id, str)}
    assert "You asked. What you read beforehand is on its way to {co_op}, and nothing else." in found  # N_
    assert "We can't find that." in found  # _
    assert "Life after a stroke" in found and "Body and senses" in found  # a room's YAML
    assert "If somebody is in danger now, ring 999" in found
    assert any(isinstance(message.id, tuple) for message in every_sentence)  # n_


@pytest.mark.parametrize("language", CATALOGUES)
def test_each_catalogue_has_what_is_said_and_nothing_else(language: str, every_sentence) -> None:
    path = words.path_of(language)
    same = path.read_text(encoding="utf-8") == words.up_to_date(language, every_sentence)
    assert same, "The catalogues are not up to date: run `make words`."


@pytest.mark.parametrize("language", CATALOGUES)
def test_each_translation_fits_its_sentence(language: str) -> None:
    """The same named places, the same numbers, the same end, each form of the language's own counting; none a guess."""
    wrong = []
    catalogue = words.read(language)
    for message in catalogue:
        if not message.id or not words.translated(message):
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy or (isinstance(message.id, tuple) and len(forms) != catalogue.num_plurals):
            wrong.append(f"{ids[0]}: fuzzy, or not as many forms as the language has")
        for form in forms:
            if words_places(form) not in [words_places(each) for each in ids] or form.count("{") != form.count("}"):
                wrong.append(f"{ids[0]}: {form}: other places")
            if sorted(re.findall(r"\d+", form)) not in [sorted(re.findall(r"\d+", each)) for each in ids]:
                wrong.append(f"{ids[0]}: {form}: other numbers")
            if form != form.strip() or ("\n" in form) is not any("\n" in each for each in ids):
                wrong.append(f"{ids[0]}: {form}: white space")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", CATALOGUES)
def test_each_catalogue_compiles_and_counts_as_its_language_does(language: str) -> None:
    catalogue = words.read(language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    assert len(read_mo(compiled)) > 100, "the main job's words are translated"
    form = gettext.c2py(words.PLURALS[language][1])
    pairs = {(form(count), Locale(language).plural_form(count)) for count in range(1000)}
    forms, categories = ({pair[which] for pair in pairs} for which in (0, 1))
    assert len(pairs) == len(forms) == len(categories) == words.PLURALS[language][0] == catalogue.num_plurals


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_says_nothing_of_a_day_a_place_or_a_person(language: str) -> None:
    text = words.path_of(language).read_text(encoding="utf-8")
    header = text.partition("\n\n")[0]
    assert "A speaker has to read it before it is offered as complete." in header
    assert re.search(r"\b(?:19|20)\d\d\b|@|://|Date|Translator|Team", header) is None
    assert re.search(r"^#: ", text, re.MULTILINE) is None
