"""One way to write an e-mail address, so that two spellings of one mailbox compare as equal."""

import unicodedata

import idna

# IDNA 2003 lists them beside the dot; full-width ones are already dots after NFKC.
_DOTS = str.maketrans({"。": ".", "｡": "."})


def normalise_email(typed: str) -> str:
    """Return the address in NFKC and lower case, its domain in ASCII (IDNA) without a dot at its end.

    Invisible characters, which come along when an address is copied out of a text, are taken out. What is no address
    comes back as it can be read; whether it is one is for the validators to say.
    """
    text = unicodedata.normalize("NFKC", typed).lower()
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"}).strip()
    # Lower case may have taken a letter apart, as it does with the Turkish capital İ.
    local, at, domain = unicodedata.normalize("NFKC", text).rpartition("@")
    return local + at + _ascii(domain.translate(_DOTS).rstrip(".")) if at else domain


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain
