# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operators' pages as a program reads them: their blocks of commands, in order, and a reader who types them.

A reader has a folder of their own, as on the machine that the page is about, and keeps in `heard` what an answer told them and a
later command asks for. Commands go through the command line in this process; `serve` and `work` are processes.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.node.cli.conftest import Run, Said

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "operators"
CALL = re.compile(r"(?:runuser -u commoncare -- )?(?:/opt/commoncare/bin/)?commoncare ")
RUNNING = {"serve": '"serving"', "work": '"working"'}
"""What goes on until it is told to stop -> what it says once it does its work."""
UNSEEN = ("new passphrase", "confirmation")
"""How questions begin whose answers are not shown while they are typed."""
LONGEST = 60.0
"""Seconds in which what goes on has to bring something about."""


@dataclass(frozen=True)
class Block:
    """One block of a page; `kind`: what stands behind its fence, "" for commands."""

    page: str
    kind: str
    lines: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    """All of a page, also those that stand in a list."""
    text = (PAGES / page).read_text(encoding="utf-8")
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [
        Block(page, kind, tuple(line.strip() if not kind else line for line in body.splitlines() if line.strip()))
        for kind, body in found
    ]


@dataclass
class Reader:
    """Who follows a page. `folders`: by co-op where several do it together; `heard`: what an answer told them."""

    run: Run
    at: Path
    folders: dict[str, Path] = field(default_factory=dict)
    heard: dict[str, str] = field(default_factory=dict)


def nothing(reader: Reader) -> None:
    """For a line that needs no preparation and tells nothing."""


def learned(reader: Reader, said: Said) -> None:
    """For an answer out of which nothing is taken."""


def always(reader: Reader) -> bool:
    return True


@dataclass(frozen=True)
class Line:
    """How a line is typed. `puts`: what stands in the page -> what this reader puts in (a text, or the name of something heard,
    in angle brackets); `stdin`: likewise; `code`: the exit code that the page speaks of; `says`: what has to stand in the answer;
    `by`: the co-ops at which it is typed; `before`, `after`: what the reader does round it; `terminal`: what is asked there, and
    answered."""

    puts: dict[str, str] = field(default_factory=dict)
    stdin: str = ""
    code: int = 0
    says: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    before: Callable[[Reader], None] = nothing
    after: Callable[[Reader, Said], None] = learned
    terminal: tuple[tuple[str, str], ...] = ()
    until: Callable[[Reader], bool] = always
    """For what goes on: what it has to bring about before the reader goes on too."""


def follow(reader: Reader, block: Block, lines: dict[str, Line], elsewhere: dict[str, str]) -> int:
    """Types every line of a block that is not done elsewhere; how many. What goes on ends with the block."""
    done = 0
    with ExitStack() as going:
        for text in block.lines:
            if text in elsewhere:
                continue
            assert CALL.match(text), f"{block.page}: {text} is neither ours nor named as done elsewhere"
            how = lines.get(text, Line())
            for co_op in how.by or ("",):
                _type(reader, text, how, co_op, going)
                done += 1
    return done


def _type(reader: Reader, text: str, how: Line, co_op: str, going: ExitStack) -> None:
    how.before(reader)
    line = CALL.sub("commoncare ", text, count=1)
    for old, new in how.puts.items():
        assert old in line, f"{text}: {old} is not in it any more"
        line = line.replace(old, _heard(reader, new))
    words = shlex.split(line)[1:]
    env = {"COMMONCARE_DIR": str(reader.folders[co_op])} if co_op else {}
    if words[0] in RUNNING:
        going.enter_context(_going(reader.at, words, env))
        pause, until = threading.Event(), time.monotonic() + LONGEST
        while not how.until(reader):
            assert time.monotonic() < until, f"{text} did not bring it about"
            pause.wait(0.05)
        return
    if how.terminal:
        code, shown = at_a_terminal(words, reader.at, [(ask, _heard(reader, say)) for ask, say in how.terminal], env)
        said = Said(code, shown, "")
    else:
        said = reader.run(*words, stdin=_heard(reader, how.stdin), env=env or None)
    assert said.code == how.code, f"{text}\n{said.out}{said.err}"
    for expected in how.says:
        assert expected in said.out, f"{text} does not say: {expected}\n{said.out}"
    how.after(reader, said)


def _heard(reader: Reader, text: str) -> str:
    """With what was heard in place of its name."""
    return re.sub(r"<([a-z0-9 -]+)>", lambda name: reader.heard[name[1]], text)


@contextmanager
def _going(at: Path, words: list[str], env: dict[str, str]) -> Iterator[None]:
    """A process that has begun its work, and ends well when it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "node", *words], cwd=at, env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if RUNNING[words[0]] in line:
                break
        assert RUNNING[words[0]] in said, said
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, f"{words[0]} ends well"
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def at_a_terminal(words: list[str], at: Path, answers: list[tuple[str, str]], env: dict[str, str]) -> tuple[int, str]:
    """A command at a terminal at which each question is answered when it comes. Exit code and all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "node", *words], cwd=at, stdin=theirs, stdout=theirs, stderr=theirs,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "dumb"} | env,
    )  # fmt: skip
    os.close(theirs)
    shown, seen = "", 0
    try:
        for question, answer in answers:
            while question not in shown[seen:]:
                shown += _more(ours)
            seen = len(shown)
            if question.startswith(UNSEEN):
                _until_unseen(ours)
            os.write(ours, f"{answer}\n".encode())
        while more := _more(ours, until_the_end=True):
            shown += more
    finally:
        os.close(ours)
        process.wait(30)
    return process.returncode, shown


def _until_unseen(terminal: int) -> None:
    """What is typed before the terminal stops showing it is thrown away, with whatever stood in it before."""
    until = time.monotonic() + LONGEST
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        assert time.monotonic() < until, "the command shows what is typed"
        time.sleep(0.01)


def _more(terminal: int, *, until_the_end: bool = False) -> str:
    assert select.select([terminal], [], [], LONGEST)[0], "the command says nothing, and waits"
    try:
        read = os.read(terminal, 4096)
    except OSError:  # Linux: the other side was closed
        read = b""
    assert read or until_the_end, "the command ended before it had asked everything"
    return read.decode(errors="replace")
