"""Whatever an editor writes ends soon, in bounded memory, and never outside of JSON.

The expressions run one after the other in a child process with hard limits on memory and processor time. A limit that
is hit there is a failure: every expression must be refused by our own checks before that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a8n.expressions import ExpressionError, compile_expression

pytest.importorskip("resource")

ATTRIBUTES = [
    "json.__class__",
    "''.__class__.__mro__[1].__subclasses__()",
    "json['__class__']",
    "[].__len__()",
    "json.get.__self__",
    "'a'.upper.__func__",
    "json.items.__globals__",
    "node.__globals__",
    "node.__self__.lookup('live')",
    "node('x').__init__.__globals__",
    "node('x').secret",
    "node('x').json_",
    "node",
    "live",
    "live.real",
    "[live]",
    "live | string",
    "live | to_json",
    "live()",
    "range.__class__",
    "range",
    "now.tzinfo",
    "now.strftime('%Y')",
    "now.__reduce__()",
    "(json | map('upper')).gi_frame",
    "(1).real",
    "1.5.hex()",
    "'a'.encode()",
    "'a'.join(['b'])",
    "'%s'.format",
    "'{0.__class__}'.format(json)",
    "'{:1000000000d}'.format(1)",
    "'{a}'.format_map(json)",
    "'%1000000000d' % 1",
    "json.update({'a': 1})",
    "json.pop('text')",
    "json.list.append(1)",
    "json.list.sort()",
    "json.list | attr('append')",
    "[json] | map(attribute='__class__')",
    "[json] | sort(attribute='__class__')",
    "{} | get('__class__') | upper",
    "self",
    "self._TemplateReference__context",
    "loop",
    "varargs",
    "kwargs",
    "caller()",
    "super()",
    "_result",
    "_",
    "environment",
    "context.vars",
    "missing",
    "t_1",
    "l_0_json",
    "undefined()",
    "lipsum(100)",
    "cycler(1)",
    "joiner()",
    "namespace()",
    "dict()",
    "url_for('x')",
    "json | compare('eq', 1)",
    "upper(*[1])",
    "'a' | upper(**{})",
    "range(1)(2)",
    "{1: 2}",
    "'\\ud800'",
    "['\\udfff']",
    "{{ 1 }}",
    "{% for x in [1] %}{% endfor %}",
    "# comment",
    "import os",
    "lambda: 1",
    "[x for x in [1]]",
    "(x := 1)",
]
OF_JINJA = [
    *("attr", "batch", "center", "filesizeformat", "forceescape", "format", "groupby", "indent", "pprint"),
    *("random", "safe", "urlize", "wordcount", "wordwrap", "xmlattr"),
]
NOT_OURS = [f"'a' | {name}" for name in OF_JINJA]
SIZE = [
    "'a' * 10**9",
    "10**9 * 'a'",
    "json.text * 2",
    "json.text ~ json.text",
    "json.text + json.text",
    "[0] * 10",
    "10 ** 10 ** 1000",
    "2 ** 5000",
    "2 ** -1000000000",
    "10 ** 400 * 1.5",
    "(2 ** 4000) * (2 ** 4000)",
    "(-8) ** 0.5",
    "1 / 0",
    "1 % 0",
    "0 ** -1",
    "1e308 * 10",
    "1e999",
    "9" * 5000,
    "0x" + "f" * 2000,
    "('9' * 5000) | int",
    "('9' * 399) | int ** 100",
    "range(10**9)",
    "range(10**9) | list",
    "range(0, -10**12, -1)",
    "range(1, 5, 0)",
    "'a' | pad_left(10**9)",
    "'a' | pad_right(10**9)",
    "'a' | repeat(10**9)",
    "'a' | repeat(10**30)",
    "json.text | replace('a', 'bbbb')",
    "json.text | replace('', 'bbbb')",
    "json.text | replace('a', '<') | escape",
    "json.text | split('a') | join('bb')",
    "json.text | list | join('bb')",
    "range(10000) | join('a' * 1000)",
    "json.text | replace('a', '/') | quote",
    "(json.text | upper) ~ (json.text | lower)",
    "[json.text | upper, json.text | lower, json.text | title] | join | length",
    "1 | format_number(10**9)",
    "1 | percent(400)",
    "{'a': 1} | to_json(10**9) | length + 'x'",
    "now | date_format('%1000000000d')",
    "now | date_format('%-100000Y')",
    "now | date_format('%Y' * 1000)",
    "now | add(days=10**12)",
    "now | add(years=10**9)",
    "now | add(days=1e300)",
    "duration(days=10**15)",
    "10**300 | from_timestamp",
    "json.text | to_datetime",
    "'1' * 60 | to_datetime",
    "json.text | from_json",
    "('[' * 100000) | from_json",
    "json.text | regex_replace('a', 'bbbb')",
    "json.text | regex_replace('.*', '\\\\0' * 100)",
    "'a' | regex_match('a{1000}{1000}')",
    "'a' | regex_match('((a{100}){100}){100}')",
    "'a' | regex_match('a' * 2000)",
]
# Ten thousand empty texts, and then ten thousand times whatever a filter puts in their place.
MANY = "(('a' * 9999) | split('a'))"
WORK = [
    f"{MANY} | map('default', range(10000) | list, true) | flatten",
    f"{MANY} | map('default', json.list, true) | to_json | length",
    f"{MANY} | map('default', json.list, true) | map('sum') | sum",
    f"{MANY} | map('default', {MANY} | map('default', json.list, true), true)",
    f"{MANY} | map('default', {MANY} | map('default', json.list, true), true) | flatten | flatten | length",
    " == ".join([f"({MANY} | map('default', range(10000) | list, true))"] * 2),
    f"{MANY} | map('default', json.text, true) | unique | length",
    f"{MANY} | map('default', json.text, true) | sort | length",
    f"{MANY} | map('default', json.text, true) | group_by('length')",
    f"{MANY} | map('default', json.text, true) | join | length",
    f"{MANY} | map('default', json.text, true)",
    f"(json.text ~ '') in ({MANY} | map('default', json.text, true))",
    f"json.list in ({MANY} | map('default', json.list, true))",
    f"{MANY} | map('default', json.list, true) | index_of([1])",
    f"{MANY} | map('default', '5 March 2026', true) | map('to_datetime')",
    f"{MANY} | map('default', now, true)" + " | map('add', 1) | map('subtract', 1)" * 3,
    f"{MANY} | map('default', '\\u0315\\u0300\\u05ae' * 400, true) | map('slug')",
    f"{MANY} | map('default', '2026', true) | map('to_datetime', '%Y')" + " | map('date_format')" * 20,
    "json.list | map('string') | map('pad_left', 10000) | list",
    "json.list | map('pad_left', 1000) | join",
    "json.list | map('sha512')" + " | map('sha512')" * 40,
    "json.list | map('string')" + " | map('upper')" * 40,
    "json.list | map('map', 'map', 'map')",
    "json.list | pluck('" + "a." * 30 + "a')",
    "json.text | regex_find_all('(?s)a.*z|a') | length",
    "json.text | regex_find_all('.*?.*?.*?x|a') | length",
    "json.text | regex_split('') | length",
    "('<' * 1000000)" + " | strip_tags" * 8,
    "('a ' * 500000)" + " | title" * 8,
    "[" + ", ".join(["json.list[0:]"] * 120) + "]",
    "[" + ", ".join(["json.text[1:]"] * 120) + "]",
    " + ".join(["json.list"] * 60),
]
DEPTH = [
    "(" * 4000,
    "(" * 300 + "1" + ")" * 300,
    "[" * 4000,
    "[" * 200 + "]" * 200,
    '{"a":' * 1000,
    "-" * 8000 + "1",
    "- " * 100 + "1",
    "not " * 2000 + "1",
    "1" + "+1" * 4000,
    "1" + "**1" * 2500,
    "1" + "<1" * 4000,
    "1" + "~1" * 4000,
    "1" + "|int" * 2000,
    "1" + "|d" * 100,
    "json" + ".a" * 4000,
    "1 + json" + ".a" * 4000,
    "json" + "[0]" * 2500,
    "json" + "()" * 4000,
    "1 if 1 else " * 600 + "1",
    "1 and " * 1300 + "1",
    "1 is even is " * 500 + "even",
    "[" + "1," * 4000 + "1]",
    "'a' " * 2000 + "+",
    "a" * 10_000,
    '"' * 8001,
    "'" + "\\" * 8000,
    "[" + "[" * 90 + "1" + "]" * 90 + "]",
    "{" * 8000,
    "{{" * 4000,
    "1" + " if x" * 1500,
]
HOSTILE = [*ATTRIBUTES, *NOT_OURS, *SIZE, *WORK, *DEPTH]

CHILD = """
import json, resource, sys
from datetime import UTC, datetime
from a8n.expressions import ExpressionError, compile_expression, exposed
for warm in ("1 | upper", "'a' | regex_match('a')", "'1 May 2020' | to_datetime"):
    try: compile_expression(warm)
    except ExpressionError: pass

@exposed("json")
class View:
    json = {}
    secret = 1

@exposed
def node(name):
    return View()

class Scope:
    json = {"text": "a" * 1_000_000, "list": list(range(10_000))}
    def lookup(self, name):
        return {"node": node, "live": Scope, "now": datetime.now(UTC)}[name]

pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 400_000_000,) * 2)
scope = Scope()
for source in json.load(sys.stdin):
    # Processor time is limited anew for each: what is used so far, and five seconds.
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 6, resource.RLIM_INFINITY))
    try:
        value = compile_expression(source).evaluate(scope)
        answer = ["value", repr(value)[:80]]
    except ExpressionError as error:
        answer = ["refused", error.message]
    except BaseException as error:
        answer = ["escaped", repr(error)[:80]]
    answer.append(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - used)
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD], input=json.dumps(HOSTILE), capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(HOSTILE, lines, strict=False)) | {"": ["stderr", done.stderr[-2000:]]}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc for the limit on memory")
@pytest.mark.parametrize("source", HOSTILE, ids=[source[:60] for source in HOSTILE])
def test_hostile(answers: dict[str, list[str]], source: str) -> None:
    assert source in answers, f"the child died before or at this one: {answers['']}"
    kind, message, *_ = answers[source]
    assert kind == "refused", message
    assert "not enough memory" not in message


def test_nothing_is_computed_when_compiling() -> None:
    assert compile_expression("'a' * 10**9").source
    assert compile_expression("1 / 0").source
    assert compile_expression("'a' | repeat(10**9)").source


TOKENS = [
    *("json", "json.a", ".a", "[0]", "node('N')", "(", ")", "[", "]", "{", "}", "{{", "}}", "{%", "%}", ",", ":", "|"),
    *("+", "-", "*", "**", "//", "%", "~", "==", "<", "in", "is", "not", "and", "if", "else", "upper", "map"),
    *("range", "1", "0", "1e999", "'a'", '"', "'", "null", "self", "_x", " ", "\n", "\r\n", "\\", "\x00"),
    *("\ud800", "ü", "#"),
]


@given(source=st.lists(st.sampled_from(TOKENS), max_size=12).map(" ".join) | st.text(max_size=30))
@settings(max_examples=1_000, deadline=None)
@pytest.mark.parametrize("template", [False, True])
def test_nothing_but_expression_errors(scope_of: Callable[[Any], Any], source: str, template: bool) -> None:
    text = f"a {{{{ {source} }}}}" if template else source
    failure = None
    try:
        value = compile_expression(text, template=template).evaluate(scope_of({"a": [1, {"a": "x"}]}))
        json.dumps(value, allow_nan=False).encode()
    except ExpressionError as error:
        failure = error
    if failure is not None:
        assert failure.source == text
        assert failure.position is None or 0 <= failure.position <= len(text)
