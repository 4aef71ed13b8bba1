"""Renaming a node touches its name in expressions and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a8n.expressions import compile_expression, rename_node

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "renames.json").read_text())


@pytest.mark.parametrize(("source", "renamed"), VECTORS["expressions"])
def test_rename(source: str, renamed: str) -> None:
    assert rename_node(source, "Old", "New", template=False) == renamed


@pytest.mark.parametrize(("source", "renamed"), VECTORS["texts"])
def test_rename_in_holes_alone(source: str, renamed: str) -> None:
    assert rename_node(source, "Old", "New", template=True) == renamed


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
