# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator's Prometheus may read of one co-op: counts and times, by route and kind, never about a person.

Labels are names from our own code (a handler, a job kind, a state), never a path, an id or a place. Each co-op has its own
registry, so that several in one process do not add up.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Figures:
    """One co-op's figures. `serve` opens their port and gives back what closes it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "commoncare_requests", "Answered requests", ["handler", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "commoncare_request_seconds", "Time to answer", ["handler"], buckets=SECONDS, registry=self.registry
        )
        self.jobs = Counter("commoncare_jobs", "Jobs done by the workers", ["kind", "outcome"], registry=self.registry)
        self.waiting = Gauge("commoncare_outbox_waiting", "Open jobs in the outbox", ["kind"], registry=self.registry)
        self.peers = Gauge("commoncare_peers", "Neighbour co-ops", ["state"], registry=self.registry)

    def serve(self, host: str, port: int) -> Callable[[], None]:
        """Opens the metrics port in a thread of its own; gives back what closes it. Raises OSError when it can't be had."""
        server, thread = start_http_server(port, addr=host, registry=self.registry)

        def close() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return close
