# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operators' pages say is so: every command in them exists with those options, every setting has its line."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from node.cli.command import cli
from node.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "operators").glob("*.md"))


def calls(page: Path) -> list[str]:
    """Every command in fenced blocks and between single backticks, also where it is called by its path or brought by a tool."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    found = (re.search(r"(?:^|/bin/|\.whl )(commoncare [a-z].*)", line) for line in lines)
    return [each[1] for each in found if each is not None]


CALLS = [(page.name, call) for page in PAGES for call in calls(page)]


def test_there_are_some() -> None:
    assert len(CALLS) > 15
    assert {page for page, _ in CALLS} == {page.name for page in PAGES}


@pytest.mark.parametrize(("page", "call"), CALLS, ids=[f"{page}: {call[:60]}" for page, call in CALLS])
def test_every_command_exists_with_these_options(page: str, call: str) -> None:
    words = shlex.split(call)[1:]
    command: Any = typer.main.get_command(cli)
    while hasattr(command, "commands"):
        if command.invoke_without_command and (not words or words[0].startswith("--")):
            break  # a group that does something by itself, such as `backup`
        assert words[0] in command.commands, f"{page}: {call}"
        command = command.commands[words.pop(0)]
    takes_value = {
        name: not param.is_flag if hasattr(param, "is_flag") else True
        for param in command.params
        for name in param.opts
    }
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    given = 0
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            assert word in takes_value, f"{page}: {command.name} has no {word}"
            if takes_value[word]:
                assert words, f"{page}: {word} wants a value"
                words.pop(0)
        else:
            given += 1
    assert sum(each.required for each in arguments) <= given <= len(arguments), f"{page}: {call}"


def test_every_setting_has_its_line() -> None:
    text = (ROOT / "docs" / "operators" / "running.md").read_text(encoding="utf-8")
    table = text.split("| setting | what it means |")[1].split("\n\n")[0]
    told = set(re.findall(r"`([a-z_]+)`", "\n".join(line.split("|")[1] for line in table.splitlines() if "|" in line)))
    assert told == {each.name for each in fields(Settings)} - {"folder"}
