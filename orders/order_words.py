"""The words by which staff finds an order while they type."""

from core.text.words import InParts, KeyText, Words


class OrderWords(Words):
    """The e-mail address in one piece, and the words of name and company of the delivery address, also in parts."""

    def __init__(self) -> None:
        names = [KeyText("shipping_address", key=key) for key in ("full_name", "company")]
        super().__init__("email", *names, InParts(*names))
