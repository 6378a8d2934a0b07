# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door against whatever its own document allows and much that it does not: no answer says that we failed, on both
databases, as a member and as an operator."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from node.village import Village

EACH = 6
PEOPLE = ("yasmin", "callum", "peter")


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_nothing_that_is_sent_makes_us_fail(three: Village) -> None:
    document = (await three.client("alder").get("/api/v1/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    loop = asyncio.get_running_loop()
    clients = [three.api(name) for name in PEOPLE]
    for client in clients:
        client.base_url = httpx.URL("http://alder.example")
    failed: list[str] = []
    sent = 0

    def send(client: httpx.AsyncClient, given_: dict[str, Any]) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(client.request(**given_), loop).result(60)

    def against(operation: Any, mode: GenerationMode) -> None:
        @settings(
            max_examples=EACH, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode), client=st.sampled_from(clients))
        def one(case: Any, client: httpx.AsyncClient) -> None:
            nonlocal sent
            raw = case.as_transport_kwargs(base_url="http://alder.example")
            request = {name: raw[name] for name in ("method", "url", "params", "json") if raw.get(name) is not None}
            if isinstance(raw.get("data"), str | bytes):
                request["content"] = raw["data"]
            headers = {
                k: v for k, v in dict(raw.get("headers") or {}).items() if k.lower() not in ("authorization", "host")
            }
            request["headers"] = {k: v for k, v in headers.items() if str(v).isascii() and str(v).isprintable()}
            try:
                answer = send(client, request)
            except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeEncodeError, ValueError):
                return  # nothing that a program could send
            sent += 1
            if answer.status_code >= 500:
                failed.append(f"{operation.label}: {answer.status_code} {answer.text[:200]}")

        one()

    def everything() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for found in schema.get_all_operations():
                operation = found.ok()
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    try:
                        against(operation, mode)
                    except Exception as error:
                        if "Unsatisfiable" not in type(error).__name__ and "Negative" not in str(error):
                            raise

    await asyncio.to_thread(everything)
    assert failed == [], "\n".join(sorted(set(failed)))
    assert sent > 300, sent
