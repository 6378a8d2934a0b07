# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chart, rendered: by Helm's own engine in this process, and by the real command where it is on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

CHART = Path(__file__).resolve().parents[2] / "helm" / "commoncare"
LEAST: dict[str, Any] = {"nodeId": "alder.example.org", "coOp": {"name": "Alder Neighbours"}}
KEY = "age1" + "q" * 58
Object = dict[str, Any]

EVERYTHING: dict[str, Any] = {
    "backup": {"recipients": [KEY], "drill": {"enabled": True, "existingSecret": "backup-identity"}},
    "mail": {"host": "mail.example.org", "existingSecret": "mail-password"},
    "areas": {"quay": {"name": "Quay Side", "lat": 53.9, "lon": 0.4, "council": "shire"}},
    "councils": {"shire": {"name": "Shire", "adults": "01632 960001", "out_of_hours": "01632 960002"}},
    "patch": ["quay"],
    "monitoring": {"serviceMonitor": {"enabled": True}, "rules": {"enabled": True}, "dashboard": {"enabled": True}},
    "networkPolicy": {"from": [{"kubernetes.io/metadata.name": "web"}], "metricsFrom": [{"team": "watch"}]},
}
NOTHING: dict[str, Any] = {
    "networkPolicy": {"enabled": False},
    "serviceAccount": {"create": False},
    "keys": {"existingSecret": "own-node-key", "existingRootsSecret": "own-roots"},
    "web": {"disruption": {"minAvailable": 0}},
}
CNPG: dict[str, Any] = {"database": {"mode": "cloudnativepg"}}
EXTERNAL: dict[str, Any] = {"database": {"mode": "external", "external": {"existingSecret": "db"}}}
INGRESS: dict[str, Any] = {"ingress": {"enabled": True}}
GATEWAY: dict[str, Any] = {"gateway": {"enabled": True, "parentRefs": [{"name": "front"}]}}
SCALING: dict[str, Any] = {"web": {"autoscaling": {"enabled": True}}}


def merged(*some: Mapping[str, Any]) -> dict[str, Any]:
    """One set of values out of several; later ones win."""
    made: dict[str, Any] = {}
    for each in some:
        for name, value in each.items():
            both = isinstance(value, dict) and isinstance(made.get(name), dict)
            made[name] = merged(made[name], value) if both else value
    return made


SHAPES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "sqlite, everything on": merged(EVERYTHING, INGRESS),
    "sqlite, everything off": NOTHING,
    "cloudnativepg, everything on": merged(CNPG, EVERYTHING, GATEWAY, SCALING),
    "cloudnativepg, everything off": merged(CNPG, NOTHING),
    "external, everything on": merged(EXTERNAL, EVERYTHING, INGRESS, SCALING),
    "external, everything off": merged(EXTERNAL, NOTHING),
    "external, by a gateway": merged(EXTERNAL, GATEWAY),
}


def files(values: Mapping[str, Any], *, name: str = "alder", namespace: str = "coops") -> dict[str, str]:
    """Every template, rendered, by its path."""
    with helm_python.Chart.load(str(CHART)) as chart:
        made: dict[str, str] = chart.render(values=merged(LEAST, values), name=name, namespace=namespace)
    return made


def render(values: Mapping[str, Any], **how: str) -> list[Object]:
    """Every object."""
    return [
        found
        for path, text in sorted(files(values, **how).items())
        if not path.endswith("NOTES.txt")
        for found in yaml.safe_load_all(text)
        if found
    ]


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod's spec, with what it is a pod of."""
    for each in objects:
        spec = each.get("spec", {})
        where = f"{each['kind']} {each['metadata']['name']}"
        if each["kind"] == "Pod":
            yield where, spec
        elif each["kind"] == "CronJob":
            yield where, spec["jobTemplate"]["spec"]["template"]["spec"]
        elif each["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield where, spec["template"]["spec"]


def containers(pod: Object) -> list[Object]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def helms() -> list[Path]:
    """The real commands that COMMONCARE_HELM names, between colons; without any the test is skipped, or fails in CI."""
    found = [Path(each) for each in os.environ.get("COMMONCARE_HELM", "").split(":") if each]
    if not found:
        words = "There is no Helm. Set COMMONCARE_HELM to the paths of one or several, between colons."
        if os.environ.get("COMMONCARE_STRICT") == "1":
            pytest.fail(words)
        pytest.skip(words)
    return found
