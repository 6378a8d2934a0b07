# SPDX-License-Identifier: AGPL-3.0-or-later
"""The defences of the two doors, the way in and the way out, and of the letters that come through them."""

from __future__ import annotations

from tests.defences.shape import EXCHANGE, PROTOCOL, VILLAGE, Defence

DOOR = EXCHANGE + "test_door.py::"
OUTBOUND = EXCHANGE + "test_outbound.py::"
POST = EXCHANGE + "test_letters.py::"
REQUESTS = PROTOCOL + "test_requests.py::"
LISTING = VILLAGE + "test_hostile_listing.py::"

DEFENCES: tuple[Defence, ...] = (
    Defence(
        "replay",
        "node/exchange/limits.py",
        "        if request.replay_key in self._until:",
        "        if False:",
        DOOR + "test_a_replayed_request_is_refused_and_a_forged_one_burns_no_nonce",
    ),
    Defence(
        "replay after a restart",
        "federation/requests.py",
        "        if self.created < not_before:",
        "        if False:",
        DOOR + "test_a_request_from_before_our_start_is_refused_where_nonces_are_forgotten",
    ),
    Defence(
        "replay to another node",
        "federation/requests.py",
        "        if self.message.host != authority:",
        "        if False:",
        DOOR + "test_a_request_for_another_node_is_misdirected",
    ),
    Defence(
        "a paused peer asks",
        "federation/trust.py",
        "    if view is not None and state is State.PAUSED and route not in _PAUSED:",
        "    if False:",
        DOOR + "test_a_paused_peer_gets_leaves_and_withdrawals_and_nothing_else",
    ),
    Defence(
        "a paused peer asks",
        "federation/trust.py",
        "    if view is not None and state is State.PAUSED and route not in _PAUSED:",
        "    if False:",
        PROTOCOL + "test_trust.py::test_every_route_by_every_state",
    ),
    Defence(
        "paused during a held request",
        "node/exchange/door.py",
        "            held = await self._judged_again(who, now)",
        "            held = view",
        DOOR + "test_a_held_request_is_woken_by_news_and_judged_again",
    ),
    Defence(
        "our node made to ask inside our network",
        "node/exchange/outbound.py",
        "    return ip.is_global and not any(ip.version == net.version and ip in net for net in _NEVER)",
        "    return True",
        OUTBOUND + "test_what_is_not_publicly_reachable_is_not_spoken_to",
    ),
    Defence(
        "our node made to ask inside our network",
        "node/exchange/outbound.py",
        "not all(reachable(address) for address in addresses)",
        "not any(reachable(address) for address in addresses)",
        VILLAGE + "test_hostile_network.py::test_with_one_inside_address_among_others_nobody_is_spoken_to",
    ),
    Defence(
        "a name that turns elsewhere after the check",
        "node/exchange/outbound.py",
        '        return httpx.URL(f"https://{host}{target}"), {"sni_hostname": request.node_id}',
        '        return httpx.URL(f"https://{request.node_id}{target}"), {"sni_hostname": request.node_id}',
        VILLAGE + "test_hostile_network.py::test_a_name_that_turns_inside_after_the_check_leads_nowhere_else",
    ),
    Defence(
        "a name that turns elsewhere after the check",
        "node/exchange/outbound.py",
        '        return httpx.URL(f"https://{host}{target}"), {"sni_hostname": request.node_id}',
        '        return httpx.URL(f"https://{host}{target}"), {"sni_hostname": "another.example"}',
        VILLAGE + "test_hostile_network.py::test_an_address_that_answers_under_another_name_is_not_believed",
    ),
    Defence(
        "an answer too large, slow or endless",
        "node/exchange/outbound.py",
        "        if len(body) > cap:",
        "        if False:",
        OUTBOUND + "test_reading_stops_at_the_cap_the_deadline_and_a_coding",
    ),
    Defence(
        "an answer too large, slow or endless",
        "node/exchange/outbound.py",
        "            async with asyncio.timeout(request.deadline):",
        "            async with asyncio.timeout(None):",
        VILLAGE + "test_hostile.py::test_a_drip_ends_at_the_deadline",
    ),
    Defence(
        "a request too large, slow or compressed",
        "federation/requests.py",
        '    if "content-encoding" in fields:',
        "    if False:",
        DOOR + "test_codings_sizes_and_depths_have_an_end",
    ),
    Defence(
        "a redirect",
        "node/exchange/outbound.py",
        "        response = await self._way(request.node_id).handle_async_request(built)\n",
        "        response = await self._way(request.node_id).handle_async_request(built)\n"
        '        if "location" in response.headers:\n'
        '            built = httpx.Request("GET", url.join(response.headers["location"]), headers=headers)\n'
        "            response = await self._way(request.node_id).handle_async_request(built)\n",
        OUTBOUND + "test_no_redirect_is_followed",
    ),
    Defence(
        "a signature stripped or partial",
        "federation/requests.py",
        "        if self.components != due:",
        "        if False:",
        REQUESTS + "test_a_body_needs_its_digest_covered",
    ),
    Defence(
        "headers that come twice",
        "federation/requests.py",
        "        if lower in _ONCE and (lower in fields or not _FIELD.fullmatch(value)):",
        "        if lower in _ONCE and not _FIELD.fullmatch(value):",
        REQUESTS + "test_a_header_that_we_read_stands_once",
    ),
    Defence(
        "a query dropped on the way",
        "federation/requests.py",
        'BARE: Final = ("@method", "@authority", "@path", "@query")',
        'BARE: Final = ("@method", "@authority", "@path")',
        REQUESTS + "test_whatever_is_covered_cannot_be_changed",
    ),
    Defence(
        "asking which keys are known",
        "federation/requests.py",
        '            raise Refused("signature-invalid", "no such key of this node")',
        '            raise Refused("untrusted", "no such key of this node")',
        REQUESTS + "test_an_unknown_key_ends_like_a_bad_signature",
    ),
    Defence(
        "a letter sealed on",
        "federation/envelope.py",
        '    if audience is not None and claims.get("aud") != audience:',
        "    if False:",
        PROTOCOL + "test_letters.py::test_a_letter_forwarded_or_resealed_is_refused",
    ),
    Defence(
        "a letter that takes effect twice",
        "node/exchange/letters.py",
        '        if known == "other":',
        '        known = "new"\n        if known == "other":',
        POST + "test_one_hundred_deliveries_at_once_take_effect_once",
    ),
    Defence(
        "what was rejected comes again",
        "node/exchange/letters.py",
        "            reason = await _kept_no(source, letter.jti)",
        "            reason = None",
        VILLAGE + "test_hostile_letters.py::test_what_was_refused_once_is_refused_again_and_five_concerns_are_enough",
    ),
    Defence(
        "what was rejected comes again",
        "node/exchange/letters.py",
        "        async with database.savepoint():\n            await room.receive(incoming, here=here)",
        "        if True:\n            await room.receive(incoming, here=here)",
        POST + "test_a_rooms_no_is_durable_and_leaves_nothing",
    ),
    Defence(
        "flooding with requests",
        "node/exchange/limits.py",
        "        wait = self._peers.take(request.node_id, at)",
        "        wait = 0.0",
        DOOR + "test_a_peer_that_asks_too_often_waits_and_others_do_not",
    ),
    Defence(
        "flooding with what does not verify",
        "node/exchange/addresses.py",
        "            self._buckets.change(network, -REFUSED_COST)",
        "            pass",
        "tests/node/exchange/test_limits.py::test_an_address_that_is_never_let_in_is_soon_not_looked_at",
    ),
    Defence(
        "spreading a flood or a replay over replicas",
        "node/exchange/limits.py",
        "  WHERE {_FULLER} >= 1 OR b.at > excluded.at + 60",
        "  WHERE TRUE",
        "tests/node/exchange/test_limits.py::test_replicas_share_a_peers_bucket",
        postgres=True,
    ),
    Defence(
        "spreading a flood or a replay over replicas",
        "node/exchange/limits.py",
        '        if not found["fresh"]:',
        "        if False:",
        "tests/node/exchange/test_limits.py::test_a_request_used_at_one_replica_is_refused_at_the_other",
        postgres=True,
    ),
    Defence(
        "flooding with concerns",
        "node/exchange/letters.py",
        '    if counted is not None and counted["taken"] > wire.CONCERNS_PER_DAY:',
        "    if False:",
        POST + "test_five_concerns_a_day_and_from_a_paused_neighbour_too",
    ),
    Defence(
        "listing members",
        "federation/trust.py",
        "    if view is None or state in (State.ENDED, State.PROPOSED):",
        "    if view is None or state is State.PROPOSED:",
        DOOR + "test_an_ended_peer_is_a_stranger",
    ),
    Defence(
        "listing by letters",
        "node/introductions/reads.py",
        '    found = await database.row_for_update(f"{_FROM} WHERE other_node = {{}} AND thread = {{}}", source, thread)',
        '    found = await database.row_for_update(f"{_FROM} WHERE thread = {{}}", thread)',
        LISTING + "test_every_letter_on_a_thread_of_others_is_answered_as_on_one_that_never_was",
    ),
    Defence(
        "listing by letters",
        "node/introductions/asked.py",
        'not await _shown_to(offer_id, source, here=here):\n        raise Late("no-such-offer")',
        'not await _shown_to(offer_id, source, here=here):\n        raise Late("not-for-you")',
        LISTING + "test_an_ask_for_what_it_may_not_read_is_answered_as_for_what_never_was",
    ),
    Defence(
        "private words on the wire or in a log",
        "node/vault/rules.py",
        "        return _close(key.cipher, text.encode(), place, self._chance)",
        "        return _close(key.cipher, text.encode(), place, self._chance) + text.encode()",
        VILLAGE + "test_privacy.py::test_nothing_private_crosses_or_is_logged",
        slow=True,
    ),
    Defence(
        "a node killed at any moment",
        "node/exchange/letters.py",
        "        await _deliver(letter, item, client, here=here)\n",
        "        await post.done(item, here=here)\n        await _deliver(letter, item, client, here=here)\n",
        VILLAGE + "test_torture.py::test_ten_kills",
        slow=True,
    ),
)
