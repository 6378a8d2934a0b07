# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three co-ops by compose, for trying out: what `deploy/village/compose.yaml` promises is held against the file, and what founds
the co-ops in it does so for real, on a PostgreSQL, with nodes as processes in the place of containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from node.errors import Misconfigured
from node.settings import FILE, load
from node.village import homes
from node.village.cast import load as cast
from node.village.hamlet import HOST
from node.village.lived import free_ports
from node.village.postgres import administrator
from node.village.processes import NodeProcess
from tests.image.test_homes import DEPLOY

COMPOSE = DEPLOY / "village" / "compose.yaml"
CO_OPS = ("alder", "birch", "cedar")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_each_co_op_has_a_node_a_database_a_volume_and_a_network_of_its_own(compose: Any) -> None:
    assert tuple(list(cast().co_ops)[: len(CO_OPS)]) == CO_OPS
    wanted = {f"{name}{part}" for name in CO_OPS for part in ("", "-found", "-database")} | {"neighbours"}
    services = compose["services"]
    assert set(services) == wanted
    assert set(compose["volumes"]) == {f"{name}{part}" for name in CO_OPS for part in ("", "-database")}
    for name in CO_OPS:
        node, found, database = (services[f"{name}{part}"] for part in ("", "-found", "-database"))
        assert compose["networks"][name] == {"internal": True}, "a database has no way out"
        assert (node["networks"], found["networks"], database["networks"]) == ([name, "street"], [name], [name])
        assert node["volumes"] == found["volumes"] == [f"{name}:/var/lib/commoncare"]
        assert database["volumes"] == [f"{name}-database:/var/lib/postgresql/data"]
        assert node["depends_on"] == {f"{name}-found": {"condition": "service_completed_successfully"}}
        assert found["depends_on"] == {f"{name}-database": {"condition": "service_healthy"}}
        assert found["command"] == ["found", name]
    assert services["neighbours"]["depends_on"] == {name: {"condition": "service_healthy"} for name in CO_OPS}


def test_it_is_held_tight_and_open_to_this_machine_alone(compose: Any) -> None:
    services = compose["services"]
    ports = {name: each["ports"] for name, each in services.items() if "ports" in each}
    assert ports == {name: [f"{HOST}:{homes.OUTSIDE + number}:{homes.INSIDE}"] for number, name in enumerate(CO_OPS)}, (
        "what the people's links say"
    )
    for name, service in services.items():
        assert service["mem_limit"] and service["logging"]["options"]["max-size"], name
        assert "privileged" not in service and "user" not in service
        if not name.endswith("-database"):
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
            assert service["security_opt"] == ["no-new-privileges:true"]
            assert service["image"] == "${COMMONCARE_IMAGE:-commoncare}" == services["alder"]["image"]
            assert service["environment"] == {"COMMONCARE_DIR": f"/var/lib/commoncare/{homes.HOME}"}


def test_what_founds_them_takes_what_the_file_gives(compose: Any) -> None:
    for name in (*(f"{each}-found" for each in CO_OPS), "neighbours"):
        service = compose["services"][name]
        program, *given = [*service["entrypoint"], *service["command"]]
        assert [program, *given[:2]] == ["python3", "-m", homes.__name__]
        asked = homes.parser().parse_args(given[2:])
        assert asked.database.format(co_op="alder") == "postgresql://commoncare:made-up@alder-database/commoncare"
        if asked.deed == "neighbours":
            assert service["volumes"] == [f"{each}:{asked.volumes / each}" for each in CO_OPS]
        else:
            assert service["volumes"] == [f"{asked.co_op}:{asked.volumes}"]
    for name in CO_OPS:
        said = compose["services"][f"{name}-database"]["environment"]
        assert (said["POSTGRES_USER"], said["POSTGRES_PASSWORD"], said["POSTGRES_DB"]) == (
            "commoncare",
            "made-up",
            "commoncare",
        )


@pytest.mark.slow
@pytest.mark.postgres
async def test_two_are_founded_each_by_itself_and_become_neighbours(tmp_path: Path, postgres_server: Any) -> None:
    base = free_ports(2)
    ways = {name: f"http://{HOST}:{base + number}" for number, name in enumerate(CO_OPS[:2])}
    made = {name: postgres_server.new_database(empty=True) for name in ways}
    volumes = {name: tmp_path / name for name in ways}

    class Here(homes.Homes):
        """Every co-op on this machine, where one name stands for all and ports tell them apart."""

        def __init__(self, names: list[str]) -> None:
            super().__init__(nodes=2, volumes={name: volumes[name] for name in names}, database="{co_op}")
            self.databases = made
            for name, house in self.houses.items():
                house.node.url = ways[name]

    running: list[NodeProcess] = []
    try:
        for name in ways:
            volumes[name].mkdir()
            await Here([name]).found(name)
            await Here([name]).found(name)  # again: what is there is found
            folder = volumes[name] / homes.HOME
            assert (folder / FILE).exists() and [each.name for each in volumes[name].iterdir()] == [homes.HOME]
            assert load(folder, {}).database_url == made[name]
            running.append(NodeProcess(folder, ways[name]))
            await running[-1].start()
        for each in running:
            await each.ready()
        for _ in range(2):
            all_of_them = Here(list(ways))
            lines = await all_of_them.befriend()
            assert any(line.startswith("Alder") and "127.0.0.1:8101" in line for line in lines)
        person = next(iter(all_of_them.houses["alder"].people.values()))
        search = await _post(ways["alder"], person.token, "/support/searches", {"words": "stroke"})
        assert {item["node_id"] for item in search["items"]} == {"birch.example"}
    finally:
        for each in running:
            await each.stop()
        postgres_server.drop_made()


@pytest.mark.postgres
async def test_a_volume_whose_database_went_is_told_and_not_run(tmp_path: Path, postgres_server: Any) -> None:
    """What is left when one of the two was taken away: some composes keep a volume that several containers use."""

    address = postgres_server.new_database(empty=True)

    async def found() -> None:
        made = homes.Homes(nodes=1, volumes={"alder": tmp_path}, database="{co_op}")
        made.databases = {"alder": address}
        await made.found("alder")

    try:
        await found()
        connection = await administrator(address)
        await connection.execute("DROP SCHEMA public CASCADE")
        await connection.execute("CREATE SCHEMA public")
        await connection.close()
        with pytest.raises(Misconfigured) as told:
            await found()
        assert "begin again" in told.value.words
    finally:
        postgres_server.drop_made()


async def _post(url: str, token: str, path: str, body: dict[str, Any]) -> Any:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers={"authorization": f"Bearer {token}"}) as client:
        return (await client.post(path, json=body)).raise_for_status().json()
