"""QR codes: pictures of a text that a phone can read."""

from a8n import Node, hookimpl

from a8n_qrcode.nodes import MakeQrCode

__all__ = ["MakeQrCode", "register_nodes"]


@hookimpl
def register_nodes() -> list[type[Node]]:
    """The node of this plugin."""
    return [MakeQrCode]
