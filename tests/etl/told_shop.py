"""The corner shop with what other sources also tell (states, refunds, e-mail addresses) and a mapping that reads it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from etl.mapping import FOLDER, load_mapping
from etl.models import Run
from etl.services import run_mapping
from tests.etl.corner_shop import CornerShop

STATES = {
    "new": "pending",
    "paid": "confirmed",
    "packing": "processing",
    "sent": "shipped",
    "arrived": "delivered",
    "complete": "completed",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "part refunded": "partially_refunded",
}
_NEW = {
    "Orders": ("Status", "PaidDate", "CancelledDate", "RefundedDate", "Refunded", "Email"),
    "Customers": ("Email", "Verified"),
}


class ToldShop(CornerShop):
    """Its mapping is Northwind's with the new columns; tests change it before they run it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "told.db")
        for table, columns in _NEW.items():
            for column in columns:
                self.sql(f"ALTER TABLE {table} ADD COLUMN {column}")
        self.sql("UPDATE Orders SET Status = CASE WHEN ShippedDate IS NULL THEN 'paid' ELSE 'complete' END")
        self.mapping_path = folder / "told.yaml"
        self.document = _mapping()

    def columns(self, entity: str) -> dict[str, Any]:
        return self.document["entities"][entity]["columns"]

    def move_in(self, *, dry_run: bool = False, say: Callable[[str], None] = lambda _text: None) -> Run:
        self.mapping_path.write_text(yaml.safe_dump(self.document, allow_unicode=True), encoding="utf-8")
        mapping = load_mapping(str(self.mapping_path))
        return run_mapping(mapping=mapping, address=str(self.path), started_by="tests", dry_run=dry_run, say=say)


def _mapping() -> Any:
    document = yaml.safe_load((FOLDER / "northwind.yaml").read_text(encoding="utf-8"))
    document["lookups"]["states"] = STATES
    document["streams"]["orders"]["columns"] += _NEW["Orders"]
    document["streams"]["customers"]["columns"] += _NEW["Customers"]
    order, customer = document["entities"]["order"]["columns"], document["entities"]["customer"]["columns"]
    order["state"] = {"sql": "Status", "lookup": "states"}
    order |= {"paid_at": "PaidDate", "cancelled_at": "CancelledDate", "refunded_at": "RefundedDate"}
    order |= {"refunded": "Refunded", "email": "Email"}
    customer |= {"email": "Email", "email_verified": "Verified"}
    return document
