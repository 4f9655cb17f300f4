"""What a User-Agent header says, in two names that people know."""

# The first that is found counts: most browsers name others too, for old servers' sake.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """Browser and system ("Firefox · Windows"), else the header's first word; empty without a header."""
    found = [next((name for sign, name in names if sign in user_agent), None) for names in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in found if name) or user_agent.partition(" ")[0][:60]
