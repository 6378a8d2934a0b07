# SPDX-License-Identifier: AGPL-3.0-or-later
"""A wheel built from this tree, installed where the tree is not to be seen, started from another folder: it serves its pages with
their styles, words and fonts. Nothing is fetched: packages come from the environment that runs the tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import httpx
import pytest

from tests.village.test_demo import free_base

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 120.0


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={**clean(), **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean() -> dict[str, str]:
    """This environment without whatever would show the tree."""
    return {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel and, beside it, what Commoncare runs on."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    name = run(sys.executable, "-c", build, folder, cwd=ROOT).strip().splitlines()[-1]
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", folder / name, cwd=folder)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    packages = Path(sysconfig.get_path("purelib"))
    beside = folder / "packages"
    beside.mkdir()
    for each in packages.iterdir():  # all but the tree itself, which is installed there as editable
        if each.name.endswith(".pth") or each.name.startswith(("commoncare", "_commoncare", "__editable__")):
            continue
        (beside / each.name).symlink_to(each)
    (site / "beside.pth").write_text(f"{beside}\n")
    return python


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_wheel_serves_its_pages_with_their_styles_from_anywhere(installed: Path, tmp_path: Path) -> None:
    where = run(installed, "-c", "import node, federation; print(node.__file__, federation.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
    base = free_base()
    command = [
        installed.with_name("commoncare"),
        "demo",
        "--json",
        "--dir",
        tmp_path / "demo",
        "--base-port",
        str(base),
    ]
    process = subprocess.Popen(
        [str(each) for each in command], cwd=tmp_path, env=clean(), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the demo ended without its line"
        home = json.loads(line)["nodes"][0]["url"]
        _looks_right(home)
    finally:
        process.terminate()
        process.wait(30)


def _looks_right(home: str) -> None:
    end = time.monotonic() + LONGEST
    with httpx.Client(base_url=home, headers={"accept": "text/html", "accept-language": "cy"}, timeout=30) as client:
        page = client.get("/")
        assert page.status_code == 200 and time.monotonic() < end
        assert 'lang="cy"' in page.text, "the catalogues came along"
        files = set(re.findall(r'(?:href|src)="(/(?:static/[^"]+|look\.css))"', page.text))
        assert {path.rpartition(".")[2] for path in files} >= {"css", "js", "svg", "woff2"}
        for path in files:
            answer = client.get(path)
            assert answer.status_code == 200 and len(answer.content) > 50, path
        styles = next(path for path in files if "/app." in path and path.endswith(".css"))
        for font in re.findall(r'url\(["\']?(/?[^"\')]+\.woff2)', client.get(styles).text):
            assert (
                client.get(font if font.startswith("/") else f"/static/{font.rpartition('/')[2]}").status_code == 200
            ), font
        assert client.get("/sign-in").status_code == 200 and client.get("/worry").status_code == 200
