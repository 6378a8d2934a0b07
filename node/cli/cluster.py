# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare cluster …`: what the helm chart's Job and init containers call. Both may be called again and do nothing then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from node.cli.telling import Dir, Json, run, say

cli = typer.Typer(help="For a node on Kubernetes: the chart calls these.", no_args_is_help=True)

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@cli.command()
def keys(
    node_key: Annotated[str, typer.Option(help="Name of the Secret for the node key; left out: none is made.")] = "",
    roots: Annotated[str, typer.Option(help="Name of the Secret for the root keys; left out: none is made.")] = "",
    label: Annotated[list[str] | None, typer.Option(help="A label of the Secrets, as name=value.")] = None,
    host: Annotated[str, typer.Option(envvar="KUBERNETES_SERVICE_HOST", help="Kubernetes' API.")] = "",
    port: Annotated[str, typer.Option(envvar="KUBERNETES_SERVICE_PORT")] = "443",
    account: Annotated[Path, typer.Option(help="Where the pod's service account lies.")] = ACCOUNT,
    as_json: Json = False,
) -> None:
    """Make the co-op's keys, once, as Secrets that outlive the release. What is there already is left alone."""

    async def go() -> None:
        from node.clock import MachineRandomness
        from node.cluster import Api, make_keys

        labels = dict(each.partition("=")[::2] for each in label or [])
        api = Api.of_pod(host, port, account)
        try:
            made = await make_keys(api, node_key=node_key, roots=roots, labels=labels, random=MachineRandomness())
        finally:
            await api.client.aclose()
        words = [f"{name}: {'made' if new else 'there already, left as it is'}." for name, new in made.items()]
        say({"made": made}, as_json=as_json, words="\n".join(words) or "Nothing to make.")

    run(go, as_json=as_json)


@cli.command()
def begin(
    folder: Dir = Path("."),
    roots: Annotated[Path | None, typer.Option(help="The folder where the Secret with the roots is mounted.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds that the database may take to come up.")] = 600,
    as_json: Json = False,
) -> None:
    """Bring the database to this version, and found the node in it if nobody has."""

    async def go() -> None:
        from node.clock import MachineRandomness
        from node.cluster import begin as begin_node
        from node.settings import load

        came = await begin_node(load(folder), roots=roots, wait=wait, random=MachineRandomness())
        words = {"founded": "The node is founded.", "standing": "The node stands; its database is up to date."}
        say({"node": came}, as_json=as_json, words=words[came])

    run(go, as_json=as_json)
