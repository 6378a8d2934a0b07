# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings: the file, the environment over it, and every wrong one named at once with what to put."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.errors import Misconfigured
from node.settings import FILE, from_mapping, load, read_areas, strangers


def write(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text, encoding="utf-8")
    return folder


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    folder = write(tmp_path, "node_id: alder.example\nport: 8101\nco_op: {name: Alder}\n")
    settings = load(folder, {"COMMONCARE_PORT": "9000", "OTHER": "x"})
    assert (settings.node_id, settings.port, settings.co_op.name) == ("alder.example", 9000, "Alder")
    assert settings.database_url == f"sqlite:///{tmp_path / 'commoncare.db'}"


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        from_mapping(
            tmp_path, {"port": "many", "colour": "red", "database": "mysql://x", "mail": {"security": "rot13"}}
        )
    for name in ("port:", "colour:", "database:", "mail.security:", "node_id:"):
        assert name in refused.value.words


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_is_a_port(tmp_path: Path, port: int) -> None:
    with pytest.raises(Misconfigured, match="port"):
        from_mapping(tmp_path, {"node_id": "alder.example", "port": port})


@pytest.mark.parametrize("proxies", ["here", "10.0.0.5, there", "10.0.0.1/8"])
def test_a_web_server_in_front_is_an_address_or_a_network(tmp_path: Path, proxies: str) -> None:
    with pytest.raises(Misconfigured, match="proxies"):
        from_mapping(tmp_path, {"node_id": "alder.example", "proxies": proxies})
    assert from_mapping(tmp_path, {"node_id": "alder.example", "proxies": "10.0.0.0/8, ::1"}).proxies


def test_a_folder_without_a_co_op_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        load(tmp_path, {})
    assert "commoncare init" in refused.value.words


def test_what_is_not_yaml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        load(write(tmp_path, "node_id: [alder\nport: 1\n"), {})
    assert "line" in refused.value.words


def test_areas_that_are_named_in_the_patch_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "areas.yaml"
    path.write_text("areas: {quay: {name: Quay, lat: 54.0, lon: 2.0}}\n", encoding="utf-8")
    assert read_areas(path, ("quay",)).find("QUAY") is not None
    with pytest.raises(Misconfigured, match="meadow"):
        read_areas(path, ("meadow",))


@pytest.mark.parametrize("nation", ["france", "uk", ""])
def test_a_nation_is_one_whose_helplines_we_know(tmp_path: Path, nation: str) -> None:
    """Else its people would be shown no line of their own."""
    with pytest.raises(Misconfigured, match=r"co_op\.nation: say england, scotland, wales or northern-ireland"):
        from_mapping(tmp_path, {"node_id": "alder.example", "co_op": {"nation": nation}})
    assert from_mapping(tmp_path, {"node_id": "alder.example", "co_op": {"nation": "wales"}}).co_op.nation == "wales"
    spoken = from_mapping(tmp_path, {"node_id": "alder.example", "co_op": {"nation": "Northern Ireland"}})
    assert spoken.co_op.nation == "northern-ireland"


def test_a_wrong_value_from_the_environment_names_the_variable(tmp_path: Path) -> None:
    folder = write(tmp_path, "node_id: alder.example\nport: 8101\nlog_level: loud\n")
    with pytest.raises(Misconfigured) as refused:
        load(folder, {"COMMONCARE_PORT": "many", "COMMONCARE_DATABASE": "mysql://x"})
    assert "COMMONCARE_PORT (in the environment): give a whole number" in refused.value.words
    assert "COMMONCARE_DATABASE (in the environment): give sqlite:///" in refused.value.words
    assert "; log_level: say debug" in refused.value.words, "what the file says keeps its name"


def test_a_variable_that_is_no_setting_is_told_with_the_one_that_may_be_meant() -> None:
    given = {"COMMONCARE_DIR": "x", "COMMONCARE_PORT": "1", "PATH": "x"}
    assert strangers(given) == {}
    wrong = {"COMMONCARE_PROT": "1", "COMMONCARE_MAIL_HOST": "x", "COMMONCARE_CO_OP": "x", "COMMONCARE_WEATHER": "x"}
    assert strangers(given | wrong) == {
        "COMMONCARE_CO_OP": "co_op in commoncare.yaml",
        "COMMONCARE_MAIL_HOST": "mail in commoncare.yaml",
        "COMMONCARE_PROT": "COMMONCARE_PORT",
        "COMMONCARE_WEATHER": "",
    }
