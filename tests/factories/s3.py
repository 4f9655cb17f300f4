"""An S3 on this machine, in memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from config.files import ObjectStorage, file_storage

_KEYS = ("testing", "testing-secret")
_REGION = "us-east-1"


@contextmanager
def running_s3() -> Iterator[str]:
    """The address of an S3 server, which ends with the block."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


class Bucket:
    """An empty bucket of a running server, whose files everybody may read."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint, self.name = endpoint, name
        access, secret = _KEYS
        self.client = boto3.client(
            "s3", endpoint_url=endpoint, region_name=_REGION, aws_access_key_id=access, aws_secret_access_key=secret
        )
        self.client.create_bucket(Bucket=name)
        everybody_reads = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
            ],
        }
        self.client.put_bucket_policy(Bucket=name, Policy=json.dumps(everybody_reads))

    @property
    def url(self) -> str:
        return f"{self.endpoint}/{self.name}"

    def names(self) -> list[str]:
        return sorted(row["Key"] for row in self.client.list_objects_v2(Bucket=self.name).get("Contents", []))

    def head(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.head_object(Bucket=self.name, Key=name)
        return found

    def use(self, settings: Settings, *, base_url: str) -> None:
        """Keep uploaded files here, as the settings would."""
        storage = file_storage(ObjectStorage(self.name, _REGION, self.endpoint, *_KEYS), base_url=base_url)
        settings.STORAGES = {**settings.STORAGES, "default": storage}

    def empty(self) -> None:
        for name in self.names():
            self.client.delete_object(Bucket=self.name, Key=name)
        self.client.delete_bucket(Bucket=self.name)
