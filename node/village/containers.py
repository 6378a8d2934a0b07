# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's node in a container of its own, by testcontainers, with the face of a process: started, killed, started again.

It shares this machine's network (Linux alone does that), listens on loopback, and is held as tight as in `deploy/compose.yaml`.
So the ways between nodes, and the harm on them, are what they are between processes. The co-op's folder is the container's, which
logs into it. Every container is labelled with its village's folder, and whoever runs the village holds a lock in that folder,
which the system lets go of when they die: what a village that was cut off left behind is found by that, and taken away by the
next one that begins in containers, or by `village down`.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from node.errors import Unavailable
from node.village.processes import LOG, NodeProcess

if TYPE_CHECKING:
    from docker import APIClient, DockerClient
    from docker.models.containers import Container

IMAGE: Final = "commoncare"
HOME: Final = "/var/lib/commoncare"
LABEL: Final = "org.commoncare.village"
"""On each container: the absolute path of its village's folder."""
NAME: Final = "org.commoncare.co-op"
LOCK: Final = ".containers.lock"
NOBODY: Final = 10001
"""Whom the image runs as: here too, where root starts it."""
_MISSING = 'Containers need what comes with: pip install "commoncare[village]"'
_NO_ENGINE = (
    "No container engine answers. Docker's is asked where DOCKER_HOST says. Podman answers after: podman system service --time=0 "
    "unix:///run/podman/podman.sock, and DOCKER_HOST=unix:///run/podman/podman.sock"
)


@dataclass
class NodeContainer(NodeProcess):
    """One container of `image` for the co-op in `folder`, answering at `url`. The folder above is its village's."""

    image: str = IMAGE
    container: Container | None = field(default=None, repr=False)
    _ended: threading.Thread | None = field(default=None, init=False, repr=False)
    _pid: int = field(default=0, init=False, repr=False)

    async def start(self) -> None:
        """Starts it; it is not ready yet. Raises Unavailable where no engine answers or the image is not there."""
        await self._take_away()
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        with engine() as asked:
            from docker.errors import ImageNotFound

            try:
                asked.images.get(self.image)  # never fetched: what bears that name elsewhere is somebody else's
            except ImageNotFound:
                raise Unavailable(
                    f"There is no image {self.image} here. Build it with: podman build --format docker "
                    "--file deploy/Containerfile --tag commoncare ."
                ) from None
            rootless = any("rootless" in str(each) for each in asked.info().get("SecurityOptions") or ())
        self._give_folder()
        container = self._made(rootless).start().get_wrapped_container()
        container.reload()
        self.container, self._pid = container, int(container.attrs["State"]["Pid"])
        self._ended = threading.Thread(target=container.wait, daemon=True)
        self._ended.start()

    def _made(self, rootless: bool) -> Any:
        from testcontainers.core.config import testcontainers_config
        from testcontainers.core.container import DockerContainer

        # The label does what its second container is for, which would be fetched, and would get the engine's socket.
        testcontainers_config.ryuk_disabled = True
        port = self.url.rsplit(":", 1)[1]
        made = DockerContainer(self.image).with_volume_mapping(str(self.folder), HOME, "rw")
        # In the image's environment stand an address and a port of their own, which would win over the settings' file.
        made = made.with_envs(COMMONCARE_DIR=HOME, COMMONCARE_HOST="127.0.0.1", COMMONCARE_PORT=port)
        made = made.with_tmpfs_mount("/tmp")  # noqa: S108 - the container's own
        return made.with_kwargs(
            # The image may be of a later version than what founded the co-op.
            entrypoint=[
                *("/bin/sh", "-c"),
                f"exec 2>>{HOME}/{LOG} >&2; commoncare migrate >/dev/null && exec commoncare {' '.join(self.verb)}",
            ],
            labels={LABEL: str(self.folder.parent), NAME: self.folder.name},
            network_mode="host",
            user=self._user(),
            userns_mode="keep-id" if rootless else "",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            healthcheck={"test": ["NONE"]},  # it is asked from here
        )

    def _user(self) -> str:
        """Whoever starts it, so that its files are theirs; root is nobody in particular in there."""
        return f"{NOBODY}:{NOBODY}" if os.geteuid() == 0 else f"{os.geteuid()}:{os.getegid()}"

    def _give_folder(self) -> None:
        """Where root founded the co-op: its files go to whom the image runs as."""
        if os.geteuid() == 0:
            (self.folder / LOG).touch()
            for each in (self.folder, *self.folder.rglob("*")):
                shutil.chown(each, NOBODY, NOBODY)

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self._ended is not None and self._ended.is_alive()

    @property
    def pid(self) -> int:
        """The process id of the node in it, as this machine sees it; raises RuntimeError when it was not started."""
        if not self._pid:
            raise RuntimeError("not started")
        return self._pid

    async def kill(self) -> None:
        """SIGKILL, at once."""
        await self._end(lambda container: container.kill())

    async def stop(self, grace: float = 4) -> None:
        """SIGTERM; after `grace` seconds SIGKILL."""
        await self._end(lambda container: container.stop(timeout=int(grace)))

    async def _end(self, how: Any) -> None:
        if self.container is not None and self.up:
            with suppress(_engine_error()):  # it ended by itself meanwhile
                await asyncio.to_thread(how, self.container)
            assert self._ended is not None
            await asyncio.to_thread(self._ended.join)
        await self._take_away()

    async def _take_away(self) -> None:
        if self.container is not None:
            await asyncio.to_thread(_remove, self.container.client.api, self.container.id)
        self.container, self._ended = None, None


@contextmanager
def engine() -> Iterator[DockerClient]:
    """The container engine of this machine. Raises Unavailable where none answers, or what speaks to it is not installed."""
    if sys.platform != "linux":
        raise Unavailable("Containers share this machine's network, which works on Linux alone. Use --backend process.")
    try:
        import docker
        import testcontainers.core  # noqa: F401 - both or neither
    except ImportError:
        raise Unavailable(_MISSING) from None
    try:
        client = docker.from_env(timeout=30)
        client.ping()
    except (docker.errors.DockerException, OSError):
        raise Unavailable(_NO_ENGINE) from None
    try:
        yield client
    finally:
        client.close()


@contextmanager
def holding(
    folder: Path, images: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Callable[[Path, str], NodeProcess]]:
    """Inside the block the village in `folder` is ours, and what was left of any that was cut off is gone: gives what makes the
    container of a co-op from its folder and address. `images`: co-op -> image, "" for all others. Raises Unavailable where
    another runs the village, or no engine answers."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        lock = stack.enter_context(open(folder / LOCK, "ab"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"A village runs in {folder} already.") from None
        sweep(ours=folder)
        try:
            yield lambda where, url: NodeContainer(where, url, image=images.get(where.name) or images.get("") or IMAGE)
        finally:
            sweep(ours=folder)


def sweep(*, ours: Path | None = None) -> list[str]:
    """Takes away the containers of villages that nobody runs any more; their ids. `ours`: a folder that we ourselves hold.
    Folders and logs stay. Raises Unavailable where no engine answers."""
    gone = []
    with engine() as asked:
        for each in asked.api.containers(all=True, filters={"label": LABEL}):
            home = Path(each["Labels"][LABEL])
            if home == ours or not _held(home):
                _remove(asked.api, each["Id"])
                gone.append(str(each["Id"])[:12])
    return gone


def _held(folder: Path) -> bool:
    """Whether somebody who lives runs the village there."""
    try:
        with open(folder / LOCK, "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # the folder is gone
        return False
    return False


def _remove(api: APIClient, container: str) -> None:
    with suppress(_engine_error()):  # somebody else did
        api.remove_container(container, force=True, v=True)


def _engine_error() -> type[Exception]:
    from docker.errors import APIError

    error: type[Exception] = APIError
    return error
