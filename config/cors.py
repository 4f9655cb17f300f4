"""What can stand in API_CORS_ORIGINS."""

from urllib.parse import urlsplit


def is_web_origin(text: str) -> bool:
    """Whether this is an origin as browsers send it: scheme, host and port, without a path."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.hostname or "*" in text:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return text == f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
