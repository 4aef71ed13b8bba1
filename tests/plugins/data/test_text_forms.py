"""JSON, XML, HTML and Markdown, from friends and from strangers."""

from __future__ import annotations

from typing import Any

import pytest

from a8n import NodeError
from a8n.testing import objects, run_sync
from a8n_data import ExtractFromHtml, JsonText, Markdown, Xml


def json_of(action: dict[str, Any]) -> Any:
    return objects(run_sync(JsonText, {"action": action, "destination": "r"})["main"])[0]["r"]


def xml_of(action: dict[str, Any]) -> Any:
    return objects(run_sync(Xml, {"action": action, "destination": "r"})["main"])[0]["r"]


def parsed(text: str) -> Any:
    return json_of({"do": "parse", "value": text})


@pytest.mark.parametrize(
    ("text", "value"),
    [("null", None), ("\ufeff[1]", [1]), (' {"é": "🎉"} ', {"é": "🎉"}), ('"\\ud83c\\udf89"', "🎉"), ("1e2", 100.0)],
)
def test_json_is_read(text: str, value: Any) -> None:
    assert parsed(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[1,]", "{'a': 1}", "NaN", "[Infinity]", "1e999", "1 2", "// x\n1", '"\\ud800"', '{"\\udc00": 1}',
        "[" * 300 + "]" * 300, "[" * 100_000, "9" * 10_000, '"\n"',
    ],
)  # fmt: skip
def test_json_that_is_refused(text: str) -> None:
    with pytest.raises(NodeError) as caught:
        parsed(text)
    assert caught.value.field == "action.value"


def test_json_errors_say_where() -> None:
    with pytest.raises(NodeError, match="line 2, column 3"):
        parsed('{"a": 1,\n  b}')


def test_json_is_written() -> None:
    value = {"b": [1, None, True], "a": "é"}
    assert json_of({"do": "write", "value": value}) == '{"b":[1,null,true],"a":"é"}'
    assert json_of({"do": "write", "value": {"b": 1, "a": 2}, "sort": True, "indent": 2}) == '{\n  "a": 2,\n  "b": 1\n}'


DATA = {"lines": [{"price": 5}], "a/b": 1, "m~n": 2, "": 0}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lines.0.price", 5), ("/lines/0/price", 5), ("/a~1b", 1), ("/m~0n", 2), ("/", 0), ("lines.1", "none"),
        ("/lines/-1", "none"), ("/lines/x", "none"), ("/lines/0/price/x", "none"), ("nothing.at.all", "none"),
    ],
)  # fmt: skip
def test_json_is_picked(path: str, expected: Any) -> None:
    assert json_of({"do": "pick", "value": {"$literal": DATA}, "path": path, "default": "none"}) == expected


def test_a_part_of_json_text_or_of_a_list() -> None:
    assert json_of({"do": "pick", "value": '{"a": [1, 2]}', "path": "a.1"}) == 2
    assert json_of({"do": "pick", "value": [[1, 2]], "path": "0.1"}) == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<a><b>1</b><b>2</b></a>", {"a": {"b": ["1", "2"]}}),
        ("<a x='1'>t<c/></a>", {"a": {"@x": "1", "#text": "t", "c": None}}),
        ("\ufeff<?xml version='1.0' encoding='iso-8859-1'?><a>ü🎉&amp;&#233;</a>", {"a": "ü🎉&é"}),
        ("<a><![CDATA[<b>]]></a>", {"a": "<b>"}),
    ],
)
def test_xml_is_read(text: str, value: Any) -> None:
    assert xml_of({"do": "parse", "value": text}) == value


def test_elements_that_are_always_a_list() -> None:
    assert xml_of({"do": "parse", "value": "<a><b>1</b></a>", "lists": ["b"]}) == {"a": {"b": ["1"]}}


def test_names_with_their_namespace() -> None:
    action = {"do": "parse", "value": "<p:a xmlns:p='http://x/'>1</p:a>", "namespaces": True}
    assert xml_of(action) == {"http://x/:a": {"@xmlns": {"p": "http://x/"}, "#text": "1"}}


LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><l>&b;</l>"


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'><a/>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><a/>",
        "<!DOCTYPE html><html/>",
    ],
)
def test_xml_with_a_doctype_is_refused(text: str) -> None:
    with pytest.raises(NodeError, match="DOCTYPE"):
        xml_of({"do": "parse", "value": text})


@pytest.mark.parametrize("text", ["", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&x;</a>", "<a>\0</a>", "<a b=1/>"])
def test_what_is_no_xml(text: str) -> None:
    with pytest.raises(NodeError) as caught:
        xml_of({"do": "parse", "value": text})
    assert caught.value.field == "action.value"


def test_deep_xml_is_refused() -> None:
    with pytest.raises(NodeError, match="more than 100 levels"):
        xml_of({"do": "parse", "value": "<a>" * 50_000 + "</a>" * 50_000})


def test_xml_is_written() -> None:
    value = {"o": {"@id": 7, "l": ["a<", None, True], "t": {"#text": "é"}}}
    action = {"do": "write", "value": value, "declaration": False}
    assert xml_of(action) == '<o id="7"><l>a&lt;</l><l/><l>true</l><t>é</t></o>'


@pytest.mark.parametrize(
    "value",
    [{}, {"a": 1, "b": 2}, [1], "x", None, {"a b": 1}, {"a": {"@x y": 1}}, {"a><b": 1}, {"a": "\0"}, {"a": "\x01"}],
)
def test_what_cannot_be_written_as_xml(value: Any) -> None:
    with pytest.raises(NodeError) as caught:
        xml_of({"do": "write", "value": {"$literal": value}})
    assert caught.value.field == "action.value"


PAGE = """<html><body><h1> News   &amp;
 more </h1><a href="/1" class="x">One</a><a>Two</a><div id=d><b>é</b> 🎉</div><br></body></html>"""


def taken(page: str = PAGE, **row: Any) -> Any:
    params = {"html": page, "fields": [{"name": "r", **row}], "mode": "only"}
    return objects(run_sync(ExtractFromHtml, params)["main"])[0]["r"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"selector": "h1"}, "News & more"),
        ({"selector": "a", "all": True}, ["One", "Two"]),
        ({"selector": "a", "take": "attribute", "attribute": "href", "all": True}, ["/1", None]),
        ({"selector": "#d", "take": "html"}, '<div id="d"><b>é</b> 🎉</div>'),
        ({"selector": "#d", "take": "inner_html"}, "<b>é</b> 🎉"),
        ({"selector": "h7"}, None),
        ({"selector": "h7", "all": True}, []),
        ({"selector": "body > a.x:first-of-type"}, "One"),
        ({"selector": "div:has(b)"}, "é 🎉"),
    ],
)
def test_parts_of_a_page(row: dict[str, Any], expected: Any) -> None:
    assert taken(**row) == expected


@pytest.mark.parametrize("page", ["", "no tags", "<", "<a", "</div></div>", "<div>" * 1_000, "\0<h1>x</h1>"])
def test_broken_pages_are_read_as_browsers_do(page: str) -> None:
    assert taken(page, selector="h1") in (None, "x")


@pytest.mark.parametrize("selector", ["a[", "::", "a:foo", ">>", "div:has(a:has(b))"])
def test_a_broken_selector_is_named(selector: str) -> None:
    with pytest.raises(NodeError, match="no selector") as caught:
        taken(selector=selector)
    assert caught.value.field == "fields.0.selector"


def test_an_attribute_has_to_be_named() -> None:
    with pytest.raises(NodeError, match="which attribute"):
        taken(selector="a", take="attribute")


@pytest.mark.parametrize("page", ["<div>" * 300_000, "<div></span>" * 300_000, "<font><b>" * 5_000])
def test_pages_that_would_take_minutes_are_refused(page: str) -> None:
    with pytest.raises(NodeError, match="inside each other"):
        taken(page, selector="p")


def test_slow_selectors_are_for_small_pages() -> None:
    with pytest.raises(NodeError, match="too many"):
        taken("<i></i>" * 20_000, selector="i:nth-last-child(3)")


def html_of(text: str, **params: Any) -> str:
    return str(objects(run_sync(Markdown, {"text": text, **params})["main"])[0]["html"])


def test_markdown() -> None:
    assert html_of("# é\n~~a~~ **b**") == "<h1>é</h1>\n<p><s>a</s> <strong>b</strong></p>\n"
    assert "<td>1</td>" in html_of("|a|\n|-|\n|1|")
    assert html_of("a\nb", line_breaks=True) == "<p>a<br />\nb</p>\n"
    assert html_of("") == ""


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "![a](data:text/html,x)",
     "[a](JaVaScRiPt:alert(1))", "<a href='vbscript:x'>a</a>", "[a](java&#115;cript:alert(1))"],
)  # fmt: skip
def test_a_strangers_markdown_holds_no_script(text: str) -> None:
    made = html_of(text)
    assert "<script" not in made
    assert "<img" not in made
    assert "href" not in made.replace("&lt;a href", "")


def test_raw_html_has_to_be_asked_for() -> None:
    assert html_of("<b>x</b>", raw_html=True) == "<p><b>x</b></p>\n"


def test_very_long_markdown_is_refused() -> None:
    with pytest.raises(NodeError, match="longer than"):
        html_of("a" * 500_001)
