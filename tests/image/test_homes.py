# SPDX-License-Identifier: AGPL-3.0-or-later
"""The smaller homes in `deploy/`: compose, Caddy, systemd. What they promise is held against the files; where Caddy and systemd
are, those say themselves whether they take them, and Caddy stands in front of a real node."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from node.coop import found
from tests.village.folk import polling
from tests.village.test_processes import HERE, PASSPHRASE, commoncare, free_port

ROOT = Path(__file__).resolve().parents[2]
DEPLOY, PAGES = ROOT / "deploy", ROOT / "docs" / "operators"
OURS = ("init", "migrate", "web", "worker", "backup")


def needs(program: str, package: str) -> None:
    """Skips where it is not on this machine; fails where nothing may be lacking."""
    if shutil.which(program) is None:
        why = f"{program} is not on this machine: apt-get install {package}"
        pytest.fail(why) if os.environ.get("COMMONCARE_STRICT") == "1" else pytest.skip(why)


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_containers_is_held_tight(compose: Any, name: str) -> None:
    service = compose["services"][name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )
    assert "privileged" not in service and "ports" not in service and "user" not in service
    assert service["volumes"] == ["folder:/var/lib/commoncare"]
    assert service["mem_limit"] and service["logging"]["options"]["max-size"]


def test_only_the_web_server_is_open_and_the_database_has_no_way_out(compose: Any) -> None:
    services = compose["services"]
    assert [name for name, each in services.items() if "ports" in each] == ["caddy"]
    assert services["database"]["networks"] == ["inside"] and compose["networks"]["inside"] == {"internal": True}
    subnet = compose["networks"]["out"]["ipam"]["config"][0]["subnet"]
    assert services["web"]["environment"]["COMMONCARE_PROXIES"] == subnet, "the web server alone is believed"
    assert services["caddy"]["networks"] == ["out"]


def test_web_and_worker_begin_on_a_database_that_is_up_and_of_their_version(compose: Any) -> None:
    for name in ("web", "worker"):
        waits = compose["services"][name]["depends_on"]
        assert waits == {
            "database": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    assert compose["services"]["caddy"]["depends_on"] == {"web": {"condition": "service_healthy"}}
    assert compose["services"]["migrate"]["restart"] == "no"


def test_what_has_to_be_said_is_described_where_it_is_read(compose: Any) -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+):?[?]", text)) | {"CO_OP_PHONE"}
    page = (PAGES / "compose.md").read_text(encoding="utf-8")
    assert asked == {"CO_OP", "CO_OP_NAME", "CO_OP_PHONE", "CONTACT", "DATABASE_PASSWORD"}
    for name in asked:
        assert f"#   {name}=" in text and f"{name}=" in page, name
    assert not re.search(r"PASSWORD: [^$]", text), "no secret stands in the file"


UNITS = {path.name: path for path in sorted((DEPLOY / "systemd").iterdir())}
TIGHT = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "UMask": "0077",
    "User": "commoncare",
    "SystemCallArchitectures": "native",
}


def unit(name: str) -> Any:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(UNITS[name], encoding="utf-8")
    return read


@pytest.mark.parametrize("name", ["commoncare.service", "commoncare-backup.service"])
def test_the_service_may_write_to_its_own_folder_and_no_more(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service.get(key, "absent") for key in TIGHT} == TIGHT
    assert service["WorkingDirectory"] == "/var/lib/commoncare"
    page = (PAGES / "server.md").read_text(encoding="utf-8")
    assert name in page and service["ExecStart"].split()[0] in page


def test_the_database_comes_forward_before_the_service_answers_and_a_stop_is_a_good_one() -> None:
    service = unit("commoncare.service")["Service"]
    assert " migrate " in service["ExecStartPre"] and " serve " in service["ExecStart"]
    assert (service["KillSignal"], service["Restart"]) == ("SIGTERM", "always")
    assert int(service["TimeoutStopSec"]) >= 10
    assert unit("commoncare-backup.timer")["Timer"]["Persistent"] == "true"


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    needs("systemd-analyze", "systemd")
    program = tmp_path / "commoncare"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for name, path in UNITS.items():
        (tmp_path / name).write_text(path.read_text().replace("/opt/commoncare/bin/commoncare", str(program)))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "commoncare" in line]
    assert said == [], done.stderr


def test_caddy_stands_in_front_of_a_node(tmp_path: Path) -> None:
    needs("caddy", "caddy")
    done = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")],
        capture_output=True, text=True, timeout=60, check=False, env=_caddy(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "not formatted" not in done.stderr


@pytest.mark.slow
async def test_pages_and_the_protocol_pass_caddy_as_they_are(tmp_path: Path) -> None:
    needs("caddy", "caddy")
    behind, front = free_port(), free_port()
    given = {"node_id": "alder.example.org", "port": behind, "co_op": {"name": "Alder", "phone": "01632 960201"}}
    await found(tmp_path / "alder", given, passphrase=PASSPHRASE)
    async with commoncare(tmp_path / "alder", "serve") as running:
        await running.said("serving")
        async with _in_front(tmp_path, behind, front) as through:
            straight = httpx.AsyncClient(base_url=f"http://{HERE}:{behind}", headers={"host": "alder.example.org"})
            async with straight:
                for path in ("/.well-known/commoncare", "/sign-in"):
                    a, b = await straight.get(path), await through.get(path)
                    assert (a.status_code, b.status_code) == (200, 200), path
                    same = (
                        "content-type",
                        "content-security-policy",
                        "cache-control",
                        "referrer-policy",
                        "x-content-type-options",
                    )
                    assert [a.headers.get(name) for name in same] == [b.headers.get(name) for name in same]
                a, b = [await each.get("/.well-known/commoncare") for each in (straight, through)]
                assert a.content == b.content, "what is signed comes byte by byte"
                large = await through.post("/commoncare/v1/letters", content=b"[" * 3_000_000)
                assert large.status_code >= 400
                assert (await through.get("/.well-known/commoncare")).status_code == 200


@asynccontextmanager
async def _in_front(folder: Path, behind: int, front: int) -> AsyncIterator[httpx.AsyncClient]:
    env = _caddy(folder) | {"CO_OP": f"http://alder.example.org:{front}", "NODE": f"{HERE}:{behind}"}
    with open(folder / "caddy.log", "wb") as log:
        process = subprocess.Popen(
            ["caddy", "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")], env=env, stderr=log
        )
    try:
        host = {"host": f"alder.example.org:{front}"}
        async with httpx.AsyncClient(base_url=f"http://{HERE}:{front}", headers=host, timeout=10) as client:

            async def up() -> bool:
                try:
                    return (await client.get("/health/live")).status_code < 500
                except httpx.HTTPError:
                    return False

            await polling(30, every=0.1)(up)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def _caddy(folder: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
