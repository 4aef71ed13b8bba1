"""What is new in a reply, as mail programs write them."""

from __future__ import annotations

import pytest

from a8n_email.quotes import without_quotes


@pytest.mark.parametrize(
    ("mail", "new"),
    [
        ("Yes.", "Yes."),
        ("Yes.\r\n\r\nOn Fri, May 1, 2026 at 9:00 AM Ada <ada@example.org> wrote:\r\n> When?\r\n", "Yes."),
        ("Yes.\n\nOn Fri, May 1, 2026 at 9:00 AM Ada Lovelace\n<ada@example.org> wrote:\n\n> When?\n> Ada", "Yes."),
        ("Ja.\n\nAm 01.05.2026 um 09:00 schrieb Ada:\n> Wann?", "Ja."),
        ("Oui.\n\nLe ven. 1 mai 2026 à 09:00, Ada a écrit :\n> Quand ?", "Oui."),
        ("Sí.\n\nEl vie, 1 may 2026 a las 9:00, Ada escribió:\n\nWhen?", "Sí."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ada\n\nWhen?", "Yes."),
        ("Yes.\n\n________________________________\nFrom: Ada <ada@example.org>\nSent: Friday\n\nWhen?", "Yes."),
        ("Yes.\n\nFrom: Ada <ada@example.org>\nSent: Friday\nTo: Bob\nSubject: x\n\nWhen?", "Yes."),
        ("Ja.\n\nVon: Ada <ada@example.org>\nGesendet: Freitag\nAn: Bob\n\nWann?", "Ja."),
        ("On Fri, May 1, 2026 Ada wrote:\n> When?\n\nAt noon.\n\n> Where?\n\nHere.", "At noon.\n\nHere."),
        ("On Friday, May 1, 2026, Ada\n<a@b.de> wrote:\n> When?\nAt noon.", "At noon."),
        ("See you.\n\n-- \nBob\nDirector", "See you."),
        (
            "The list:\n-- one\nOn a day like this I wrote a book",
            "The list:\n-- one\nOn a day like this I wrote a book",
        ),
        ("From: me to you\nwith love", "From: me to you\nwith love"),
        ("> only a quote", ""),
        ("", ""),
    ],
)
def test_only_what_is_new_is_kept(mail: str, new: str) -> None:
    assert without_quotes(mail) == new
