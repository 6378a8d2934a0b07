# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chart in all its shapes: valid objects, restricted pods, real commands and settings; no kind, no value without a test."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import helm_python
import jsonschema
import kubernetes_validate
import pytest
import typer
import yaml

from node.cli.command import cli
from node.settings import from_mapping
from tests.helm.kinds import KINDS
from tests.helm.rendering import (
    CHART,
    CNPG,
    EVERYTHING,
    EXTERNAL,
    GATEWAY,
    INGRESS,
    KEY,
    LEAST,
    SCALING,
    SHAPES,
    Object,
    containers,
    files,
    helms,
    merged,
    pods,
    render,
)

KUBERNETES = ("1.28", "1.37")
NAMED = {
    "ConfigMap", "CronJob", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "NetworkPolicy",
    "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "Role", "RoleBinding", "Service", "ServiceAccount", "StatefulSet",
    *KINDS,
}  # fmt: skip


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SHAPES[request.param]


# Objects ----------------------------------------------------------------------------------------------------------------


def test_every_object_is_what_kubernetes_takes(shape: dict[str, Any]) -> None:
    for each in render(shape):
        if each["kind"] in KINDS:
            jsonschema.validate(each, KINDS[each["kind"]])
        else:
            for version in KUBERNETES:
                kubernetes_validate.validate(each, version, strict=True)


def test_every_kind_is_known_to_these_tests() -> None:
    kinds = {each["kind"] for values in SHAPES.values() for each in render(values)}
    assert kinds == NAMED


def test_names_are_one_objects_each_and_fit(shape: dict[str, Any]) -> None:
    long = "a-very-long-name-for-a-release-of-a-co-op-in-a-big-town"
    for name in ("alder", long):
        seen = [(each["kind"], each["metadata"]["name"]) for each in render(shape, name=name)]
        assert len(set(seen)) == len(seen)
        assert all(len(one) <= 52 for _, one in seen)


def test_pods_keep_to_the_restricted_standard(shape: dict[str, Any]) -> None:
    """Pod Security Standards, "restricted", and a little more."""
    for where, pod in pods(render(shape)):
        assert not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")), where
        assert pod["securityContext"]["runAsNonRoot"] is True, where
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert {next(iter(set(volume) - {"name"})) for volume in pod["volumes"]} <= {
            "configMap", "emptyDir", "persistentVolumeClaim", "secret",
        }, where  # fmt: skip
        for one in containers(pod):
            context = one["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, where
            assert context["readOnlyRootFilesystem"] is True, where
            assert context["capabilities"] == {"drop": ["ALL"]}, where
            assert "limits" in one["resources"] and "requests" in one["resources"], where
        assert pod["enableServiceLinks"] is False, where
        speaks_to_kubernetes = where.endswith("-keys")
        assert pod["automountServiceAccountToken"] is speaks_to_kubernetes, where


def test_volumes_and_mounts_belong_together(shape: dict[str, Any]) -> None:
    objects = render(shape)
    for where, pod in pods(objects):
        there = {volume["name"] for volume in pod["volumes"]}
        for each in objects:
            if f"{each['kind']} {each['metadata']['name']}" == where:
                there |= {claim["metadata"]["name"] for claim in each["spec"].get("volumeClaimTemplates", [])}
        mounted = {mount["name"] for one in containers(pod) for mount in one["volumeMounts"]}
        assert mounted == there, where


def test_services_and_budgets_find_their_pods(shape: dict[str, Any]) -> None:
    objects = render(shape)
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in objects if "template" in each.get("spec", {})]
    for each in objects:
        selector = {
            "Service": lambda spec: spec["selector"],
            "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
            "NetworkPolicy": lambda spec: spec["podSelector"]["matchLabels"],
        }.get(each["kind"])
        if selector is not None:
            wanted = selector(each["spec"]).items()
            assert any(wanted <= found.items() for found in labels), each["metadata"]["name"]


# What is in them --------------------------------------------------------------------------------------------------------


def test_the_settings_are_settings(shape: dict[str, Any]) -> None:
    (made,) = [each for each in render(shape) if each["kind"] == "ConfigMap" and "commoncare.yaml" in each["data"]]
    given = yaml.safe_load(made["data"]["commoncare.yaml"])
    settings = from_mapping(Path("/var/lib/commoncare"), given)
    assert (settings.node_id, settings.host, settings.port, settings.metrics_port) == (
        "alder.example.org", "0.0.0.0", 8100, 9100,
    )  # fmt: skip
    shared = shape.get("database", {}).get("mode", "sqlite") != "sqlite"
    assert (settings.instance is None) is shared, "machines that share a database would call each other restored"
    assert ("areas.yaml" in made["data"]) is bool(settings.areas_file)


def test_the_commands_are_commands(shape: dict[str, Any]) -> None:
    for where, pod in pods(render(shape)):
        for one in containers(pod):
            words = list(one["args"])
            command: Any = typer.main.get_command(cli)
            while getattr(command, "commands", None) and words and words[0] in command.commands:
                command = command.commands[words.pop(0)]
            options = {name for param in command.params for name in param.opts}
            for word in words:
                if word.startswith("--"):
                    assert word.partition("=")[0] in options, f"{where}: {command.name} has no {word}"


def test_no_secret_is_made_by_the_chart(shape: dict[str, Any]) -> None:
    """Keys come from a Job, once. What is rendered holds none, so nothing that is rendered again can change one."""
    text = "\n".join(files(shape).values())
    assert "kind: Secret\n" not in text
    assert "lookup" not in (CHART / "templates" / "_helpers.tpl").read_text()
    for path in (CHART / "templates").rglob("*"):
        if path.is_file():
            assert not re.search(
                r"\b(randAlpha|randBytes|genPrivateKey|genSelfSigned|lookup|now|uuidv4)\b", path.read_text()
            )


def test_rendering_twice_is_the_same(shape: dict[str, Any]) -> None:
    assert files(shape) == files(shape)


def test_an_upgrade_changes_no_key_and_nothing_that_cannot_change() -> None:
    """From the least values to all of them: the same Secrets, selectors and claims."""
    for mode in ({}, CNPG, EXTERNAL):
        before, after = render(mode), render(merged(mode, EVERYTHING, INGRESS))
        assert _secrets(before) <= _secrets(after)
        assert _fixed(before).items() <= _fixed(after).items()


def _secrets(objects: list[Object]) -> set[str]:
    """Names of Secrets that pods take keys from."""
    return {
        volume["secret"]["secretName"] for _, pod in pods(objects) for volume in pod["volumes"] if "secret" in volume
    }


def _fixed(objects: list[Object]) -> dict[str, Any]:
    """What Kubernetes lets nobody change."""
    return {
        f"{each['kind']} {each['metadata']['name']}": (
            each["spec"]["selector"],
            each["spec"].get("volumeClaimTemplates"),
            each["spec"].get("serviceName"),
        )
        for each in objects
        if each["kind"] in ("Deployment", "StatefulSet")
    }


def test_only_one_process_writes_a_file() -> None:
    (node,) = [each for each in render({}) if each["kind"] == "StatefulSet"]
    assert node["spec"]["replicas"] == 1
    for mode in (CNPG, EXTERNAL):
        made = {
            each["metadata"]["name"]: each for each in render(mode) if each["kind"] in ("Deployment", "StatefulSet")
        }
        assert set(made) == {"alder-web", "alder-worker"}


def test_what_may_leave_is_dns_mail_database_and_https() -> None:
    for values, ports in (
        ({}, {53, 443, 6443}),
        (merged(CNPG, EVERYTHING), {53, 443, 6443, 587, 5432}),
        (merged(EXTERNAL, {"database": {"external": {"port": 6432}}}), {53, 443, 6443, 6432}),
    ):
        (policy,) = [each for each in render(values) if each["kind"] == "NetworkPolicy"]
        assert {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]} == ports
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_a_migration_is_killed_by_no_probe() -> None:
    for values in ({}, CNPG, EXTERNAL):
        for _, pod in pods(render(values)):
            for one in pod.get("initContainers", []):
                assert not any("Probe" in name for name in one)
            for one in pod["containers"]:
                if "livenessProbe" in one:
                    probe = one["startupProbe"]
                    assert probe["periodSeconds"] * probe["failureThreshold"] >= 600


def test_what_must_outlive_the_release_says_so() -> None:
    for each in render(merged(CNPG, EVERYTHING)):
        if each["kind"] in ("PersistentVolumeClaim", "Cluster"):
            assert each["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_the_notes_give_the_first_steps(shape: dict[str, Any]) -> None:
    (notes,) = [text for path, text in files(shape).items() if path.endswith("NOTES.txt")]
    for words in (
        "paper-words",
        "node-key",
        "member invite --role operator",
        "/health/ready",
        "test alder",
    ):
        assert words in notes
    assert ("NO BACKUP IS MADE YET" in notes) is not bool(shape.get("backup"))


# Alerts -----------------------------------------------------------------------------------------------------------------


def test_every_alert_has_its_runbook_and_real_figures() -> None:
    (rules,) = [each for each in render(merged(CNPG, EVERYTHING)) if each["kind"] == "PrometheusRule"]
    page = (CHART.parents[1] / "docs" / "operators" / "alerts.md").read_text(encoding="utf-8")
    told = re.findall(r"^## (Commoncare\w+)$", page, re.MULTILINE)
    alerts = rules["spec"]["groups"][0]["rules"]
    assert [each["alert"] for each in alerts] == told
    for each in alerts:
        assert each["annotations"]["runbook"] == f"docs/operators/alerts.md#{each['alert'].lower()}"
        assert _figures(each["expr"]) <= _ours(), each["alert"]


def test_the_dashboard_shows_real_figures() -> None:
    dashboard = json.loads((CHART / "files" / "dashboard.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert set().union(*map(_figures, shown)) == _ours()


def _figures(expression: str) -> set[str]:
    return {re.sub(r"_(total|bucket)$", "", name) for name in re.findall(r"\bcommoncare_\w+", expression)}


def _ours() -> set[str]:
    from node.figures import Figures

    return {metric.name for metric in Figures().registry.collect()}


# Values -----------------------------------------------------------------------------------------------------------------


def test_every_value_is_described_and_there_are_few() -> None:
    lines = (CHART / "values.yaml").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 300
    for number, line in enumerate(lines):
        if re.match(r"\s*[A-Za-z]+: *\S", line) and "requests:" not in line and "limits:" not in line:
            assert lines[number - 1].lstrip().startswith("#"), f"line {number + 1}: {line}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nodeId": "Alder"}, "nodeId"),
        ({"nodeId": "10.0.0.1:443"}, "nodeId"),
        ({"coOp": {"name": ""}}, "name"),
        ({"web": {"replica": 3}}, "replica"),
        ({"web": {"replicas": "three"}}, "replicas"),
        ({"database": {"mode": "mysql"}}, "mode"),
        ({"backup": {"recipients": ["AGE-SECRET-KEY-1"]}}, "recipients"),
        ({"database": {"mode": "external"}}, "name the Secret that holds the address of your PostgreSQL"),
        (merged(INGRESS, GATEWAY), "choose one of the two ways in"),
        ({"gateway": {"enabled": True}}, "name the Gateway to hang on"),
        (SCALING, "with sqlite there is one process"),
        (merged(CNPG, {"web": {"autoscaling": {"enabled": True, "min": 5, "max": 2}}}), "min is above max"),
        ({"backup": {"recipients": [KEY], "drill": {"enabled": True}}}, "the key that opens the backups"),
        ({"backup": {"drill": {"enabled": True, "existingSecret": "x"}}}, "until there is a key to lock it with"),
        ({"patch": ["quay"]}, "quay is not in areas"),
    ],
)
def test_a_wrong_value_is_refused_in_words(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(helm_python.HelmError) as no:
        render(wrong)
    assert said in str(no.value)


# The real command -------------------------------------------------------------------------------------------------------


def test_the_real_command_lints_and_renders_the_same(tmp_path: Path) -> None:
    versions = set()
    for helm in helms():
        say = subprocess.run(
            [helm, "version", "--short"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        versions.add(say.lstrip("v").partition(".")[0])
        for name, values in SHAPES.items():
            given = tmp_path / "values.yaml"
            given.write_text(yaml.safe_dump(merged(LEAST, values)))
            for command in (
                ["lint", "--strict", CHART, "--values", given],
                ["template", "alder", CHART, "--values", given, "--namespace", "coops"],
            ):
                done = subprocess.run([helm, *command], capture_output=True, text=True, check=False, timeout=60)
                assert done.returncode == 0, f"{say} {name}: {done.stdout}{done.stderr}"
            made = [each for each in yaml.safe_load_all(done.stdout) if each]
            key = lambda each: (each["kind"], each["metadata"]["name"])  # noqa: E731
            assert sorted(made, key=key) == sorted(render(values), key=key), f"{say} {name}"
    assert versions == {"3", "4"}
