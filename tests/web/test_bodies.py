"""The strict reader: what is refused, with which words, and that bad input is never a 500."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a8n_web.bodies import BodyError, Limits, read_json
from tests.web.conftest import Client


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b'{"a": NaN}', "line 1 column 7"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": 1', "column 8"),
        (b'{"a": "\\ud800"}', "low surrogate"),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a": ["x", "nul\\u0000"]}', "the text at a.1 holds a NUL"),
        (b'{"nul\\u0000": 1}', "a name in the body holds a NUL"),
        (b"[" * 101 + b"]" * 101, "nested more than 100 deep"),
        (b"[" * 5000 + b"]" * 5000, "depth"),
        (b"[" + b"0," * 200 + b"0]", "more than 200 elements"),
    ],
)
def test_what_is_refused_and_where(raw: bytes, words: str) -> None:
    with pytest.raises(BodyError) as caught:
        read_json(raw, Limits(depth=100, elements=200))
    assert caught.value.status == 400
    assert words in caught.value.detail


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'["]",', b',"["]'),  # balances in pairs if texts are not told apart
        (b'["","]","",', b',"","[",""]'),
        (b'[ "]" , "" , "\\"" ,', b',"\\"", "[" ]'),
        (b'{"]":[{"[":', b"}]}"),
        (b'["{}{",', b',"}{}"]'),
    ],
)
def test_brackets_in_texts_hide_no_depth(before: bytes, after: bytes) -> None:
    with pytest.raises(BodyError, match="nested more than 100 deep"):
        read_json(before * 300 + b"1" + after * 300)


def depth_of(value: object) -> int:
    """The nesting of arrays and objects."""
    if isinstance(value, dict | list):
        return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)
    return 0


nested = st.recursive(
    st.text('[]{}"\\a', max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[]{}"a', max_size=2), inner, max_size=3),
    max_leaves=40,
)


@given(nested, st.integers(1, 12))
def test_the_quick_look_is_never_wrong(value: object, limit: int) -> None:
    raw = json.dumps(value).encode()
    if depth_of(value) > limit:
        with pytest.raises(BodyError, match="deep"):
            read_json(raw, Limits(depth=limit))
    else:
        assert read_json(raw, Limits(depth=limit)) == value


@given(st.integers(1, 60), st.integers(1, 60))
def test_depth_is_counted_exactly(depth: int, limit: int) -> None:
    raw = b'{"a":[' * depth + b"1" + b"]}" * depth
    if 2 * depth <= limit:
        assert read_json(raw, Limits(depth=limit)) is not None
    else:
        with pytest.raises(BodyError, match="deep"):
            read_json(raw, Limits(depth=limit))


def test_what_only_looks_suspicious_is_read() -> None:
    assert read_json(rb'{"a": "\\u0000", "b": "[[[[,,,,{{{{"}', Limits(depth=3, elements=3)) == {
        "a": "\\u0000",
        "b": "[[[[,,,,{{{{",
    }
    wide = [[i] for i in range(200)]
    assert read_json(json.dumps(wide).encode(), Limits(depth=2)) == wide


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc$", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_whatever_is_sound_json_comes_back_as_it_was(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


async def test_a_body_has_to_be_json_of_bounded_size(owner: Client) -> None:
    path = "/api/workflows"
    assert (await owner.post(path, data=b"{}", headers={"Content-Type": "text/plain"})).status == 415
    latin = {"Content-Type": "application/json; charset=latin-1"}
    assert (await owner.post(path, data=b"{}", headers=latin)).status == 415
    assert (await owner.post(path, data=b"[]")).status == 422
    assert (await owner.post(path, data=b"x" * (16 * 2**20 + 1))).status == 413
    broken = await owner.post(path, data=b'{"name": }')
    assert broken.status == 400
    assert broken.headers["Content-Type"] == "application/problem+json"
    assert "line 1 column 10" in broken["detail"]
    assert broken["instance"].startswith("urn:uuid:")


async def test_unknown_fields_are_named(owner: Client) -> None:
    reply = await owner.post("/api/projects", {"name": "x", "colour": "red"})
    assert reply.status == 422
    assert reply.paths == ["colour"]


async def test_errors_of_the_address_are_problems_too(owner: Client) -> None:
    missing = await owner.get("/api/nothing/here")
    assert (missing.status, missing["title"]) == (404, "Not Found")
    wrong = await owner.delete("/api/workflows")
    assert wrong.status == 405
    assert set(wrong.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert (await owner.post("/no/page")).status == 404
    assert (await owner.get("/api/workflows/%00")).status == 404
    assert (await owner.get("/api/workflows?q=%00")).status == 400
    assert (await owner.get("/api/workflows?limit=x&foo=1")).paths == ["limit", "foo"]
    assert (await owner.get("/api/workflows?cursor=!!")).status == 422


async def test_junk_is_never_an_internal_error(owner: Client) -> None:
    routes = [route for route in owner.app.extensions["a8n_routes"] if route.body is not None]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        route = data.draw(st.sampled_from(routes))
        fields = list(route.body.model_fields) if route.body is not None else []
        names = st.sampled_from(fields) if fields else st.text(max_size=3)
        drawn.append((route, data.draw(st.dictionaries(names, values, max_size=5))))

    drawn: list[tuple[object, dict[str, object]]] = []
    draw()
    for route, body in drawn:
        path = route.path.replace("{", "").replace("}", "")  # type: ignore[attr-defined]
        reply = await owner(route.method, path, body)  # type: ignore[attr-defined]
        assert reply.status < 500, (path, body, reply.body)
