# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's beginning on Kubernetes: keys are made once, whoever calls again; of many pods one founds, and never twice."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from federation.keys import PublicKey
from federation.wire import unb64
from node import cluster, database, ended
from node.cluster import Api
from node.errors import Misconfigured, Unavailable
from node.peers import founding, own
from node.settings import Settings, load
from tests.node.cli.conftest import Run
from tests.support import SeededRandomness

NAMES = {"node_key": "alder-node-key", "roots": "alder-roots"}


class Cluster:
    """Kubernetes' API for Secrets, as far as it is asked here."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, Any]] = {}
        self.allowed = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer the-token"
        if not self.allowed:
            return httpx.Response(403, json={"kind": "Status"})
        assert (request.method, request.url.path) == ("POST", "/api/v1/namespaces/coops/secrets")
        made = json.loads(request.content)
        if made["metadata"]["name"] in self.secrets:
            return httpx.Response(409, json={"kind": "Status"})
        self.secrets[made["metadata"]["name"]] = made
        return httpx.Response(201, json=made)

    def api(self) -> Api:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="https://kubernetes.example")
        return Api(client, "the-token", "coops")

    def mount(self, name: str, folder: Path) -> Path:
        """The Secret as a pod sees it."""
        folder.mkdir(parents=True)
        for key, value in self.secrets[name]["data"].items():
            (folder / key).write_bytes(base64.b64decode(value))
        return folder


def make(kubernetes: Cluster, seed: int = 1) -> dict[str, bool]:
    return asyncio.run(
        cluster.make_keys(kubernetes.api(), **NAMES, labels={"app": "alder"}, random=SeededRandomness(seed))
    )


@pytest.fixture
def kubernetes() -> Cluster:
    made = Cluster()
    make(made)
    return made


@pytest.fixture
def pods(kubernetes: Cluster, tmp_path: Path, new_database: Callable[..., str]) -> Callable[[str], Settings]:
    """Pods of one co-op: each with its own folder, the Secrets mounted, one database."""
    address = new_database(empty=True)
    kubernetes.mount(NAMES["node_key"], tmp_path / "keys")
    kubernetes.mount(NAMES["roots"], tmp_path / "roots")
    (tmp_path / "keys" / "node.key").chmod(0o600)

    def pod(name: str) -> Settings:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        given = {
            "node_id": "alder.example",
            "co_op": {"name": "Alder", "phone": "01632 960300"},
            "database": address,
            "node_key_file": str(tmp_path / "keys" / "node.key"),
        }
        (folder / "commoncare.yaml").write_text(yaml.safe_dump(given))
        return load(folder, {})

    return pod


def begin(settings: Settings, roots: Path | None, *, wait: float = 20) -> str:
    return asyncio.run(cluster.begin(settings, roots=roots, wait=wait, random=SeededRandomness(7)))


def test_keys_are_made_once_and_kept(kubernetes: Cluster) -> None:
    before = json.dumps(kubernetes.secrets, sort_keys=True)
    assert make(kubernetes, seed=2) == dict.fromkeys(NAMES.values(), False)
    assert json.dumps(kubernetes.secrets, sort_keys=True) == before
    for secret in kubernetes.secrets.values():
        assert secret["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
        assert secret["metadata"]["labels"] == {"app": "alder"}


def test_the_roots_are_two_and_both_open(kubernetes: Cluster, tmp_path: Path) -> None:
    folder = kubernetes.mount(NAMES["roots"], tmp_path / "roots")
    passphrase = (folder / "root-passphrase").read_text()
    assert len(passphrase.split("-")) == 6
    kept = founding.root_from_file(folder / "root.pem", passphrase)
    printed = founding.root_from_paper((folder / "paper-words").read_text())
    assert (
        printed.public == PublicKey.from_bytes(unb64((folder / "paper-public").read_text(), length=32)) != kept.public
    )
    assert len(base64.b64decode(kubernetes.secrets[NAMES["node_key"]]["data"]["node.key"])) == 32


def test_one_secret_alone_can_be_asked_for() -> None:
    kubernetes = Cluster()
    made = asyncio.run(
        cluster.make_keys(kubernetes.api(), node_key="", roots="r", labels={}, random=SeededRandomness(1))
    )
    assert (made, list(kubernetes.secrets)) == ({"r": True}, ["r"])


def test_a_refusal_says_what_to_look_at(kubernetes: Cluster) -> None:
    kubernetes.allowed = False
    with pytest.raises(Unavailable) as no:
        make(kubernetes)
    assert "May this account create it?" in no.value.words


def test_outside_a_pod_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as no:
        Api.of_pod("10.0.0.1", "443", tmp_path)
    assert "in a pod" in no.value.words


def test_in_a_pod_it_trusts_the_clusters_authority_alone(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("the-token\n")
    (tmp_path / "namespace").write_text("coops")
    (tmp_path / "ca.crt").write_text("no certificate")
    with pytest.raises(Misconfigured):
        Api.of_pod("10.0.0.1", "443", tmp_path)


def test_one_pod_founds_and_the_others_find_it_founded(pods: Callable[[str], Settings], tmp_path: Path) -> None:
    roots = tmp_path / "roots"

    async def all_at_once() -> list[str]:
        return await asyncio.gather(
            *(
                cluster.begin(
                    pods(name), roots=roots if "worker" in name else None, wait=30, random=SeededRandomness(n)
                )
                for n, name in enumerate(("worker-0", "worker-1", "web-0", "web-1"), 7)
            )
        )

    assert sorted(asyncio.run(all_at_once())) == ["founded", "standing", "standing", "standing"]
    assert begin(pods("web-2"), None) == "standing"

    async def roots_of() -> frozenset[str]:
        engine = database.open_engine(pods("web-0").database_url)
        await engine.open()
        try:
            with database.bound(engine):
                return frozenset((await own.identity(here=cluster._here(pods("web-0"), SeededRandomness(1)))).root_kids)
        finally:
            await engine.close()

    passphrase = (roots / "root-passphrase").read_text()
    both = {
        founding.root_from_file(roots / "root.pem", passphrase).public.kid,
        founding.root_from_paper((roots / "paper-words").read_text()).public.kid,
    }
    assert asyncio.run(roots_of()) == both


def test_after_the_roots_were_taken_away_everything_goes_on(pods: Callable[[str], Settings], tmp_path: Path) -> None:
    assert begin(pods("worker-0"), tmp_path / "roots") == "founded"
    assert begin(pods("worker-0"), tmp_path / "nothing") == "standing"
    assert begin(pods("web-0"), None) == "standing"


def test_nothing_is_founded_where_a_co_op_was(pods: Callable[[str], Settings], tmp_path: Path) -> None:
    """Its volumes are there and its database is not: a new one of the same name would be refused by every neighbour."""
    settings = pods("worker-0")
    path = settings.path(ended.FILE)
    path.parent.mkdir()
    path.write_text("")
    with pytest.raises(Misconfigured) as no:
        begin(settings, tmp_path / "roots")
    assert "restore its backup" in no.value.words


def test_without_roots_it_says_what_is_missing(pods: Callable[[str], Settings], tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as no:
        begin(pods("worker-0"), tmp_path / "nothing")
    assert "no roots" in no.value.words
    (tmp_path / "roots" / "paper-public").unlink()
    with pytest.raises(Misconfigured) as no:
        begin(pods("worker-0"), tmp_path / "roots")
    assert "lacks root-passphrase or paper-public" in no.value.words
    with pytest.raises(Misconfigured) as no:
        begin(pods("web-0"), None, wait=0.1)
    assert "Look at the worker" in no.value.words


def test_another_node_key_is_no_node_of_ours(pods: Callable[[str], Settings], tmp_path: Path) -> None:
    assert begin(pods("worker-0"), tmp_path / "roots") == "founded"
    (tmp_path / "keys" / "node.key").write_bytes(bytes(32))
    with pytest.raises(Misconfigured) as no:
        begin(pods("worker-0"), tmp_path / "roots")
    assert "node key" in no.value.words


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_by_command(run: Run, pods: Callable[[str], Settings], tmp_path: Path) -> None:
    folder = str(pods("worker-0").folder)
    said = run("cluster", "begin", "--dir", folder, "--roots", str(tmp_path / "roots"))
    assert (said.code, said.out) == (0, "The node is founded.\n")
    assert run("cluster", "begin", "--dir", folder, "--json").json == {"node": "standing"}
    no = run("cluster", "keys", "--node-key", "k", "--account", str(tmp_path), "--json")
    assert "in a pod" in no.problem["detail"]
