# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forms: what was typed is kept, every fault is told at once, and a form sent twice does its deed once."""

from __future__ import annotations

import asyncio

import pytest
from litestar import Response
from litestar.datastructures import UploadFile
from msgspec import Struct, field

from node import database
from node.errors import Conflict, Invalid, NotAllowed
from node.web.forms import Form, once, ours
from node.web.pages import Visit, to


class Inner(Struct, frozen=True, forbid_unknown_fields=True):
    home_only: bool = False
    not_to: list[str] = []


class Draft(Struct, frozen=True, forbid_unknown_fields=True):
    words: str
    kind: str = "one_to_one"
    places: int = 1
    near: float | None = None
    note: str | None = None
    topics: list[str] = []
    languages: list[str] = field(default_factory=lambda: ["en"])
    ok: bool = False
    inner: Inner = field(default_factory=Inner)


def form(*pairs: tuple[str, str]) -> Form:
    return Form(pairs)


def test_fields_become_a_shape_by_its_types():
    sent = form(
        ("words", "  two\r\nlines "),
        ("places", "1,200"),
        ("near", "2.5"),
        ("note", ""),
        ("topics", "stroke"),
        ("topics", ""),
        ("topics", "grief"),
        ("ok", "yes"),
        ("inner.home_only", "on"),
        ("inner.not_to", "birch.example"),
    )
    assert sent.into(Draft) == Draft(
        words="two\nlines",
        places=1200,
        near=2.5,
        topics=["stroke", "grief"],
        ok=True,
        inner=Inner(home_only=True, not_to=["birch.example"]),
    )


def test_what_is_not_in_the_form_takes_its_default_and_what_is_given_wins():
    found = form(("words", "x"), ("kind", "group")).into(Draft, kind="one_to_one")
    assert found == Draft(words="x")
    assert form(("words", "x"), ("languages", "")).into(Draft).languages == []


def test_every_fault_is_told_at_once_and_what_was_typed_is_kept():
    sent = form(("places", "many"), ("near", "far"), ("topics", "stroke"))
    with pytest.raises(Invalid) as caught:
        sent.into(Draft)
    assert set(caught.value.fields) == {"words", "places", "near"}
    again = sent.refused(caught.value)
    assert again.text("places") == "many"
    assert again.list("topics") == ["stroke"]
    assert set(again.errors) == {"words", "places", "near"}
    assert again.error == caught.value.words


def test_a_form_shows_what_a_shape_holds():
    shown = Form.of(Draft(words="x", places=0, ok=True, topics=["a", "b"], inner=Inner(not_to=["c"])), note="more")
    assert shown.text("places") == "0"
    assert shown.has("ok")
    assert shown.list("topics") == ["a", "b"]
    assert shown.ticked("inner.not_to", "c")
    assert shown.text("note") == "more"
    assert not shown.has("inner.home_only")
    assert shown.into(Draft).places == 0


def test_another_file_is_another_form():
    def sent(content: bytes) -> bytes:
        return Form([("form", "a token"), ("file", UploadFile("text/csv", "people.csv", content))]).digest()

    assert sent(b"name") == sent(b"name")
    assert sent(b"name") != sent(b"other")


# Sent once -------------------------------------------------------------------------------------------------------------


@once
async def deed(*, form: Form, visit: Visit) -> Response[str]:
    await database.execute("INSERT INTO form_sent (key, at, answer) VALUES ({}, {}, 'done')", form.text("words"), 1)
    if form.text("words") == "wrong":
        return Response("again", status_code=422)
    if form.text("words") == "never":
        raise Conflict("not as things stand")
    return to("/done", said="sent")


async def many(words: str) -> int:
    found = await database.row("SELECT count(*) AS n FROM form_sent WHERE key = {}", words)
    assert found is not None
    return int(found["n"])


@pytest.fixture
def visit(here) -> Visit:
    return Visit(here=here.at(1), anchor="a session", path="/deeds")  # so that the deed's own rows are not swept


async def test_a_second_sending_answers_as_the_first_and_does_nothing(engine, visit):
    sent = form(("form", visit.token()), ("words", "hello"))
    first = await deed(form=sent, visit=visit)
    second = await deed(form=sent, visit=visit)
    assert first.headers["location"] == second.headers["location"] == "/done?said=sent"
    assert await many("hello") == 1


async def test_two_sendings_at_once_do_it_once(engine, visit):
    sent = form(("form", visit.token()), ("words", "hello"))
    both = await asyncio.gather(*(deed(form=sent, visit=visit) for _ in range(2)))
    assert {answer.headers["location"] for answer in both} == {"/done?said=sent"}
    assert await many("hello") == 1


async def test_other_words_on_the_same_page_are_another_sending(engine, visit):
    token = visit.token()
    for words in ("hello", "and this"):
        await deed(form=form(("form", token), ("words", words)), visit=visit)
    assert [await many("hello"), await many("and this")] == [1, 1]


async def test_what_was_refused_leaves_nothing_and_may_be_sent_again(engine, visit):
    for words in ("wrong", "never"):
        sent = form(("form", visit.token()), ("words", words))
        for _ in range(2):
            if words == "never":
                with pytest.raises(Conflict):
                    await deed(form=sent, visit=visit)
            else:
                assert (await deed(form=sent, visit=visit)).status_code == 422
        assert await many(words) == 0


@pytest.mark.parametrize("token", ["", "x", "a" * 44])
async def test_a_form_that_this_visit_was_not_given_is_refused(engine, here, visit, token):
    @ours
    async def counted(*, form: Form, visit: Visit) -> Response[str]:
        raise AssertionError("it must not come here")

    another = Visit(here=here, anchor="another session", path="/deeds")
    for sent in (token, another.token(), visit.token()[:-1] + "~"):
        for act in (deed, counted):
            with pytest.raises(NotAllowed):
                await act(form=form(("form", sent), ("words", "hello")), visit=visit)
    assert await many("hello") == 0
