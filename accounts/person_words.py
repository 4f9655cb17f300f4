"""The words by which staff finds a person while they type."""

from core.text.words import InParts, Text, Words


class PersonWords(Words):
    """E-mail address and username in one piece, and the words of name and company, also in parts."""

    def __init__(self) -> None:
        names = ("first_name", "last_name", "company")
        super().__init__(Text("email"), Text("username"), *names, InParts(*names))
