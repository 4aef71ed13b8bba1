"""Forms as pages: HTML that needs no script, and nothing from anywhere else.

Everything a workflow says is text here and escaped as such. What is sent, and to whom, is not known in this module:
it makes pages of forms, and a mapping of a body.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from unicodedata import bidirectional

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from a8n.forms import Form, FormField
from a8n.items import JSON

FOLDER = Path(__file__).parent / "templates"
STYLE = (FOLDER / "form.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'".encode(),
    ),
]
"""Of every page: no script at all, one style sheet, and the form goes only to where it came from."""


def form_page(
    form: Form,
    given: Mapping[str, JSON] | None = None,
    complaints: Mapping[str, str] | None = None,
    trap: str = "",
) -> bytes:
    """A form to fill in; after a bad submission with what was `given`, and what is wrong with it by field.

    `trap` is the name of a field that people do not see, which programs that fill in every form give away by it.
    """
    values = {field.name: _value(field, given.get(field.name) if given is not None else field.default)
              for field in form.fields}  # fmt: skip
    return _page(title=form.title, form=form, values=values, complaints=complaints or {}, trap=trap)


def thanks_page(form: Form) -> bytes:
    """What whoever sent a form sees then."""
    return _page(title=form.title, form=None, good=True, text=form.thanks)


def closed_page() -> bytes:
    """A form that was known, and is over."""
    return _page(
        title="This form is closed",
        form=None,
        good=False,
        text="It has been sent already, or its time is over. There is nothing more for you to do.",
    )


def unknown_page() -> bytes:
    """A link behind which there is nothing, or nothing any more."""
    return _page(
        title="There is nothing here",
        form=None,
        good=False,
        text="The link is not complete, has been used already, or is out of date. If you have sent a form here, it has "
        "arrived; if not, ask whoever sent you the link for a new one.",
    )


def _page(**words: object) -> bytes:
    blank: dict[str, object] = {"form": None, "values": {}, "complaints": {}, "good": False, "text": "", "trap": ""}
    page = {**blank, "style": Markup(STYLE), "direction": _direction(str(words["title"])), **words}  # noqa: S704  # ours
    return _template().render(page).encode("utf-8", "replace")


@cache
def _template() -> Template:
    loader = FileSystemLoader(FOLDER)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("form.html")


def _direction(title: str) -> str:
    """How the page runs: as its heading does, by the first letter that has a direction (Unicode's rule P2)."""
    for char in title:
        kind = bidirectional(char)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def _value(field: FormField, value: JSON) -> str | list[str]:
    """An answer as its field shows it: of several choices those that are ticked."""
    if field.kind != "choices":
        return _shown(value)
    return [_shown(one) for one in (value if isinstance(value, list) else [value])]


def _shown(value: JSON) -> str:
    """An answer as it stands in a field."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
