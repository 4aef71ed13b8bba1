"""JavaScript: what it gets and gives, how errors name the line, and the limits."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.code import authors

from a8n import FileRef, Item, NodeError
from a8n.testing import run
from a8n_code import JavaScript


async def javascript(code: str, *items: Any, **params: Any) -> list[Any]:
    return await authors.given(JavaScript, {"code": code, **params}, *items)


async def failing(code: str, *items: Any, **params: Any) -> str:
    return str(await authors.failing(JavaScript, {"code": code, **params}, *items))


async def test_it_gets_all_items_and_gives_new_ones() -> None:
    code = "return items.filter(item => item.n > 1).map(({ n }) => ({ n: n * 2 }));"
    assert await javascript(code, {"n": 1}, {"n": 2}, {"n": 3}) == [{"n": 4}, {"n": 6}]


async def test_one_object_is_one_item_and_nothing_is_none() -> None:
    assert await javascript("return { count: items.length } // the number", {}, {}) == [{"count": 2}]
    assert await javascript("items.pop()", {}) == []


async def test_for_each_item_it_is_called_once_and_files_stay() -> None:
    file = FileRef(hash="a" * 64)
    code = "if (item.n === 1) return;\nreturn { at: index, city: vars.city };"
    items = [Item({"n": 1}), Item({"n": 2}, {"photo": file})]
    (made,) = (await run(JavaScript, {"code": code, "mode": "each"}, items, vars={"city": "Bonn"}))["main"]
    assert made == Item({"at": 1, "city": "Bonn"}, {"photo": file})
    assert made.source == 1


async def test_promises_are_waited_for() -> None:
    code = "const double = async (n) => n * 2;\nreturn { n: await double(21), all: await Promise.all([double(1)]) };"
    assert await javascript(code) == [{"n": 42, "all": [2]}]


async def test_what_json_cannot_hold_becomes_what_it_can() -> None:
    code = "return { day: new Date(0), none: undefined, nan: NaN, map: new Map([[1, 2]]), text: 'ä\\u{1F600}' };"
    made: dict[str, Any] = {"day": "1970-01-01T00:00:00.000Z", "nan": None, "map": {}, "text": "ä😀"}
    assert await javascript(code) == [made]


async def test_what_it_logs_is_shown_also_where_it_fails() -> None:
    code = "console.log('a', 1, { b: [2] }, null, undefined);\nconsole.error(new Error('c'));\nthrow new Error('no');"
    assert await authors.log_of(JavaScript, {"code": code}) == ['a 1 {"b":[2]} null undefined', "Error: c"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("const x = 1;\n\nreturn items[0].a.b;", "line 3: TypeError: cannot read property 'b' of undefined"),
        ("function f() {\n  throw new RangeError('no');\n}\nf();", "line 2: RangeError: no"),
        ("const x = 1;\nlet y = = 2;", "line 2: SyntaxError: unexpected token in expression: '='"),
        ("return missing;", "line 1: ReferenceError: missing is not defined"),
        ("throw { code: 5 };", 'threw {"code":5}'),
        ("return 5n;", "TypeError: BigInt are forbidden in JSON.stringify"),
        ("return [1];", "the code returned a list that holds a number at [0]"),
        ("return { a: '\\ud800' };", "the result.a holds half a character (a lone surrogate)"),
        ("return await new Promise(() => {});", "the code waits for something that never comes"),
        ("const f = () => f() + 1;\nreturn f();", "line 1: RangeError: Maximum call stack size exceeded"),
    ],
)
async def test_errors_name_the_line_or_the_place(code: str, message: str) -> None:
    assert await failing(code) == message


async def test_an_error_names_the_item() -> None:
    assert await failing("return { x: item.a.b };", {"a": {}}, {}, mode="each") == (
        "item 2, line 1: TypeError: cannot read property 'b' of undefined"
    )


@pytest.mark.parametrize("code", ["while (true) {}", "while (true) console.log('x'.repeat(1000));"])
async def test_an_endless_loop_ends_with_the_time_limit(code: str) -> None:
    assert await failing(code, timeout=0.3) == "the code ran longer than 0.3 s"


@pytest.mark.parametrize(
    "code",
    [
        "const a = [];\nwhile (true) a.push('x'.repeat(100000) + a.length);",
        "return { a: new ArrayBuffer(10 ** 9).byteLength };",
        "let a = 'x';\nwhile (true) a += a;",
    ],
)
async def test_a_memory_bomb_ends(code: str) -> None:
    message = await failing(code, memory=16)
    assert message.endswith(("more than 16 MB of memory", "string too long", "invalid array buffer length"))


async def test_giant_output_is_refused() -> None:
    assert await failing("return { a: 'x'.repeat(17 * 2 ** 20) };") == "the code returned more than 16 MB"


async def test_it_has_no_way_to_the_machine() -> None:
    names = ["require", "process", "std", "os", "fetch", "XMLHttpRequest", "WebSocket", "Worker", "Deno", "__print"]
    code = f"return {{ found: {names!r}.filter(name => typeof globalThis[name] !== 'undefined') }};"
    assert await javascript(code) == [{"found": []}]
    assert "could not load module 'fs'" in await failing("await import('fs');")


async def test_runs_share_nothing() -> None:
    await javascript("globalThis.left = 1; Array.prototype.left = 1;")
    assert await javascript("return { left: typeof left, array: [].left === undefined };") == [
        {"left": "undefined", "array": True}
    ]


async def test_without_quickjs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a8n_code.javascript.find_spec", lambda name: None)
    with pytest.raises(NodeError, match="JavaScript is not installed here") as caught:
        await run(JavaScript, {"code": "return items;"})
    assert caught.value.hint == "pip install quickjs-ng"
