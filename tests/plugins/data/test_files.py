"""Archives and files: there and back, and what strangers put into them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import openpyxl
import pytest

from a8n import Item, NodeError
from a8n.testing import MemoryFiles, Services, objects, run
from a8n_data import Compression, ReadFile, WriteFile


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()


async def read(files: MemoryFiles, data: bytes, format: dict[str, Any], **params: Any) -> list[Any]:
    item = Item({"from": "item"}, {"file": files.add(data)})
    outputs = await run(ReadFile, {"format": format, **params}, [item], services=Services(files=files))
    return objects(outputs["main"])


async def write(files: MemoryFiles, items: list[Any], format: dict[str, Any], **params: Any) -> bytes:
    outputs = await run(WriteFile, {"format": format, **params}, items, services=Services(files=files))
    refs = outputs["main"][0].files
    assert refs is not None
    return files.blobs[refs["file"].hash]


async def pack(files: MemoryFiles, action: dict[str, Any], refs: dict[str, Any], **params: Any) -> Item:
    item = Item({"n": 1}, refs)
    outputs = await run(Compression, {"action": action, **params}, [item], services=Services(files=files))
    return outputs["main"][0]


# --- CSV -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b"a,b\n1,2\n", {}, [{"a": "1", "b": "2"}]),
        (b"a;b\r\n1,5;x\r\n2,5;y", {}, [{"a": "1,5", "b": "x"}, {"a": "2,5", "b": "y"}]),
        (b"a\tb\n1\t2", {}, [{"a": "1", "b": "2"}]),
        (b"a|b\n1|2", {}, [{"a": "1", "b": "2"}]),
        (b'a,b\n"x,\ny","""q"""\n', {}, [{"a": "x,\ny", "b": '"q"'}]),
        ("\ufeffé,b\n🎉,2".encode(), {}, [{"é": "🎉", "b": "2"}]),
        ("ä;b\nö;2".encode("utf-16"), {}, [{"ä": "ö", "b": "2"}]),
        ("ä;b\nö;2".encode("windows-1252"), {}, [{"ä": "ö", "b": "2"}]),
        ("名\n日本".encode("shift_jis"), {"encoding": "shift_jis"}, [{"名": "日本"}]),
        (b"a,a,,b\n1,2,3\n1,2,3,4,5", {}, [
            {"a": "1", "a_2": "2", "column_3": "3", "b": ""},
            {"a": "1", "a_2": "2", "column_3": "3", "b": "4", "column_5": "5"},
        ]),
        (b"1,2\n3,4", {"header": False}, [{"column_1": "1", "column_2": "2"}, {"column_1": "3", "column_2": "4"}]),
        (b"title\n\na,b\n\n1,2\n,\n", {"skip": 1}, [{"a": "1", "b": "2"}]),
        (b"a,b,c,d\n7,1.5,007,x", {"numbers": True}, [{"a": 7, "b": 1.5, "c": "007", "d": "x"}]),
        (b"", {}, []), (b"\n\n", {}, []), (b"a,b\n", {}, []), (b"single\nvalue", {}, [{"single": "value"}]),
    ],
)  # fmt: skip
async def test_csv_is_read(files: MemoryFiles, data: bytes, options: dict[str, Any], expected: list[Any]) -> None:
    assert await read(files, data, {"of": "csv", **options}) == expected


async def test_long_cells_are_read(files: MemoryFiles) -> None:
    assert await read(files, b"a\n" + b"x" * 500_000, {"of": "csv"}) == [{"a": "x" * 500_000}]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (b"a\0b\n", {}, "NUL"),
        (b"\xff\xfe\xff", {}, "not in utf-16"),
        (b"\xe9", {"encoding": "utf-8"}, "not in utf-8: byte 1"),
        (b"a" + b",a" * 6_000 + b"\n" + b"1" + b",1" * 6_000, {"header": False}, "columns"),
    ],
)
async def test_csv_that_is_refused(files: MemoryFiles, data: bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(NodeError, match=message):
        await read(files, data, {"of": "csv", **options})


async def test_a_table_with_too_many_rows(files: MemoryFiles) -> None:
    with pytest.raises(NodeError, match="more than 10 rows") as caught:
        await read(files, b"a\n" + b"1\n" * 11, {"of": "csv"}, most=10)
    assert caught.value.field == "most"


async def test_fields_of_the_item_can_come_along(files: MemoryFiles) -> None:
    assert await read(files, b"a\n1", {"of": "csv"}, include="fields") == [{"from": "item", "a": "1"}]


TABLE = [{"a": "x,y", "n": 1.5}, {"a": None, "o": {"k": [1]}}, {"a": "é\n🎉", "n": True}]


async def test_csv_is_written(files: MemoryFiles) -> None:
    data = await write(files, TABLE, {"of": "csv"})
    assert data.decode() == 'a,n,o\r\n"x,y",1.5,\r\n,,"{""k"":[1]}"\r\n"é\n🎉",true,\r\n'


async def test_csv_in_the_shape_that_is_asked_for(files: MemoryFiles) -> None:
    options = {"columns": ["n", "none"], "delimiter": "semicolon", "mark": True, "header": False}
    assert await write(files, TABLE[:1], {"of": "csv", **options}) == b"\xef\xbb\xbf1.5;\r\n"


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|x", "\t=1", "\r=1"])
async def test_formulas_of_strangers_become_text(files: MemoryFiles, cell: str) -> None:
    assert await read(files, await write(files, [{"a": cell}], {"of": "csv"}), {"of": "csv"}) == [{"a": f"'{cell}"}]
    unsafe = await write(files, [{"a": cell}], {"of": "csv", "safe": False})
    assert await read(files, unsafe, {"of": "csv"}) == [{"a": cell}]


@pytest.mark.parametrize("cell", ["-5", "+49 (170) 123-45", "-1.5", "a=b", "'", "-"])
async def test_numbers_and_phone_numbers_stay(files: MemoryFiles, cell: str) -> None:
    assert await read(files, await write(files, [{"a": cell}], {"of": "csv"}), {"of": "csv"}) == [{"a": cell}]


async def test_a_character_that_the_encoding_does_not_have(files: MemoryFiles) -> None:
    with pytest.raises(NodeError, match=r"windows-1252 has no '🎉' \(U\+1F389\)") as caught:
        await write(files, TABLE, {"of": "csv", "encoding": "windows-1252"})
    assert caught.value.field == "format.encoding"


async def test_ten_thousand_rows_there_and_back(files: MemoryFiles) -> None:
    items = [{"n": n, "text": f"row {n}"} for n in range(10_000)]
    data = await write(files, items, {"of": "csv"})
    assert await read(files, data, {"of": "csv", "numbers": True}) == items


# --- XLSX ----------------------------------------------------------------------------------------------------


async def test_a_workbook_there_and_back(files: MemoryFiles) -> None:
    data = await write(files, TABLE, {"of": "xlsx", "sheet": "A/B"})
    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["A_B"]
    assert await read(files, data, {"of": "xlsx"}) == [
        {"a": "x,y", "n": 1.5, "o": None},
        {"a": None, "n": None, "o": '{"k":[1]}'},
        {"a": "é\n🎉", "n": True, "o": None},
    ]


async def test_text_is_never_a_formula_in_a_workbook(files: MemoryFiles) -> None:
    data = await write(files, [{"a": "=1+1", "n": 10**17}], {"of": "xlsx"})
    row = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0][2]
    assert [(cell.value, cell.data_type) for cell in row] == [("=1+1", "s"), (str(10**17), "s")]


async def test_control_characters_do_not_break_a_workbook(files: MemoryFiles) -> None:
    data = await write(files, [{"a": "x\x00\x0by"}], {"of": "xlsx"})
    assert await read(files, data, {"of": "xlsx"}) == [{"a": "xy"}]


def workbook() -> bytes:
    from datetime import date, datetime, time

    book = openpyxl.Workbook()
    book.worksheets[0].append(["first"])
    page = book.create_sheet("Zwei")
    page.append(["when", "day", "at", "sum"])
    page.append([datetime(2026, 1, 31, 12), date(2026, 1, 31), time(8, 30), "=1+1"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


async def test_dates_are_iso_and_sheets_have_names(files: MemoryFiles) -> None:
    assert await read(files, workbook(), {"of": "xlsx", "sheet": "Zwei"}) == [
        {"when": "2026-01-31T12:00:00", "day": "2026-01-31T00:00:00", "at": "08:30:00", "sum": None}
    ]
    with pytest.raises(NodeError, match="no sheet 'Drei'; there are Sheet, Zwei") as caught:
        await read(files, workbook(), {"of": "xlsx", "sheet": "Drei"})
    assert caught.value.field == "format.sheet"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"not a workbook", zipped({"a": b"x"}), workbook()[:-50]])
async def test_what_is_no_workbook(files: MemoryFiles, data: bytes) -> None:
    with pytest.raises(NodeError, match="workbook") as caught:
        await read(files, data, {"of": "xlsx"})
    assert caught.value.field == "file"


async def test_a_workbook_that_is_a_bomb(files: MemoryFiles) -> None:
    bomb = zipped({"xl/worksheets/sheet1.xml": b" " * 50_000_000})
    with pytest.raises(NodeError, match="unpacks to too much"):
        await read(files, bomb, {"of": "xlsx"})


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
async def test_a_workbook_with_entities(files: MemoryFiles, part: str) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[part] = b"<!DOCTYPE s [<!ENTITY a 'ha'>]>" + members[part].replace(b"first", b"&a;")
    with pytest.raises(NodeError, match=r"can(not)? be read") as caught:
        await read(files, zipped(members), {"of": "xlsx"})
    assert caught.value.field == "file"


# --- JSON and text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b'[{"a": 1}, 2, null]', {}, [{"a": 1}, {"value": 2}, {"value": None}]),
        (b'{"a": 1}', {}, [{"a": 1}]), (b'"x"', {}, [{"value": "x"}]), (b"[]", {}, []),
        (b'{"d": {"rows": [{"a": 1}]}}', {"path": "d.rows"}, [{"a": 1}]),
        (b'{"a": 1}\n\n{"a": 2}\r\n', {"lines": True}, [{"a": 1}, {"a": 2}]),
        ('["é"]'.encode("utf-16"), {}, [{"value": "é"}]),
    ],
)  # fmt: skip
async def test_json_files_are_read(files: MemoryFiles, data: bytes, options: dict[str, Any], expected: Any) -> None:
    assert await read(files, data, {"of": "json", **options}) == expected


@pytest.mark.parametrize(
    ("data", "options", "field"),
    [
        (b"", {}, "file"),
        (b"[NaN]", {}, "file"),
        (b"[1]", {"path": "a"}, "format.path"),
        (b"{}\nx", {"lines": True}, "file"),
    ],
)
async def test_json_files_that_are_refused(
    files: MemoryFiles, data: bytes, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(NodeError) as caught:
        await read(files, data, {"of": "json", **options})
    assert caught.value.field == field


async def test_json_files_are_written(files: MemoryFiles) -> None:
    assert json.loads(await write(files, TABLE, {"of": "json", "indent": 2})) == TABLE
    lines = await write(files, TABLE, {"of": "json", "lines": True})
    assert [json.loads(line) for line in lines.decode().splitlines()] == TABLE


async def test_text_files(files: MemoryFiles) -> None:
    data = await write(files, [{"t": "é"}, {}, {"t": [1]}], {"of": "text", "field": "t", "separator": "|"})
    assert data.decode() == "é||[1]"
    assert await read(files, b"a\r\nb\n", {"of": "text"}) == [{"text": "a\r\nb\n"}]
    made = await read(files, b"a\r\nb\n", {"of": "text", "lines": True, "destination": "l.t"})
    assert made == [{"l": {"t": "a"}}, {"l": {"t": "b"}}]


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("a", "csv", "a.csv"),
        ("a.tsv", "csv", "a.tsv"),
        ("a", "xlsx", "a.xlsx"),
        ("a", "json", "a.json"),
        (".a", "text", ".a.txt"),
    ],
)
async def test_names_get_an_ending(files: MemoryFiles, name: str, format: str, expected: str) -> None:
    params = {"format": {"of": format}, "name": name, "destination": "f"}
    outputs = await run(WriteFile, params, [{"text": "x"}], services=Services(files=files))
    refs = outputs["main"][0].files
    assert refs is not None
    assert refs["f"].name == expected


async def test_a_file_for_each_item(files: MemoryFiles) -> None:
    kept = files.add(b"kept")
    items = [Item({"text": "a"}, {"other": kept}), Item({"text": "b"})]
    outputs = await run(WriteFile, {"format": {"of": "text"}, "one_for": "each"}, items, services=Services(files=files))
    first, second = outputs["main"]
    assert (first.json, second.json, second.source) == ({"text": "a"}, {"text": "b"}, 1)
    assert first.files is not None
    assert second.files is not None
    assert first.files["other"] == kept
    assert [files.blobs[item["file"].hash] for item in (first.files, second.files)] == [b"a", b"b"]


async def test_a_file_that_is_not_there(files: MemoryFiles) -> None:
    with pytest.raises(NodeError, match="no file 'x'") as caught:
        await read(files, b"", {"of": "text"}, file="x")
    assert (caught.value.field, caught.value.hint) == ("file", "It has: file.")


# --- archives ------------------------------------------------------------------------------------------------


async def test_files_there_and_back(files: MemoryFiles) -> None:
    refs = {"x": files.add(b"one", "a.txt", "text/plain"), "y": files.add(b"zwei", "é/b.txt")}
    packed = await pack(files, {"do": "pack", "name": "all.zip", "destination": "zip"}, refs, keep=False)
    assert packed.json == {"n": 1}
    assert list(packed.files or {}) == ["zip"]
    unpacked = await pack(files, {"do": "unpack", "file": "zip", "prefix": "f"}, dict(packed.files or {}))
    assert {
        name: (ref.name, files.blobs[ref.hash]) for name, ref in (unpacked.files or {}).items() if name != "zip"
    } == {
        "f0": ("a.txt", b"one"),
        "f1": ("é/b.txt", b"zwei"),
    }


async def test_the_same_files_give_the_same_archive(files: MemoryFiles) -> None:
    refs = {"x": files.add(b"one", "a.txt")}
    first = await pack(files, {"do": "pack"}, refs)
    second = await pack(files, {"do": "pack"}, refs)
    assert (first.files or {})["archive"].hash == (second.files or {})["archive"].hash


async def test_files_of_one_name_are_both_packed(files: MemoryFiles) -> None:
    refs = {"x": files.add(b"one", "a.txt"), "y": files.add(b"two", "a.txt")}
    packed = await pack(files, {"do": "pack"}, refs)
    with zipfile.ZipFile(io.BytesIO(files.blobs[(packed.files or {})["archive"].hash])) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a.txt": b"one", "y-a.txt": b"two"}


async def test_gzip_there_and_back(files: MemoryFiles) -> None:
    packed = await pack(files, {"do": "pack", "format": "gzip", "files": ["x"]}, {"x": files.add(b"one", "a.txt")})
    ref = (packed.files or {})["x"]
    assert (ref.name, gzip.decompress(files.blobs[ref.hash])) == ("a.txt.gz", b"one")
    unpacked = await pack(files, {"do": "unpack", "file": "x"}, {"x": ref})
    made = (unpacked.files or {})["file_0"]
    assert (made.name, made.mime, files.blobs[made.hash]) == ("a.txt", "text/plain", b"one")


async def test_gzip_of_several_members(files: MemoryFiles) -> None:
    data = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 8
    unpacked = await pack(files, {"do": "unpack"}, {"file": files.add(data, "x.gz")})
    assert files.blobs[(unpacked.files or {})["file_0"].hash] == b"one two"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("../../etc/passwd", "etc/passwd"), ("/abs/x", "abs/x"), ("..\\..\\x", "x"), ("a\x01\nb", "ab"), ("..", "file"),
     ("./", None), ("C:\\x", "C:/x")],
)  # fmt: skip
async def test_paths_in_archives_lead_nowhere(files: MemoryFiles, name: str, expected: str | None) -> None:
    unpacked = await pack(files, {"do": "unpack"}, {"file": files.add(zipped({name: b"x"}))}, keep=False)
    assert [ref.name for ref in (unpacked.files or {}).values()] == ([expected] if expected else [])


LOCK = b"PK\x01\x02\x14\x03\x14\x00"
"""What stands in a ZIP's directory before the flag of a password."""


def claiming_less(data: bytes) -> bytes:
    """A ZIP whose directory says that its one member unpacks to 10 bytes."""
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + (10).to_bytes(4, "little") + data[at + 4 :]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"zeros": b"\0" * 60_000_000}), "unpacks to too much"),
        (zipped({str(n): b"\0" * 1_000_000 for n in range(60)}), "unpacks to too much"),
        (gzip.compress(b"\0" * 60_000_000), "unpacks to too much"),
        (zipped({str(n): b"" for n in range(1_001)}), "more than 1,000 files"),
        (claiming_less(zipped({"x": b"text" * 1_000})), "no ZIP archive"),
        (gzip.compress(b"x" * 1_000)[:-12], "ends too early"),
        (gzip.compress(b"x") + b"rest", "no gzip data"),
        (b"\x1f\x8b\x00", "gzip"),
        (b"", "no ZIP archive"),
        (b"PK\x03\x04", "no ZIP archive"),
        (zipped({"x": b"y" * 100})[:-30], "no ZIP archive"),
        (
            zipped({"x": b"y" * 100}).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"),
            "password",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_archives_that_are_refused(files: MemoryFiles, data: bytes, message: str) -> None:
    with pytest.raises(NodeError, match=message) as caught:
        await pack(files, {"do": "unpack"}, {"file": files.add(data)})
    assert caught.value.field == "action.file"


async def test_nothing_to_pack(files: MemoryFiles) -> None:
    with pytest.raises(NodeError, match="no files to pack"):
        await pack(files, {"do": "pack"}, {})
