"""One way to write a password, whatever keyboard it comes from."""

import unicodedata


def normalise_password(typed: str) -> str:
    """Return the password in NFKC, in which it is hashed: "é" is one character, or a letter and a mark, by keyboard."""
    return unicodedata.normalize("NFKC", typed)


def spellings_of_password(typed: str) -> list[str]:
    """Return what a stored hash may be of: the password in NFKC or, as passwords were once hashed, as it was typed."""
    if typed.isascii():
        return [typed]
    typed_otherwise = (typed, *(unicodedata.normalize(form, typed) for form in ("NFC", "NFD")))
    return list(dict.fromkeys((normalise_password(typed), *typed_otherwise)))
