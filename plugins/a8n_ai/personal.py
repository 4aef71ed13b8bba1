"""Personal data in texts, found by form and check digit: no model, and nothing leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Literal, NamedTuple

Kind = Literal["email", "iban", "credit_card", "ip", "phone"]


class Found(NamedTuple):
    """Where personal data stands in a text."""

    kind: Kind
    start: int
    end: int


# Every repetition is bounded: texts come from strangers.
EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,63}(?![\w-])",
)
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}")
CARD = re.compile(r"(?<![0-9])[1-9](?:[ -]?[0-9]){12,18}(?![0-9])")
IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
IPV6 = re.compile(r"(?<![\w:.])(?=[:0-9A-Fa-f]{0,38}[0-9A-Fa-f])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{1,38}(?![\w:])")
PHONE = re.compile(
    r"(?<![\w.,/+-])(?:"
    r"(?:\+|00)[ ]?[1-9](?:[ ()./-]{0,3}[0-9]){6,14}"  # with the code of a country
    r"|\(0[1-9][0-9]{0,4}\)(?:[ /-]{0,3}[0-9]){4,9}|0[1-9](?:[ /-]{0,3}[0-9]){7,11}"  # with the code of a city
    r"|(?:\([2-9][0-9]{2}\)[ ]?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"  # of North America
    r")(?!\w|[.,][0-9])"
)
DATE = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}")

# The lengths of IBANs, of the countries that have them.
LENGTHS = {
    country: int(length)
    for length, countries in (
        row.split(":")
        for row in (
            "15:NO", "16:BE", "18:DK FO FI GL NL", "19:MK SI", "20:AT BA EE KZ LT LU XK", "21:CH HR LI LV",
            "22:BG BH CR DE GB GE IE ME RS VA", "23:AE GI IL IQ TL", "24:AD CZ ES MD PK RO SA SE SK TN VG",
            "25:LY PT ST", "26:IS TR", "27:FR GR IT MC MR SM", "28:AL AZ BY CY DO GT HU LB NI PL SV",
            "29:BR EG PS QA UA", "30:JO KW MU", "31:MT SC", "32:LC",
        )
    )
    for country in countries.split()
}  # fmt: skip


def find(text: str, kinds: set[Kind] | frozenset[Kind]) -> list[Found]:
    """Personal data of these kinds, in its order in the text. What is of two kinds is of the surer one."""
    taken: list[Found] = []
    for kind, finder in FINDERS.items():
        if kind in kinds:
            taken += _apart([Found(kind, start, end) for start, end in finder(text)], taken)
    return sorted(taken, key=lambda found: found.start)


def redact(text: str, found: list[Found]) -> str:
    """The text with the names of the kinds in place of what was found."""
    parts, last = [], 0
    for one in found:
        parts += [text[last : one.start], f"[{one.kind}]"]
        last = one.end
    return "".join([*parts, text[last:]])


def _apart(found: list[Found], taken: list[Found]) -> list[Found]:
    """Those that share no character with one that was taken before."""
    covered: set[int] = set()
    for one in taken:
        covered.update(range(one.start, one.end))
    return [one for one in found if covered.isdisjoint(range(one.start, one.end))]


def _emails(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in EMAIL.finditer(text))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    while found := IBAN.search(text, place):
        start = place = found.start()
        place += 1
        # Words that follow look like more of it: its country says where it ends.
        left = LENGTHS.get(found[0][:2].upper(), 0)
        for end in range(start, found.end()):
            left -= text[end] != " "
            if left == 0:
                whole = text[start : end + 1].replace(" ", "").upper()
                follows = text[end + 1 : end + 2]
                if not (follows.isascii() and follows.isalnum()) and _is_iban(whole):
                    yield start, end + 1
                    place = end + 1
                break


def _is_iban(whole: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in whole[4:] + whole[:4])) % 97 == 1


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in CARD.finditer(text):
        digits = [int(sign) for sign in found[0] if sign.isdigit()]
        doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])  # the check of Luhn
        if (sum(digits[-1::-2]) + doubled) % 10 == 0:
            yield found.span()


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (IPV4, IPV6):
        for found in pattern.finditer(text):
            try:
                ip_address(found[0])
            except ValueError:
                continue
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in PHONE.finditer(text) if not DATE.match(found[0]))


# The surest first: what a check digit confirms is no phone number.
FINDERS: dict[Kind, Callable[[str], Iterator[tuple[int, int]]]] = {
    "email": _emails,
    "iban": _ibans,
    "credit_card": _cards,
    "ip": _addresses,
    "phone": _phones,
}
