"""JSON as text: JSON."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Item, Multiline, Node, NodeError, Parameters, Result, hint
from a8n_data.paths import MISSING, get, put

_DEEPEST = 200
_LONGEST = 32 * 2**20


class Parse(Parameters):
    """Make data of JSON text."""

    do: Literal["parse"]
    """Which action this is."""
    value: Multiline
    """The text."""


class Write(Parameters):
    """Make JSON text of data."""

    do: Literal["write"]
    """Which action this is."""
    value: Annotated[Any, hint(widget="text")]
    """The data."""
    indent: int = Field(default=0, ge=0, le=8)
    """Spaces for each level; 0 writes everything on one line."""
    sort: bool = False
    """Put the names in objects in order."""


class Pick(Parameters):
    """Take a part of data."""

    do: Literal["pick"]
    """Which action this is."""
    value: Annotated[Any, hint(widget="text")]
    """The data, or JSON text."""
    path: str = Field(min_length=1, max_length=1_000)
    """Where the part is: a dotted name such as `lines.0.price`, or a JSON Pointer (RFC 6901), `/lines/0/price`."""
    default: Annotated[Any, hint(widget="text")] = None
    """What to give where there is no such part."""


class JsonText(Node):
    """Read JSON text, write it, or pick a part of it by its path.

    Reading is strict (RFC 8259): no NaN, no comments, no text after the end, at most 200 levels.
    """

    key = "data.json"
    icon = "braces"
    title = "JSON"
    effect = "pure"
    group = "data"
    subtitle = "{action.do}"
    examples = (
        Example(
            "Read a message",
            {"action": {"do": "parse", "value": {"$": "json.message"}}, "destination": "message"},
            ({"message": '{"id": 7}'},),
            {"main": [{"message": {"id": 7}}]},
        ),
        Example(
            "Pick the first price",
            {"action": {"do": "pick", "value": {"$": "json"}, "path": "/lines/0/price"}, "destination": "price"},
            ({"lines": [{"price": 5}]},),
            {"main": [{"lines": [{"price": 5}], "price": 5}]},
        ),
    )

    action: Annotated[Parse | Write | Pick, Field(discriminator="do")]
    """What to do."""
    destination: str = Field(default="data", min_length=1, max_length=500)
    """Name of the field for the result; dots reach inside."""

    def run(self, ctx: Context) -> Result:
        """Add the result to the item."""
        made = ctx.item.json.copy()
        put(made, self.destination, self._work())
        return Item(made, ctx.item.files)

    def _work(self) -> JSON:
        action = self.action
        if isinstance(action, Parse):
            return parse(action.value, "action.value")
        if isinstance(action, Write):
            return json.dumps(
                action.value,
                ensure_ascii=False,
                indent=action.indent or None,
                sort_keys=action.sort,
                separators=None if action.indent else (",", ":"),
            )
        value = parse(action.value, "action.value") if isinstance(action.value, str) else action.value
        return _picked(value, action)


def parse(text: str, field: str) -> JSON:
    """The data that JSON text stands for. Raises NodeError that says where the text goes wrong."""
    if len(text) > _LONGEST:
        raise NodeError(f"the text is longer than {_LONGEST:,} characters", field=field, retryable=False)
    try:
        value = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise NodeError(f"this is not JSON: {error.msg} at {place}", field=field, retryable=False) from None
    except RecursionError:
        raise NodeError("the JSON is nested too deeply", field=field, retryable=False) from None
    except ValueError as error:
        raise NodeError(f"this is not JSON: {error}", field=field, retryable=False) from None
    check_depth(value, field)
    if "\\u" in text:
        _check_surrogates(value, field)
    return value


def check_depth(value: JSON, field: str) -> None:
    """Raise NodeError for data with more than 200 levels, which other parts of a workflow may not bear."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        if not level:
            return
        entries = (entry for above in level for entry in (above.values() if isinstance(above, dict) else above))
        level = [entry for entry in entries if isinstance(entry, dict | list)]
    raise NodeError(f"the data has more than {_DEEPEST} levels", field=field, retryable=False)


def _check_surrogates(value: JSON, field: str) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise NodeError("the text has half of a surrogate pair in it", field=field, retryable=False) from None


def _refuse(name: str) -> JSON:
    raise ValueError(f"{name} is not allowed")


def _finite(text: str) -> float:
    found = float(text)
    if found in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is too large")
    return found


def _picked(value: JSON, action: Pick) -> JSON:
    if action.path.startswith("/"):
        found = _pointed(value, action.path)
    elif isinstance(value, dict):
        found = get(value, action.path)
    else:
        found = get({"list": value}, f"list.{action.path}")
    return action.default if found is MISSING else found


def _pointed(value: JSON, pointer: str) -> JSON:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and name.isascii() and name.isdecimal() and len(name) < 10:
            value = value[int(name)] if int(name) < len(value) else MISSING
        else:
            return MISSING
    return value
