# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare village …`: a village of real processes that is harmed, killed and mended from another terminal, by words and by a
plan; and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from node.errors import Invalid, Unavailable
from node.village.lived import free_ports, making
from node.village.orders import Fault, read_faults, seconds_off


def told(folder: Path, *words: str, code: int = 0) -> Any:
    """One command with `--json`; what it answered, or on standard error why not."""
    ran = subprocess.run(
        [sys.executable, "-m", "node", "village", *words, "--dir", str(folder), "--json"],
        capture_output=True,
        text=True,
        timeout=150,
        env={**os.environ, "COMMONCARE_VILLAGE": ""},
    )
    assert ran.returncode == code, ran.stderr
    return json.loads(ran.stdout if code == 0 else ran.stderr)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    folder = tmp_path / "village"
    plan = tmp_path / "faults.yaml"
    plan.write_text("faults:\n  - {after: 0.1, do: slow alder birch 0.05}\n", encoding="utf-8")
    base = str(free_ports(2))
    found = told(folder, "up", "--nodes", "2", "--base-port", base, "--faults", str(plan), "--detach")
    yield folder, {each["name"]: each for each in found["nodes"]}
    if (folder / "village-control.json").exists():
        told(folder, "down")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_village_is_harmed_and_mended_from_another_terminal(running: tuple[Path, dict[str, Any]]) -> None:
    folder, nodes = running
    assert [each["up"] for each in told(folder, "status")["nodes"]] == [True, True]
    told(folder, "settle")
    assert "0.05" in told(folder, "status")["harm"]["alder>birch"], "the plan's fault has befallen"
    told(folder, "heal")
    assert told(folder, "status")["harm"] == {}

    told(folder, "cut", "alder", "birch", "--one-way")
    assert list(told(folder, "status")["harm"]) == ["alder>birch"]
    told(folder, "heal", "alder", "birch")

    told(folder, "kill", "birch")
    assert [each["up"] for each in told(folder, "status")["nodes"]] == [True, False]
    with pytest.raises(httpx.ConnectError):
        httpx.get(nodes["birch"]["url"] + "/health/live")
    told(folder, "settle")
    told(folder, "start", "birch")
    assert httpx.get(nodes["birch"]["url"] + "/health/ready").status_code == 200

    told(folder, "clock", "all", "+3d")
    assert [each["clock_off"] for each in told(folder, "status")["nodes"]] == [259_200, 259_200]
    told(folder, "settle")
    assert told(folder, "down") == {"said": "going down"}
    assert told(folder, "status", code=1)["detail"].startswith("No village runs in")
    assert (folder / "birch" / "serve.log").stat().st_size > 0


@pytest.mark.slow
def test_what_cannot_be_done_is_refused_in_words(running: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = running
    assert "alder, birch" in told(folder, "kill", "nobody", code=1)["errors"][0]["detail"]
    assert "no time" in told(folder, "clock", "alder", "soon", code=1)["errors"][0]["detail"]
    assert "nothing that can be done" in told(folder, "link", "alder>birch", "explode", code=1)["errors"][0]["detail"]
    again = told(folder, "up", "--nodes", "2", "--detach", code=1)
    assert "runs in this folder already" in again["detail"]


def test_containers_need_an_engine_a_package_and_names_that_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with pytest.raises(Unavailable) as nobody, making("container", tmp_path):
        pass
    assert "No container engine answers" in nobody.value.words
    with pytest.raises(Invalid) as stranger, making("container", tmp_path, {"narnia": "commoncare"}):
        pass
    assert "narnia" in stranger.value.fields["image"]
    for wrong in (("--backend", "container", "--program", "alder=true"), ("--image", "commoncare")):
        [said] = told(tmp_path, "up", "--nodes", "1", *wrong, code=1)["errors"]
        assert f"--{said['field']}" == wrong[-2]
    monkeypatch.setitem(sys.modules, "docker", None)
    with pytest.raises(Unavailable) as no, making("container", tmp_path):
        pass
    assert "commoncare[village]" in no.value.words


def test_times_are_read_as_people_write_them() -> None:
    assert [seconds_off(text) for text in ("+3d", "-2h", "90", "+5m", "0")] == [259_200, -7200, 90, 300, 0]
    for wrong in ("", "soon", "3w", "+", "1.5h"):
        with pytest.raises(Invalid):
            seconds_off(wrong)


def test_a_plan_is_read_in_order_and_every_fault_in_it_is_named(tmp_path: Path) -> None:
    plan = tmp_path / "faults.yaml"
    plan.write_text("faults:\n  - {after: 9, do: heal}\n  - {after: 2, do: cut alder birch}\n", encoding="utf-8")
    assert read_faults(plan) == [Fault(2.0, "cut alder birch"), Fault(9.0, "heal")]
    plan.write_text("faults:\n  - {after: -1, do: heal}\n  - {after: 1, do: explode}\n  - heal\n", encoding="utf-8")
    with pytest.raises(Invalid) as no:
        read_faults(plan)
    assert list(no.value.fields) == ["faults[0]", "faults[1]", "faults[2]"]
    for text in ("- heal", "faults: 3", "[", ""):
        plan.write_text(text, encoding="utf-8")
        with pytest.raises(Invalid):
            read_faults(plan)
