"""XML as data and back: XML."""

from __future__ import annotations

import io
from typing import Annotated, Any, Literal

from a8n import JSON, Context, Example, Field, Item, Multiline, Node, NodeError, Parameters, Result, hint
from a8n_data.paths import put

_LONGEST = 16 * 2**20
_DEEPEST = 100
_MOST = 1_000_000


class Parse(Parameters):
    """Make data of XML."""

    do: Literal["parse"]
    """Which action this is."""
    value: Multiline
    """The XML."""
    lists: list[str] = Field(default_factory=lambda: [], max_length=100)
    """Names of elements that always become a list, also where there is only one."""
    namespaces: Annotated[bool, hint(advanced=True)] = False
    """Write names with the address of their namespace, `http://…:name`, instead of with their prefix."""


class Write(Parameters):
    """Make XML of data."""

    do: Literal["write"]
    """Which action this is."""
    value: Annotated[Any, hint(widget="text")]
    """An object. `@name` becomes an attribute, `#text` the text, a list several elements."""
    root: str = Field(default="", max_length=200)
    """Name of the element around everything; empty where the object has one key, which then is the root."""
    pretty: bool = False
    """Put each element on a line of its own."""
    declaration: bool = True
    """Begin with `<?xml version="1.0" encoding="utf-8"?>`."""


class Xml(Node):
    """Make data of XML, or XML of data.

    Elements become objects, attributes `@name`, text beside them `#text`, repeated elements lists, empty elements
    null. All values are text. Documents with a DOCTYPE are refused, and with it every entity and outside reference.
    """

    key = "data.xml"
    icon = "file-code"
    title = "XML"
    effect = "pure"
    group = "data"
    subtitle = "{action.do}"
    examples = (
        Example(
            "Read a feed",
            {"action": {"do": "parse", "value": {"$": "json.body"}}, "destination": "feed"},
            ({"body": '<rss version="2"><item>One</item><item>Two</item></rss>'},),
            {
                "main": [
                    {
                        "body": '<rss version="2"><item>One</item><item>Two</item></rss>',
                        "feed": {"rss": {"@version": "2", "item": ["One", "Two"]}},
                    }
                ]
            },
        ),
        Example(
            "Write an order",
            {
                "action": {"do": "write", "value": {"$": "json"}, "root": "order", "declaration": False},
                "destination": "xml",
            },
            ({"@id": 7, "line": ["a", "b"]},),
            {
                "main": [
                    {
                        "@id": 7,
                        "line": ["a", "b"],
                        "xml": '<order id="7"><line>a</line><line>b</line></order>',
                    }
                ]
            },
        ),
    )

    action: Annotated[Parse | Write, Field(discriminator="do")]
    """What to do."""
    destination: str = Field(default="data", min_length=1, max_length=500)
    """Name of the field for the result; dots reach inside."""

    def run(self, ctx: Context) -> Result:
        """Add the result to the item."""
        result = _parsed(self.action) if isinstance(self.action, Parse) else _written(self.action)
        made = ctx.item.json.copy()
        put(made, self.destination, result)
        return Item(made, ctx.item.files)


def _parsed(action: Parse) -> JSON:
    from xml.parsers.expat import ExpatError  # only the name of the error

    import xmltodict

    text = action.value.strip().removeprefix("\ufeff")
    _checked(text)
    try:
        return xmltodict.parse(
            text.encode(),
            encoding="utf-8",
            disable_entities=True,
            process_namespaces=action.namespaces,
            force_list=tuple(action.lists) or None,
        )
    except (ExpatError, ValueError) as error:
        raise _unfit(f"this is not XML: {error}") from None


def _checked(text: str) -> None:
    """Refuse what is no XML, has a DOCTYPE, or is too large or too deep. The tree is thrown away as it grows."""
    from xml.etree.ElementTree import ParseError  # only the name of the error

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import XMLParser, iterparse

    if len(text) > _LONGEST:
        raise _unfit(f"the XML is longer than {_LONGEST:,} characters")
    depth = count = 0
    try:
        parser = XMLParser(encoding="utf-8", forbid_dtd=True)
        for event, element in iterparse(io.BytesIO(text.encode()), events=("start", "end"), parser=parser):
            if event == "end":
                depth -= 1
                element.clear()
                continue
            depth, count = depth + 1, count + 1
            if depth > _DEEPEST or count > _MOST:
                raise _unfit(f"the XML has more than {_DEEPEST} levels or {_MOST:,} elements")
    except DefusedXmlException:
        raise _unfit("the XML has a DOCTYPE, which is not allowed") from None
    except ParseError as error:
        raise _unfit(f"this is not XML: {error}") from None
    except UnicodeEncodeError:
        raise _unfit("the text has half of a surrogate pair in it") from None


def _written(action: Write) -> str:
    import xmltodict

    value = action.value
    if action.root:
        value = {action.root: value}
    if not isinstance(value, dict):
        raise _unfit("the value is no object; name a root element for it")
    try:
        text = xmltodict.unparse(
            value, full_document=action.declaration, pretty=action.pretty, short_empty_elements=True
        )
        _checked(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise _unfit(f"this cannot be written as XML: {error}") from None
    return str(text)


def _unfit(message: str) -> NodeError:
    return NodeError(message, field="action.value", retryable=False)
