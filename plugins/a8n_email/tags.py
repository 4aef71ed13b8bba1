"""Tags, by which the answer to a question that was mailed is recognised.

A tag stands in the Message-ID of the question, which mail programs put into the answer's In-Reply-To and References,
and, where the account's server knows subaddresses, in the address that the answer goes to (ada+a8n-ask.<tag>@…).
Nobody can guess it: it is made of the secret that resumes the step.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from a8n import JSON
from a8n_email.addresses import Mailbox

TAG = re.compile(r"a8n-ask\.([0-9a-f]{32})(?![0-9a-f])")


def tag_of(resume_url: str) -> str:
    """The tag of the step that waits at this URL; the same whenever it is asked."""
    return hashlib.sha256(b"mail\0" + resume_url.rpartition("/")[2].encode()).hexdigest()[:32]


def wait_key(tag: str) -> str:
    """What the wait is for."""
    return f"email:{tag}"


def question_id(tag: str, number: int, sender: Mailbox) -> str:
    """The Message-ID of a question (number 0) or of its reminders."""
    return f"<a8n-ask.{tag}.{number}@{sender.address.rpartition('@')[2]}>"


def tagged(box: Mailbox, tag: str) -> Mailbox:
    """The address with the tag as subaddress (RFC 5233)."""
    local, _, domain = box.address.rpartition("@")
    return Mailbox(box.name, f"{local[: 64 - 41]}+a8n-ask.{tag}@{domain}")


def key_of(mail: Mapping[str, JSON]) -> str | None:
    """The wait that a mail answers: by the mail it answers first, then by the conversation, then by the address."""
    people = [*_list(mail.get("to")), *_list(mail.get("cc"))]
    places = [mail.get("in_reply_to"), *reversed(_list(mail.get("references")))]
    places += [person.get("address") for person in people if isinstance(person, dict)]
    places += _list(mail.get("delivered_to"))
    for place in places:
        found = TAG.search(place) if isinstance(place, str) else None
        if found:
            return wait_key(found.group(1))
    return None


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []
