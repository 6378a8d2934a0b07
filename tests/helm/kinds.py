# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the kinds that are not Kubernetes' own may hold here, field by field: those fields that we use, and no other.

From CloudNativePG's, the Prometheus operator's and Gateway API's documentation of their kinds, in our own words.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
LABELS = {"type": "object", "additionalProperties": {"type": "string"}}


def fields(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": sorted(properties) if required is None else required,
    }


def items(of: Any, least: int = 1) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


METADATA = fields(["name", "labels"], name=TEXT, labels=LABELS, annotations=LABELS)


def kind(version: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return fields(apiVersion={"const": version}, kind={"const": name}, metadata=METADATA, spec=spec)


KINDS: dict[str, dict[str, Any]] = {
    "Cluster": kind(
        "postgresql.cnpg.io/v1",
        "Cluster",
        fields(
            ["instances", "bootstrap", "postgresql", "storage"],
            instances={"type": "integer", "minimum": 1},
            imageName=TEXT,
            bootstrap=fields(initdb=fields(database=TEXT, owner=TEXT, encoding={"const": "UTF8"})),
            postgresql=fields(parameters=LABELS),
            storage=fields(["size"], size=TEXT, storageClass=TEXT),
            backup={"type": "object"},
        ),
    ),
    "HTTPRoute": kind(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        fields(
            parentRefs=items(
                fields(
                    ["name"],
                    name=TEXT,
                    namespace=TEXT,
                    sectionName=TEXT,
                    kind=TEXT,
                    group={"type": "string"},
                    port={"type": "integer", "minimum": 1, "maximum": 65535},
                )
            ),
            hostnames=items(TEXT),
            rules=items(
                fields(
                    matches=items(fields(path=fields(type={"enum": ["Exact", "PathPrefix"]}, value=TEXT))),
                    timeouts=fields(request={"type": "string", "pattern": "^[0-9]+s$"}),
                    backendRefs=items(fields(name=TEXT, port={"type": "integer", "minimum": 1, "maximum": 65535})),
                )
            ),
        ),
    ),
    "ServiceMonitor": kind(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        fields(
            selector=fields(matchLabels=LABELS),
            endpoints=items(fields(port=TEXT, interval={"type": "string", "pattern": "^[0-9]+(s|m)$"})),
        ),
    ),
    "PrometheusRule": kind(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        fields(
            groups=items(
                fields(
                    name=TEXT,
                    rules=items(
                        fields(
                            alert={"type": "string", "pattern": "^Commoncare[A-Za-z]+$"},
                            expr=TEXT,
                            **{"for": {"type": "string", "pattern": "^[0-9]+(m|h)$"}},
                            labels=fields(severity={"enum": ["critical", "warning"]}),
                            annotations=fields(summary=TEXT, runbook=TEXT),
                        )
                    ),
                )
            )
        ),
    ),
}
