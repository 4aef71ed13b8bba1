"""Forms: what a person is asked for, and what counts as an answer.

A form is plain data. The web shows it as a page, a chat or mail plugin may show it in its own way, and all of them
read what comes back by `Form.read`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import ValidationInfo, field_validator

from a8n.fields import Field, Multiline, Parameters, hint
from a8n.items import JSON

TEXT, LINES = 1_000, 20_000
"""Characters of an answer of one line, and of several."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
EMAIL = re.compile(r"[^\s@,;<>\"()\[\]\\]{1,64}@(?:[^\s@.,;<>\"()\[\]\\]{1,63}\.)+[^\s@.,;<>\"()\[\]\\]{2,63}")
WHOLE = 2**63


class WrongAnswerError(Exception):
    """An answer does not do; the text says why, to the person who gave it."""


class FormField(Parameters):
    """One question of a form."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    """Name of the answer in the data: a letter, then letters, digits and `_`."""
    label: str = Field(default="", max_length=500)
    """What the person reads; empty takes the name."""
    kind: Literal[
        "text", "multiline", "number", "boolean", "choice", "choices", "date", "time", "email", "url", "hidden"
    ] = "text"
    """What the answer is: a line or several lines of text, a number, a box to tick, one of several choices or any
    number of them, a date (given as `2026-05-01`), a time of the day (`09:30`), an e-mail address, a web address, or a
    text that nobody sees, which the page's link gives (`?name=…`)."""
    required: bool = False
    """Whether it has to be answered; a required box has to be ticked."""
    choices: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(
        default=[], max_length=500, validate_default=True
    )
    """What to choose from, for the kinds `choice` and `choices`."""
    least: float | None = None
    """The smallest number, the fewest characters of a text, or the fewest choices."""
    most: float | None = None
    """The largest number, the most characters of a text, or the most choices."""
    help: str = Field(default="", max_length=2_000)
    """A sentence beside the field."""
    default: Annotated[Any, hint(widget="text")] = None
    """What stands there at first."""

    @field_validator("choices")
    @classmethod
    def _different(cls, choices: list[str], info: ValidationInfo) -> list[str]:
        if info.data.get("kind") in ("choice", "choices") and not choices:
            raise ValueError("a choice needs something to choose from")
        if len(set(choices)) < len(choices):
            raise ValueError("two of the choices are the same")
        return choices

    @field_validator("most")
    @classmethod
    def _bounds(cls, most: float | None, info: ValidationInfo) -> float | None:
        least = info.data.get("least")
        if most is not None and least is not None and most < least:
            raise ValueError("the most is less than the least")
        return most

    @property
    def title(self) -> str:
        """What the person reads."""
        return self.label or self.name

    def read(self, given: JSON) -> JSON:
        """The answer as it goes into the data: null where there is none. Raises WrongAnswerError."""
        if isinstance(given, str) and self.kind != "multiline":
            given = given.strip()
        if given in (None, "", []) or (self.kind == "boolean" and given is False):
            if self.required:
                raise WrongAnswerError(_MISSING.get(self.kind, "Please fill this in."))
            return False if self.kind == "boolean" else [] if self.kind == "choices" else None
        answer = _READERS[self.kind](self, given)
        self._check(answer)
        return answer

    def _check(self, answer: JSON) -> None:
        """Raises WrongAnswerError for an answer that is out of bounds."""
        if isinstance(answer, bool) or (self.least is None and self.most is None):
            return
        if isinstance(answer, int | float):
            amount, least, most = answer, "Please give at least {}.", "Please give at most {}."
        elif isinstance(answer, list):
            amount, least, most = len(answer), "Please choose at least {}.", "Please choose at most {}."
        else:
            amount = len(str(answer))
            least, most = "Please give at least {} characters.", "Please give at most {} characters."
        if self.least is not None and amount < self.least:
            raise WrongAnswerError(least.format(f"{self.least:,g}"))
        if self.most is not None and amount > self.most:
            raise WrongAnswerError(most.format(f"{self.most:,g}"))


class Form(Parameters):
    """A form for a person: what it is about, and its fields."""

    title: str = Field(default="Form", min_length=1, max_length=500)
    """Heading of the page."""
    description: Multiline = Field(default="", max_length=20_000)
    """What it is about, as plain text; line breaks are kept."""
    fields: list[FormField] = Field(default=[], max_length=100)
    """The questions. Without any, the form is a button to press."""
    button: str = Field(default="Submit", min_length=1, max_length=100)
    """What the button says."""
    thanks: str = Field(default="Thank you. Your answer has been received.", max_length=2_000)
    """What the person reads afterwards."""

    @field_validator("fields")
    @classmethod
    def _names(cls, fields: list[FormField]) -> list[FormField]:
        return cls.distinct(fields)

    @staticmethod
    def distinct(fields: list[FormField]) -> list[FormField]:
        """The fields. Raises ValueError where two have the same name."""
        names = [field.name for field in fields]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two fields are named {name!r}")
        return fields

    @staticmethod
    def sent(answers: JSON) -> dict[str, JSON]:
        """What a form that was sent now gives to the workflow: the answers under `form`, and `submitted_at` (ISO 8601
        in UTC, to the millisecond)."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"form": answers, "submitted_at": at}

    def read(self, given: Mapping[str, JSON]) -> tuple[dict[str, JSON], dict[str, str]]:
        """The answers by name, each field's there, and what is wrong with them by name: take them if that is empty."""
        answers: dict[str, JSON] = {}
        complaints: dict[str, str] = {}
        for field in self.fields:
            try:
                answers[field.name] = field.read(given.get(field.name))
            except WrongAnswerError as error:
                complaints[field.name] = str(error)
        return answers, complaints


def _line(field: FormField, given: JSON) -> JSON:
    text = _text(given, TEXT)
    if "\n" in text or "\r" in text:
        raise WrongAnswerError("Please write this on one line.")
    return text


def _lines(field: FormField, given: JSON) -> JSON:
    return _text(_text(given, 2 * LINES).replace("\r\n", "\n").replace("\r", "\n"), LINES)


def _number(field: FormField, given: JSON) -> JSON:
    if isinstance(given, str) and NUMBER.fullmatch(given) and len(given) <= 40:
        given = int(given) if given.lstrip("+-").isdigit() else float(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise WrongAnswerError("Please give a number, such as 12 or 3.5.")
    if isinstance(given, int) and not -WHOLE <= given < WHOLE:
        raise WrongAnswerError("This number is too large.")
    return given


def _boolean(field: FormField, given: JSON) -> JSON:
    if given is True or (isinstance(given, str) and given.lower() in ("true", "on", "1", "yes")):
        return True
    if isinstance(given, str) and given.lower() in ("false", "off", "0", "no"):
        return field.read(None)
    raise WrongAnswerError("Please answer with true or false.")


def _choice(field: FormField, given: JSON) -> JSON:
    if given not in field.choices:
        for choice in field.choices:
            if choice.strip() == given:
                return choice
        raise WrongAnswerError("Please choose one of the answers.")
    return given


def _choices(field: FormField, given: JSON) -> JSON:
    chosen = [_choice(field, one) for one in (given if isinstance(given, list) else [given])]
    return [choice for choice in field.choices if choice in chosen]


def _time(field: FormField, given: JSON) -> JSON:
    text = _text(given, TEXT)
    try:
        return time.fromisoformat(text).replace(tzinfo=None).isoformat(timespec="minutes")
    except ValueError:
        raise WrongAnswerError("Please give a time, such as 09:30.") from None


def _url(field: FormField, given: JSON) -> JSON:
    text = _text(given, 2 * TEXT)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(char.isspace() for char in text):
        raise WrongAnswerError("Please give a web address, such as https://example.org.")
    return text


def _date(field: FormField, given: JSON) -> JSON:
    text = _text(given, TEXT)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongAnswerError("Please give a date, such as 2026-05-01.") from None


def _email(field: FormField, given: JSON) -> JSON:
    text = _text(given, TEXT)
    if len(text) > 254 or not EMAIL.fullmatch(text):
        raise WrongAnswerError("Please give an e-mail address, such as ada@example.org.")
    return text


def _text(given: JSON, most: int) -> str:
    if not isinstance(given, str):
        raise WrongAnswerError("Please give one text.")
    if len(given) > most:
        raise WrongAnswerError(f"Please give at most {most:,} characters.")
    return given


_MISSING = {"boolean": "Please tick this box.", "choices": "Please choose at least one."}
_READERS = {
    "text": _line,
    "multiline": _lines,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "time": _time,
    "url": _url,
    "hidden": _line,
    "email": _email,
}
