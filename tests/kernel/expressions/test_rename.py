"""Renaming a node touches its name in expressions and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a8n.expressions import compile_expression, rename_node


@pytest.mark.parametrize(
    ("source", "renamed"),
    [
        ('node("Old").json.a', 'node("New").json.a'),
        ("1 +  node( 'Old' ).json.a\r\n", "1 +  node( 'New' ).json.a\r\n"),
        ('node("Old").json.x + node("Older").json.y', 'node("New").json.x + node("Older").json.y'),
        ("'node(\"Old\")' ~ json.a", "'node(\"Old\")' ~ json.a"),
        ('my_node("Old")', 'my_node("Old")'),
        ('json.node("Old")', 'json.node("Old")'),
        ('json["Old"]', 'json["Old"]'),
        ('broken + + node("Old" ', 'broken + + node("Old" '),
        ('broken + + node("Old") (', 'broken + + node("New") ('),
        ("", ""),
    ],
)
def test_rename(source: str, renamed: str) -> None:
    assert rename_node(source, "Old", "New", template=False) == renamed


def test_rename_in_text() -> None:
    source = 'Use node("Old"): {{ node("Old").json.a }} and {{ json.b ~ node(\'Old\').json.c }}'
    expected = 'Use node("Old"): {{ node("Long name").json.a }} and {{ json.b ~ node(\'Long name\').json.c }}'
    assert rename_node(source, "Old", "Long name", template=True) == expected
    assert rename_node("{{ node('Old') ", "Old", "New", template=True) == "{{ node('Old') "


@given(old=st.text(min_size=1, max_size=8), new=st.text(min_size=1, max_size=8), quote=st.sampled_from("\"'"))
def test_any_name_survives(old: str, new: str, quote: str) -> None:
    source = rename_node(f"1 ~ node({quote}start{quote}).json.a", "start", old, template=False)
    source = rename_node(source, old, new, template=False)
    assert compile_expression(source).nodes == {new}
