# SPDX-License-Identifier: AGPL-3.0-or-later
"""A village whose nodes run in containers, for real: harmed, killed and mended by the command and by the plugin; a plan of
faults; what a failed test leaves; and that nothing runs on when whoever began it is killed. Skipped where no engine is, as the
image's tests are."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import httpx
import pytest
from tenacity import Retrying, stop_after_delay, wait_fixed

from node.errors import Unavailable
from node.village.containers import HOME, LABEL, NAME, holding, sweep
from node.village.lived import free_ports
from node.village.plugin import TAIL
from tests.image.engine import NoEngine, Podman, built, lacking
from tests.village.test_plugin import FAILS, STORY, ran
from tests.village.test_village_command import told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    why = lacking()
    if why:
        pytest.skip(f"containers are tried where podman is: {why}")
    return Podman(tmp_path_factory.mktemp("podman"))


@pytest.fixture(scope="module")
def image(podman: Podman) -> str:
    try:
        return built(podman)
    except NoEngine as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def engine(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Iterator[docker.DockerClient]:
    """Podman speaking Docker's language at a socket of this module's own, which DOCKER_HOST names meanwhile."""
    with podman.answering(tmp_path_factory.mktemp("socket")) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", address)
        client = docker.from_env(timeout=60)
        yield client
        client.close()


def of(engine: docker.DockerClient, folder: Path) -> dict[str, str]:
    """The containers of a village: co-op -> id."""
    there = engine.api.containers(all=True, filters={"label": f"{LABEL}={folder}"})
    return {each["Labels"][NAME]: each["Id"] for each in there}


@pytest.fixture
def running(engine: docker.DockerClient, image: str, tmp_path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    folder, plan = tmp_path / "village", tmp_path / "faults.yaml"
    plan.write_text(
        "faults:\n  - {after: 0.1, do: slow alder birch 0.05}\n  - {after: 0.2, do: kill birch}\n", encoding="utf-8"
    )
    made = ("--backend", "container", "--image", image, "--base-port", str(free_ports(2)))
    found = told(folder, "up", "--nodes", "2", *made, "--faults", str(plan), "--detach")
    yield folder, {each["name"]: each for each in found["nodes"]}
    if (folder / "village-control.json").exists():
        told(folder, "down")


def test_containers_are_harmed_killed_and_mended_and_none_outlives_who_began_it(
    engine: docker.DockerClient, running: tuple[Path, dict[str, Any]]
) -> None:
    folder, nodes = running
    for attempt in Retrying(stop=stop_after_delay(30), wait=wait_fixed(0.2), reraise=True):
        with attempt:
            now = told(folder, "status")
            assert [each["up"] for each in now["nodes"]] == [True, False], "the plan's faults have befallen"
            assert "0.05" in now["harm"]["alder>birch"]
    assert list(of(engine, folder)) == ["alder"]
    told(folder, "start", "birch")
    told(folder, "heal")

    made = of(engine, folder)
    assert set(made) == {"alder", "birch"}
    for name, id in made.items():
        container = engine.containers.get(id)
        held = container.attrs["HostConfig"]
        assert (held["ReadonlyRootfs"], held["NetworkMode"]) == (True, "host")
        status = dict(
            line.split(":\t", 1) for line in container.exec_run(["cat", "/proc/1/status"]).output.decode().splitlines()
        )
        assert (int(status["CapBnd"], 16), status["NoNewPrivs"]) == (0, "1")
        assert "0" not in status["Uid"].split(), "nobody runs as root in there"
        assert httpx.get(nodes[name]["url"] + "/health/ready").status_code == 200

    told(folder, "cut", "alder", "birch")
    assert sorted(told(folder, "status")["harm"]) == ["alder>birch", "birch>alder"]
    told(folder, "heal", "alder", "birch")
    told(folder, "clock", "all", "+3d")
    told(folder, "settle")
    assert container.exec_run(["cat", f"{HOME}/clock"]).output == b"259200"
    token = next(iter(nodes["alder"]["people"].values()))
    search = nodes["alder"]["url"] + "/api/v1/support/searches"
    found = httpx.post(search, json={"words": "stroke"}, headers={"authorization": f"Bearer {token}"}).json()
    assert {item["node_id"] for item in found["items"]} == {"birch.example"}

    # Whoever began it is killed: the containers run on, and are found.
    door = json.loads((folder / "village-control.json").read_text())
    os.kill(door["pid"], signal.SIGKILL)
    for attempt in Retrying(stop=stop_after_delay(20), wait=wait_fixed(0.1), reraise=True):
        with attempt:
            assert "2 containers" in told(folder, "down")["said"]
    assert of(engine, folder) == {}
    assert told(folder, "down", code=1)["detail"].startswith("No village runs in")
    log = (folder / "birch" / "serve.log").read_text(encoding="utf-8")
    assert log.count('"event": "serving"') == 2, "what it logged before it was killed stays"


def test_a_stop_is_a_good_one_and_the_same_village_begins_again(
    engine: docker.DockerClient, image: str, tmp_path: Path
) -> None:
    folder = tmp_path / "village"
    base = ("--base-port", str(free_ports(1)))
    for _ in range(2):
        told(folder, "up", "--nodes", "1", "--backend", "container", "--image", image, *base, "--detach")
        with pytest.raises(Unavailable, match="runs in"), holding(folder):
            pass
        assert sweep() == [], "nobody takes away what is being lived in"
        told(folder, "down")
        assert of(engine, folder) == {}
    log = [json.loads(line) for line in (folder / "alder" / "serve.log").read_text().splitlines()]
    assert [line["event"] for line in log].count("stopped") == 2


def test_what_is_lacking_is_said_and_nothing_is_fetched(engine: docker.DockerClient, tmp_path: Path) -> None:
    made = ("--backend", "container", "--image", "nobody-made-this", "--base-port", str(free_ports(1)))
    folder = tmp_path / "village"
    assert "no image nobody-made-this here" in told(folder, "up", "--nodes", "1", *made, code=1)["detail"]
    assert of(engine, folder) == {}


def test_a_story_is_the_same_in_containers(engine: docker.DockerClient, image: str, tmp_path: Path) -> None:
    done = ran(tmp_path, STORY, "--village-backend", "container", "--village-image", image)
    assert done.code == 0, done.said
    assert of(engine, next((tmp_path / "kept").rglob("village-1"))) == {}


def test_a_failed_test_leaves_its_files_and_logs_and_no_container(
    engine: docker.DockerClient, image: str, tmp_path: Path
) -> None:
    done = ran(tmp_path, FAILS, "--village-backend", "container", "--village-image", image)
    assert done.code == 1
    kept = next((tmp_path / "kept").rglob("village-1"))
    assert f"Its files and logs are in {kept}" in done.said
    assert (kept / "alder" / "commoncare.db").is_file()
    last = (kept / "alder" / "serve.log").read_text(encoding="utf-8").splitlines()[-TAIL:]
    assert last[-1] in done.said
    assert of(engine, kept) == {}


def test_the_containers_of_a_test_run_that_was_killed_go_when_the_next_begins(
    engine: docker.DockerClient, image: str, tmp_path: Path
) -> None:
    done = ran(tmp_path, DIES, "--village-backend", "container", "--village-image", image)
    assert done.code == -signal.SIGKILL, done.said
    left = next((tmp_path / "kept").rglob("village-1"))
    assert set(of(engine, left)) == {"alder"}
    with holding(tmp_path / "another"):
        assert of(engine, left) == {}


DIES = """
import os
import signal

import pytest


@pytest.mark.asyncio
async def test_that_is_killed(village):
    async with village(1):
        os.kill(os.getpid(), signal.SIGKILL)
"""
