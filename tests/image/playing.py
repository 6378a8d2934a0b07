# SPDX-License-Identifier: AGPL-3.0-or-later
"""A pod of the rendered chart as Debian's podman (4.3) can play it: the same containers, arguments, probes and hardening.

What podman lacks of Kubernetes is replaced by what a cluster would have provided: volumes by folders of this machine, a pod's
network by this machine's own (so no port is mapped, and probes name numbers), a file mounted by `subPath` by the same file in its
folder. Annotations, which podman holds to 63 characters, are left out.
"""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.helm.rendering import Object

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def pod_of(workload: Object, folders: dict[str, Path], files: dict[str, str]) -> Object:
    """The pod of a Deployment or StatefulSet. `folders`: volume -> folder of this machine, one for each volume that is not
    empty; `files`: what is mounted by `subPath` into the first of them, by name."""
    template = deepcopy(workload["spec"]["template"])
    spec = template["spec"]
    claims = [claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])]
    kept = [volume for volume in spec["volumes"] if "emptyDir" in volume]
    asked = {volume["name"] for volume in spec["volumes"]} - {volume["name"] for volume in kept} | set(claims)
    assert asked == folders.keys(), f"volumes of the chart: {sorted(asked)}"
    spec["volumes"] = kept + [
        {"name": name, "hostPath": {"path": str(folder), "type": "Directory"}} for name, folder in folders.items()
    ]
    spec["hostNetwork"] = True
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        _container(container, folders, files)
    # Else podman takes an init container away as soon as it ended, and now and then before.
    kind = {"io.podman.annotations.init.container.type": "always"}
    named = {"name": "alder", "labels": template["metadata"]["labels"], "annotations": kind}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": spec}


def _container(container: Object, folders: dict[str, Path], files: dict[str, str]) -> None:
    ports = {port["name"]: port["containerPort"] for port in container.pop("ports", [])}
    for probe in PROBES:
        if probe in container:
            asked: dict[str, Any] = container[probe]["httpGet"]
            asked["port"] = ports[asked["port"]]
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    for path, mount in list(mounts.items()):
        if "subPath" in mount:
            outer = next(other for other in mounts.values() if other["mountPath"] == os.path.dirname(path))
            (folders[outer["name"]] / os.path.basename(path)).write_text(files[mount["subPath"]])
            del mounts[path]
    container["volumeMounts"] = list(mounts.values())
