"""Where uploaded files are kept, and by which addresses browsers get them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_SECONDS_TO_ANSWER = 10


@dataclass(frozen=True, slots=True)
class ObjectStorage:
    """A bucket of S3 or of a service that speaks its protocol; without keys, those of the machine's role are used."""

    bucket: str
    region: str = ""
    endpoint_url: str = ""
    access_key: str = ""
    secret_key: str = ""

    def options(self, base_url: str) -> dict[str, Any]:
        """What the storage is made with. With a base address files get plain addresses, without one signed ones."""
        from botocore.config import Config  # noqa: PLC0415 - a shop without a bucket does not load it

        options: dict[str, Any] = {
            "bucket_name": self.bucket,
            "region_name": self.region or None,
            "endpoint_url": self.endpoint_url or None,
            "access_key": self.access_key or None,
            "secret_key": self.secret_key or None,
            "querystring_auth": not base_url,
            # Every file is named by its content, so no address ever shows anything else.
            "object_parameters": {"CacheControl": "public, max-age=31536000, immutable"},
            "client_config": Config(
                # Other services than Amazon's seldom have a host name for each bucket.
                s3={"addressing_style": "path" if self.endpoint_url else "auto"},
                signature_version="s3v4",
                connect_timeout=_SECONDS_TO_ANSWER,
                read_timeout=_SECONDS_TO_ANSWER,
                retries={"mode": "standard", "total_max_attempts": 3},
            ),
        }
        if base_url:
            parts = urlsplit(base_url)
            options |= {"custom_domain": f"{parts.netloc}{parts.path}".rstrip("/"), "url_protocol": f"{parts.scheme}:"}
        return options


def file_storage(bucket: ObjectStorage, *, base_url: str) -> dict[str, Any]:
    """The entry of STORAGES for uploaded files: the bucket if it has a name, MEDIA_ROOT otherwise."""
    if not bucket.bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": bucket.options(base_url)}
