"""Portable Python: what it gets and gives, how errors name the line, and the limits."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from tests.plugins.code import authors

from a8n import FileRef, Item, NodeError
from a8n.testing import InvalidError, run
from a8n_code import Python


def portable(code: str, **params: Any) -> dict[str, Any]:
    return {"runs_in": {"kind": "portable"}, "code": code, **params}


async def python(code: str, *items: Any, **params: Any) -> list[Any]:
    return await authors.given(Python, portable(code, **params), *items)


async def failing(code: str, *items: Any, **params: Any) -> str:
    return str(await authors.failing(Python, portable(code, **params), *items))


async def test_it_gets_all_items_and_gives_new_ones() -> None:
    code = "return [{'n': item['n'] * 2} for item in items if item['n'] > 1]"
    assert await python(code, {"n": 1}, {"n": 2}, {"n": 3}) == [{"n": 4}, {"n": 6}]


async def test_one_object_is_one_item_and_nothing_is_none() -> None:
    assert await python("return {'count': len(items)}", {}, {}) == [{"count": 2}]
    assert await python("items[0]['a'] = 1", {}) == []
    assert await python("# nothing") == []


async def test_for_each_item_it_is_called_once() -> None:
    code = "if item['n'] == 2:\n    return None\nif item['n'] == 3:\n    return [item, item]\nreturn {'at': index}"
    assert await python(code, {"n": 1}, {"n": 2}, {"n": 3}, mode="each") == [{"at": 0}, {"n": 3}, {"n": 3}]


async def test_an_item_that_is_changed_keeps_its_files_and_lineage() -> None:
    file = FileRef(hash="a" * 64)
    items = [Item({"n": 1}), Item({"n": 2}, {"photo": file})]
    (_, second) = (await run(Python, portable("return {**item, 'm': 1}", mode="each"), items))["main"]
    assert second == Item({"n": 2, "m": 1}, {"photo": file})
    assert second.source == 1


async def test_the_variables_of_the_project_are_there() -> None:
    made = await run(Python, portable("return {'at': vars['shop']['city']}"), vars={"shop": {"city": "Bonn"}})
    assert made["main"][0].json == {"at": "Bonn"}


async def test_the_items_that_came_in_stay_as_they_were() -> None:
    given = Item({"list": [1]})
    await run(Python, portable("items[0]['list'].append(2)\nreturn items"), [given])
    assert given == Item({"list": [1]})


async def test_text_of_several_lines_stays_as_it_is() -> None:
    code = 'text = """one\n  two\nthree"""\nname = "x"\nreturn {"text": text, "more": f"""{name}\nb"""}'
    assert await python(code) == [{"text": "one\n  two\nthree", "more": "x\nb"}]


async def test_dates_and_tuples_become_json() -> None:
    code = "import datetime\nreturn {'day': datetime.date(2026, 1, 2), 'pair': (1, 2.5)}"
    assert await python(code) == [{"day": "2026-01-02", "pair": [1, 2.5]}]


async def test_what_it_prints_is_shown_also_where_it_fails() -> None:
    assert await authors.log_of(Python, portable("print('a', 1)\nprint('b', end='')")) == ["a 1", "b"]
    assert await authors.log_of(Python, portable("print('before')\nraise ValueError('no')")) == ["before"]
    many = await authors.log_of(Python, portable("for i in range(1000):\n    print(i)"))
    assert (len(many), many[-1]) == (200, "… and 801 more lines")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\n\nreturn x / 0", "line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    raise ValueError('no')\n\nf()", "line 2: ValueError: no"),
        ("return items[0]['name']", "line 1: KeyError: name"),
        ("return {'a': {1, 2}}", "the result.a is of type set, which is no JSON"),
        ("return {'a': float('nan')}", "the result.a is nan, which JSON does not have"),
        ("return {'a': 2 ** 80}", "the result.a is an integer beyond 64 bits: return it as text"),
        ("return {1: 2}", "the result has the key '1': keys are text"),
        ("return 5", "the code returned a number"),
        ("return [{}, 'x']", "the code returned a list that holds text at [1]"),
        ("class A:\n    pass\nreturn {'a': A()}", "the result.a is of type MontyClassProxy, which is no JSON"),
    ],
)
async def test_errors_name_the_line_or_the_place(code: str, message: str) -> None:
    assert (await failing(code)).replace("'name'", "name") == message


async def test_a_syntax_error_names_its_line() -> None:
    assert (await failing("x = 1\ny = = 2\nreturn y")).startswith("line 2: SyntaxError: ")
    assert (await failing("x = (\nreturn 1")).startswith("line 2: SyntaxError: ")
    assert "SyntaxError: " in await failing("text = '''never ends")


async def test_an_error_names_the_item() -> None:
    assert await failing("return {'x': 1 / item['n']}", {"n": 1}, {"n": 0}, mode="each") == (
        "item 2, line 1: ZeroDivisionError: division by zero"
    )
    assert await failing("return 5", {"n": 1}, mode="each") == "the code returned a number for item 1"


async def test_an_endless_loop_ends_with_the_time_limit() -> None:
    assert await failing("while True:\n    pass", timeout=0.3) == "the code ran longer than 0.3 s"
    assert await failing("import time\ntime.sleep(60)\nreturn 1", timeout=0.3) == "the code ran longer than 0.3 s"
    assert await failing("while True:\n    print('x' * 10000)", timeout=0.3) == "the code ran longer than 0.3 s"


@pytest.mark.parametrize("code", ["return 'a' * 10 ** 9", "x = []\nwhile True:\n    x.append('a' * 100000)"])
async def test_a_memory_bomb_ends_with_the_memory_limit(code: str) -> None:
    assert "the code needs more than 16 MB of memory" in await failing(code, memory=16)


@pytest.mark.parametrize(
    "code",
    [
        "return {'x': open('/etc/passwd').read()}",
        "import os\nreturn {'x': os.environ['PATH']}",
        "import socket\nreturn {}",
        "import subprocess\nreturn {}",
        "from pathlib import Path\nreturn {'x': Path('/etc/passwd').read_text()}",
    ],
)
async def test_it_has_no_way_to_the_machine(code: str) -> None:
    assert (await failing(code)).startswith("line ")


async def test_which_python_runs_it_is_the_authors_choice() -> None:
    with pytest.raises(InvalidError, match="runs_in"):
        await run(Python, {"code": "return items"})


@pytest.mark.parametrize(
    "params", [{"timeout": 0}, {"timeout": 301}, {"memory": 15}, {"memory": 4096}, {"code": ""}, {"mode": "some"}]
)
async def test_limits_have_limits(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match=next(iter(params))):
        await run(Python, portable("return 1") | params)


async def test_without_monty_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    with pytest.raises(NodeError, match="portable Python is not installed here") as caught:
        await run(Python, portable("return items"))
    assert (caught.value.field, caught.value.hint) == ("runs_in", "pip install pydantic-monty")
