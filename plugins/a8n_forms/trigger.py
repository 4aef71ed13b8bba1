"""The form trigger."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import field_validator

from a8n import (
    Example,
    Field,
    Form,
    FormField,
    Item,
    Multiline,
    Request,
    Route,
    WebhookTrigger,
    hint,
)

Fixed = hint(expr=False)
PATH = r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,199}$"
MAX_BYTES = 2**20


class FormTrigger(WebhookTrigger):
    """Start the workflow when somebody fills in a form on a public page.

    Whoever knows the address can fill it in, as often as they like. The item has the answers by name under `form`
    (null where none was given), and the moment under `submitted_at`.
    """

    key = "forms.trigger"
    icon = "icon.svg"
    title = "Form"
    subtitle = "/form/{path}"
    place = "form"

    path: Annotated[str, Fixed, hint(placeholder="contact", mono=True)] = Field(
        pattern=PATH,
        description="Where the page stands, below /form/: letters, digits, . _ ~ or -. No webhook can have the same "
        "path at once.",
    )
    heading: Annotated[str, Fixed] = Field("Form", min_length=1, max_length=500, description="Heading of the page.")
    about: Annotated[Multiline, Fixed] = Field(
        "", max_length=20_000, description="What it is about, as plain text; line breaks are kept."
    )
    fields: Annotated[list[FormField], Fixed] = Field(
        default_factory=lambda: [], max_length=100, description="The questions. Without any, it is a button to press."
    )
    button: Annotated[str, Fixed] = Field("Submit", min_length=1, max_length=100, description="What the button says.")
    thanks: Annotated[str, Fixed] = Field(
        "Thank you. Your answer has been received.",
        max_length=2_000,
        description="What is read afterwards.",
    )

    examples: ClassVar[list[Example]] = [
        Example("Let customers write", {
            "path": "contact", "heading": "Write to us", "button": "Send",
            "fields": [
                {"name": "email", "label": "Your e-mail address", "kind": "email", "required": True},
                {"name": "message", "label": "What is it about?", "kind": "multiline", "required": True},
            ],
        }),
    ]  # fmt: skip

    @field_validator("fields")
    @classmethod
    def _names(cls, fields: list[FormField]) -> list[FormField]:
        return Form.distinct(fields)

    def route(self) -> Route:
        """The page."""
        form = Form(
            title=self.heading, description=self.about, fields=self.fields, button=self.button, thanks=self.thanks
        )
        return Route(path=self.path, methods=("GET", "POST"), max_bytes=MAX_BYTES, idempotent=False, form=form)

    def receive(self, request: Request) -> list[Item]:
        """One item, with the answers."""
        return [Item(Form.sent(request.body))]

    def sample(self) -> list[Item]:
        """Answers as they stand in the form at first."""
        return [Item(Form.sent({field.name: field.default for field in self.fields}))]
