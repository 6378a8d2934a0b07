# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every command stands on: settings that say what is wrong with them, logs that keep to one line and no words of others."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog

from node import database, logs
from node.errors import Misconfigured
from node.settings import from_mapping, load


def test_a_library_s_warning_is_one_line_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(level="info")
    try:
        raise ValueError("what somebody typed")
    except ValueError:
        logging.getLogger("somebodys.library").exception("cannot take %s", "Maureen")
    logging.getLogger("node.database.engine").error("a callable failed")
    logging.getLogger("somebodys.library").info("GET /people?known=Maureen")
    structlog.get_logger("commoncare").debug("not asked for")
    theirs, ours = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (theirs["event"], theirs["logger"], theirs["level"], theirs["error"]) == (
        "library", "somebodys.library", "error", "ValueError"
    )  # fmt: skip
    assert "Maureen" not in json.dumps(theirs)
    assert "typed" not in json.dumps(theirs)
    assert ours["event"] == "a callable failed"


@pytest.mark.parametrize(("level", "heard"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_levels(capsys: pytest.CaptureFixture[str], level: str, heard: int) -> None:
    logs.set_up(level=level, form="text")
    log = structlog.get_logger("commoncare")
    for speak in (log.debug, log.info, log.warning, log.error):
        speak("happened")
    assert capsys.readouterr().err.count("happened") == heard


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"co_op": {"phone": 0o171234}}, "co_op.phone: give one text, in quotation marks"),
        ({"co_op": {"name": ["a"]}}, "co_op.name: give one text"),
        ({"host": 127}, "host: give one text"),
        ({"mail": {"host": "m", "port": 99999}}, "mail.port: a port is"),
        ({"log_level": "loud"}, "log_level: say debug, info, warning or error"),
        ({"metrics_port": 8100}, "metrics_port: choose another port"),
    ],
)
def test_a_wrong_setting_says_what_to_put(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        from_mapping(tmp_path, {"node_id": "alder.example"} | given)
    assert said in refused.value.words


def test_a_name_with_nothing_behind_it_is_as_if_left_out(tmp_path: Path) -> None:
    (tmp_path / "commoncare.yaml").write_text("node_id: alder.example\nareas_file:\nco_op:\n  phone:\n")
    settings = load(tmp_path, {})
    assert (settings.areas_file, settings.co_op.phone) == ("", "")


def test_any_name_of_a_folder_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "Who? 50 % of #us"
    engine = database.open_engine(from_mapping(folder, {"node_id": "alder.example"}).database_url)
    assert getattr(engine, "path", None) == folder / "commoncare.db"
