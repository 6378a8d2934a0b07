# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every value does what it says: set to something else, it shows where it has to. A value that stands in no line here fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.helm.rendering import (
    CHART,
    CNPG,
    EVERYTHING,
    EXTERNAL,
    GATEWAY,
    INGRESS,
    KEY,
    SCALING,
    files,
    merged,
)

DIGEST = "sha256:" + "a" * 64
LABEL = {"team": "care"}
MONITORED = {"monitoring": EVERYTHING["monitoring"]}
BACKED = {"backup": {"recipients": [KEY]}}
DRILLED = {"backup": {"recipients": [KEY], "drill": {"enabled": True, "existingSecret": "stick"}}}
MAIL = {"mail": {"host": "mail.example.org"}}

# value: (values that it needs beside it, what it is set to, what has to stand in the rendering then)
SHOWS: dict[str, tuple[dict[str, Any], Any, str]] = {
    "nodeId": ({}, "birch.example.org", 'node_id: "birch.example.org"'),
    "address": ({}, "https://care.example.org", 'address: "https://care.example.org"'),
    "coOp.name": ({}, "Birch", 'name: "Birch"'),
    "coOp.phone": ({}, "01632 960111", 'phone: "01632 960111"'),
    "coOp.nation": ({}, "wales", "nation: wales"),
    "coOp.tint": ({}, "#2f6b4f", 'tint: "#2f6b4f"'),
    "coOp.leaf": ({}, "oak", 'leaf: "oak"'),
    "coOp.exitTo": ({}, "https://weather.example.org", 'exit_to: "https://weather.example.org"'),
    "coOp.nightMail": ({}, True, "night_mail: true"),
    "patch": (EVERYTHING, ["quay"], "patch:\n      - quay"),
    "areas": ({}, EVERYTHING["areas"], "areas_file: /etc/commoncare/areas.yaml"),
    "councils": ({"areas": EVERYTHING["areas"]}, EVERYTHING["councils"], "out_of_hours: 01632 960002"),
    "database.mode": (CNPG, "cloudnativepg", "kind: Cluster"),
    "database.external.existingSecret": (EXTERNAL, "other-db", "name: other-db"),
    "database.external.key": (EXTERNAL, "address", "key: address"),
    "database.external.port": (EXTERNAL, 6432, "port: 6432"),
    "database.cloudnativepg.instances": (CNPG, 3, "instances: 3"),
    "database.cloudnativepg.imageName": (CNPG, "postgres:17", "imageName: postgres:17"),
    "database.cloudnativepg.storage": (CNPG, "9Gi", "size: 9Gi"),
    "database.cloudnativepg.storageClass": (CNPG, "fast", "storageClass: fast"),
    "database.cloudnativepg.spec": (CNPG, {"backup": {"retentionPolicy": "30d"}}, "retentionPolicy: 30d"),
    "keys.existingSecret": ({}, "my-node-key", "secretName: my-node-key"),
    "keys.existingRootsSecret": ({}, "my-roots", "secretName: my-roots"),
    "mail.host": ({}, "post.example.org", 'host: "post.example.org"'),
    "mail.port": (MAIL, 465, "port: 465"),
    "mail.sender": (MAIL, "care@example.org", 'sender: "care@example.org"'),
    "mail.username": (MAIL, "alder", 'username: "alder"'),
    "mail.security": (MAIL, "tls", "security: tls"),
    "mail.existingSecret": (MAIL, "post", "password_file: /run/secrets/commoncare-mail/password"),
    "backup.recipients": ({}, [KEY], f"- {KEY}"),
    "backup.schedule": (BACKED, "5 2 * * *", 'schedule: "5 2 * * *"'),
    "backup.keep": (BACKED, 7, '- "7"'),
    "backup.storage": (BACKED, "9Gi", "storage: 9Gi"),
    "backup.storageClass": (BACKED, "slow", "storageClassName: slow"),
    "backup.existingClaim": (BACKED, "old-claim", "claimName: old-claim"),
    "backup.drill.enabled": (DRILLED, True, "name: alder-drill"),
    "backup.drill.schedule": (DRILLED, "1 1 * * 6", 'schedule: "1 1 * * 6"'),
    "backup.drill.existingSecret": (DRILLED, "other-stick", "secretName: other-stick"),
    "image.repository": ({}, "mirror/commoncare", "image: mirror/commoncare:"),
    "image.tag": ({}, "9.9", "image: commoncare:9.9"),
    "image.digest": ({}, DIGEST, f"image: commoncare@{DIGEST}"),
    "image.pullPolicy": ({}, "Always", "imagePullPolicy: Always"),
    "image.pullSecrets": ({}, ["registry"], "- name: registry"),
    "web.replicas": (EXTERNAL, 5, "replicas: 5"),
    "web.resources.requests.cpu": (EXTERNAL, "333m", "cpu: 333m"),
    "web.resources.requests.memory": (EXTERNAL, "333Mi", "memory: 333Mi"),
    "web.resources.limits.memory": (EXTERNAL, "999Mi", "memory: 999Mi"),
    "web.autoscaling.enabled": (EXTERNAL, True, "kind: HorizontalPodAutoscaler"),
    "web.autoscaling.min": (merged(EXTERNAL, SCALING), 3, "minReplicas: 3"),
    "web.autoscaling.max": (merged(EXTERNAL, SCALING), 9, "maxReplicas: 9"),
    "web.autoscaling.cpu": (merged(EXTERNAL, SCALING), 55, "averageUtilization: 55"),
    "web.disruption.minAvailable": (EXTERNAL, 2, "minAvailable: 2"),
    "worker.replicas": (EXTERNAL, 3, "replicas: 3"),
    "worker.resources.requests.cpu": (EXTERNAL, "444m", "cpu: 444m"),
    "worker.resources.requests.memory": (EXTERNAL, "444Mi", "memory: 444Mi"),
    "worker.resources.limits.memory": (EXTERNAL, "888Mi", "memory: 888Mi"),
    "worker.storage": (EXTERNAL, "128Mi", "storage: 128Mi"),
    "worker.storageClass": (EXTERNAL, "tiny", "storageClassName: tiny"),
    "sqlite.storage": ({}, "9Gi", "storage: 9Gi"),
    "sqlite.storageClass": ({}, "local", "storageClassName: local"),
    "sqlite.resources.requests.cpu": ({}, "555m", "cpu: 555m"),
    "sqlite.resources.requests.memory": ({}, "555Mi", "memory: 555Mi"),
    "sqlite.resources.limits.memory": ({}, "777Mi", "memory: 777Mi"),
    "ingress.enabled": ({}, True, "kind: Ingress"),
    "ingress.className": (INGRESS, "caddy", "ingressClassName: caddy"),
    "ingress.annotations": (INGRESS, {"issuer": "letters"}, "issuer: letters"),
    "ingress.tlsSecret": (INGRESS, "alder-tls", "secretName: alder-tls"),
    "gateway.enabled": (GATEWAY, True, "kind: HTTPRoute"),
    "gateway.parentRefs": (GATEWAY, [{"name": "door", "sectionName": "https"}], "sectionName: https"),
    "gateway.annotations": (GATEWAY, {"team": "front"}, "team: front"),
    "proxies": ({}, "10.0.0.0/8", 'proxies: "10.0.0.0/8"'),
    "networkPolicy.enabled": ({}, True, "kind: NetworkPolicy"),
    "networkPolicy.from": ({}, [{"name": "ways-in"}], "name: ways-in"),
    "networkPolicy.metricsFrom": ({}, [{"name": "watching"}], "name: watching"),
    "monitoring.serviceMonitor.enabled": ({}, True, "kind: ServiceMonitor"),
    "monitoring.serviceMonitor.interval": (MONITORED, "15s", "interval: 15s"),
    "monitoring.serviceMonitor.labels": (MONITORED, LABEL, "team: care"),
    "monitoring.rules.enabled": ({}, True, "kind: PrometheusRule"),
    "monitoring.rules.labels": (MONITORED, LABEL, "team: care"),
    "monitoring.dashboard.enabled": ({}, True, "commoncare.json: |"),
    "monitoring.dashboard.labels.grafana_dashboard": (MONITORED, "care", "grafana_dashboard: care"),
    "logs.level": ({}, "warning", "log_level: warning"),
    "serviceAccount.create": ({}, True, "serviceAccountName: alder\n"),
    "serviceAccount.name": ({}, "carer", "serviceAccountName: carer"),
    "serviceAccount.annotations": ({}, {"role": "none"}, "role: none"),
    "podAnnotations": ({}, {"note": "pod"}, "note: pod"),
    "podLabels": ({}, LABEL, "team: care"),
    "nodeSelector": ({}, {"disk": "ssd"}, "disk: ssd"),
    "tolerations": ({}, [{"key": "care", "operator": "Exists"}], "key: care"),
    "affinity": ({}, {"nodeAffinity": {}}, "nodeAffinity: {}"),
    "priorityClassName": ({}, "first", "priorityClassName: first"),
    "runtimeClassName": ({}, "gvisor", "runtimeClassName: gvisor"),
    "fullnameOverride": ({}, "elm", "name: elm-worker"),
}


NEEDED = {
    "nodeId", "coOp.name", "database.mode", "database.external.existingSecret", "gateway.parentRefs",
    "backup.drill.existingSecret",
}  # fmt: skip
"""Without these nothing can stand that could be looked at."""


def leaves(values: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{name}.")
        else:
            yield above + name


def test_every_value_stands_here() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert list(leaves(values)) == list(SHOWS)


def _set(path: str, value: Any) -> dict[str, Any]:
    for name in reversed(path.split(".")):
        value = {name: value}
    made: dict[str, Any] = value
    return made


@pytest.mark.parametrize("path", SHOWS)
def test_a_value_shows(path: str) -> None:
    beside, value, shown = SHOWS[path]
    with_it = "\n".join(files(merged(beside, _set(path, value))).values())
    assert shown in with_it
    other: Any = False if value is True else None
    if path in NEEDED:
        return
    if path in ("backup.drill.enabled", "gateway.enabled") or value is True:
        assert shown not in "\n".join(files(merged(beside, _set(path, other or False))).values())
    else:
        assert shown not in "\n".join(files(_without(beside, path)).values())


def _without(values: dict[str, Any], path: str) -> dict[str, Any]:
    """Values without this one, which then is as the chart has it."""
    name, _, rest = path.partition(".")
    if name not in values:
        return values
    if rest and isinstance(values[name], dict):
        return {**values, name: _without(values[name], rest)}
    return {each: value for each, value in values.items() if each != name}
