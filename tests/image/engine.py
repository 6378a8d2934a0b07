# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's podman, a base made here from Debian's packages, and our image built on it. Where a part is missing the tests that
need it are skipped with what is lacking: no other test needs a container engine.

What a machine behind a registry of its own needs (a certificate, pip's and npm's settings) is put into the base, never into the
Containerfile. COMMONCARE_IMAGE names an image that was built already.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tenacity import Retrying, stop_after_delay, wait_fixed

ROOT = Path(__file__).resolve().parents[2]
BASE, IMAGE = "localhost/commoncare-test-base", "localhost/commoncare-test"
CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
"""What works in a container or a small virtual machine too, where limits can't be raised and no systemd answers."""
HARDENED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=host")
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


class NoEngine(Exception):
    """Why nothing can be built or run here."""


class Podman:
    """The command, with settings of its own. `call` raises AssertionError with what it said when it fails."""

    def __init__(self, folder: Path) -> None:
        self._conf = folder / "containers.conf"
        runtime = 'runtime = "runc"\n' if shutil.which("runc") else ""
        self._conf.write_text(CONF + runtime)

    def call(self, *args: str, stdin: bytes | None = None, seconds: float = 120, well: bool = True) -> str:
        done = subprocess.run(
            ["podman", *args],
            env={**os.environ, "CONTAINERS_CONF": str(self._conf)},
            input=stdin,
            capture_output=True,
            timeout=seconds,
            check=False,
            cwd=ROOT,
        )
        said = done.stdout.decode() + (done.stderr.decode() if not well or done.returncode else "")
        assert not well or done.returncode == 0, f"podman {' '.join(args)}\n{said[-4000:]}"
        return said

    @contextmanager
    def answering(self, folder: Path) -> Iterator[str]:
        """Inside the block it speaks Docker's language too: at what address, for DOCKER_HOST."""
        socket = folder / "podman.sock"
        env = {**os.environ, "CONTAINERS_CONF": str(self._conf)}
        with open(folder / "service.log", "wb") as log:
            service = subprocess.Popen(
                ["podman", "system", "service", "--time=0", f"unix://{socket}"], env=env, stderr=log, stdout=log
            )
        try:
            for attempt in Retrying(stop=stop_after_delay(30), wait=wait_fixed(0.05), reraise=True):
                with attempt:
                    assert service.poll() is None and socket.exists(), (folder / "service.log").read_text()
            yield f"unix://{socket}"
        finally:
            service.terminate()
            service.wait(20)

    def has(self, image: str) -> bool:
        return self.call("images", "--quiet", image).strip() != ""


def lacking() -> str:
    """What has to be installed here, or ""."""
    if os.geteuid() != 0:
        return "building a base needs root"
    wanted = ["podman"] + ([] if os.environ.get("COMMONCARE_IMAGE") else ["debootstrap"])
    missing = [name for name in wanted if shutil.which(name) is None]
    return f"apt-get install {' '.join(missing)}" if missing else ""


def built(podman: Podman) -> str:
    """Our image, built on a base of Debian's packages; its name."""
    given = os.environ.get("COMMONCARE_IMAGE")
    if given:
        return given
    if not podman.has(BASE):
        _make_base(podman)
    podman.call(
        *("build", "--isolation=chroot", "--network=host", "--format=docker", f"--build-arg=BASE={BASE}"),
        *("--file", "deploy/Containerfile", "--tag", IMAGE, "."),
        seconds=1_200,
    )
    return IMAGE


def _make_base(podman: Podman) -> None:
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        root = Path(folder) / "root"
        packages = "python3,python3-venv,ca-certificates"
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={packages}", "stable", str(root)],
            capture_output=True,
            timeout=900,
            check=False,
        )
        if done.returncode:
            raise NoEngine(f"debootstrap: {done.stdout.decode()[-300:]}")
        own = Path("/", CERTIFICATES)
        if own.exists():
            shutil.copy(own, root / CERTIFICATES)
        (root / "etc/pip.conf").write_text(f"[global]\ncert = /{CERTIFICATES}\n")
        (root / "root/.npmrc").write_text(f"cafile=/{CERTIFICATES}\n")
        shutil.rmtree(root / "var/cache/apt/archives")
        packed = Path(folder) / "root.tar"
        subprocess.run(["tar", "-C", str(root), "-cf", str(packed), "."], check=True, timeout=300)
        podman.call("import", str(packed), BASE, seconds=300)


def bill_of_materials(podman: Podman, image: str) -> dict[str, object]:
    """The list of what is in an image, as it carries it."""
    told = podman.call("run", "--rm", "--entrypoint=cat", *HARDENED, image, "/usr/share/commoncare/sbom.cdx.json")
    made: dict[str, object] = json.loads(told)
    return made


def own_folder(folder: Path) -> Path:
    """A folder that belongs to whoever a node runs as in the image."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, 10001, 10001)
    folder.chmod(0o700)
    return folder


def files_for(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """A folder with files that only the node may read, as a Secret is mounted."""
    own_folder(folder)
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        path.chmod(0o400)
        os.chown(path, 10001, 10001)
    return folder


def names(rows: Sequence[Mapping[str, str]]) -> set[str]:
    return {row["name"] for row in rows}
