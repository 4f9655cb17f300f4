"""A mapping file that cannot work is refused with a sentence that says where."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from etl.errors import MappingError
from etl.mapping import FOLDER, known_mappings, load_mapping

SMALL: dict[str, Any] = {
    "currency": "TND",
    "lookups": {"countries": {"Tunisie": "TN"}},
    "streams": {"things": {"table": "Things", "columns": ["Id", "Name", "Full Name"]}},
    "entities": {"category": {"from": "things", "key": "Id", "columns": {"name": {"sql": "Name", "required": True}}}},
}


def refusal(tmp_path: Path, document: Any) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    with pytest.raises(MappingError) as caught:
        load_mapping(str(path))
    return str(caught.value).removeprefix(f"{path}: ")


def changed(*keys: Any, to: Any) -> dict[str, Any]:
    document = deepcopy(SMALL)
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    return document


def test_every_mapping_that_comes_with_the_shop_can_be_read() -> None:
    assert known_mappings() == sorted(path.stem for path in FOLDER.iterdir())
    for name in known_mappings():
        assert load_mapping(name).source == name


def test_a_mapping_may_be_a_file_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(SMALL))

    mapping = load_mapping(str(path))
    assert (mapping.name, mapping.decimals, mapping.timezone) == ("small", 3, "UTC")
    assert mapping.lookups["countries"] == {"tunisie": "TN"}


def test_entities_are_loaded_in_the_order_of_their_references() -> None:
    assert list(load_mapping("northwind").entities) == [
        "customer", "address", "category", "product", "shipping_method", "order", "order_line",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[", "while parsing"),
        ("- 1", "the file has to be a table of names and values"),
        (changed("colour", to="red"), "the file: unknown colour (known: currency,"),
        (changed("currency", to="XXX1"), "currency: XXX1 is not an ISO 4217 code"),
        (changed("timezone", to="Mars/Base"), "timezone: there is no Mars/Base"),
        (changed("lookups", "countries", to={"Norge": False}), "lookups.countries: put quotes around Norge: False"),
        (changed("lookups", to=["countries"]), "lookups has to be a table of names and values"),
        (changed("streams", to={}), "the file: streams is missing"),
        (changed("streams", to=["things"]), "streams has to be a table of names and values"),
        (changed("streams", 1, to={}), "streams: '1' has to be a lower-case word"),
        (changed("streams", "things", "columns", to="Id"), "streams.things: columns has to be a list of names"),
        (changed("streams", "things", "query", to="SELECT 1"), "streams.things: give either table or query"),
        (changed("streams", "things", "columns", to=["A b", "a_B"]), "these names are not free: a_b"),
        (changed("streams", "things", "columns", to=["_row"]), "these names are not free: _row"),
        (changed("streams", "Things", to={}), "'Things' has to be a lower-case word"),
        (changed("entities", "unicorn", to={}), "entities: unknown unicorn (known: address, category,"),
        (changed("entities", "category", "from", to="thongs"), "there is no stream thongs (known: things)"),
        (changed("entities", "category", "key", to=None), "entities.category: key is missing"),
        (changed("entities", "category", "key", to={"sql": "Id", "min": 1}), "entities.category.key: unknown min"),
        (changed("entities", "category", "columns", to={"description": "Name"}), "columns: name missing"),
        (changed("entities", "category", "columns", "size", to="Name"), "unknown size (known: description, name)"),
        (
            changed("entities", "category", "columns", "name", to={"sql": "Name", "min": 1}),
            "min and max are for numbers",
        ),
        (
            changed("entities", "category", "columns", "name", to={"sql": "Name", "lookup": "x"}),
            "there is no lookup x (known: countries)",
        ),
        (
            changed("entities", "category", "columns", "name", to={"sql": "Name", "lookup": ["countries"]}),
            "there is no lookup ['countries'] (known: countries)",
        ),
        (
            changed("entities", "category", "columns", "name", to={"sql": "Name", "required": "yes"}),
            "entities.category.columns.name: required has to be true or false",
        ),
        (
            changed("entities", "product", to={"from": "things", "key": "Id", "totals": {"price": 0, "stock": 0},
                "columns": dict.fromkeys(("name", "is_active", "sku", "price", "stock", "location", "location_name"),
                    "Name") | {"category": {"sql": "Id", "lookup": "countries"}}}),
            "entities.product.columns.category: a reference has no lookup",
        ),
        (
            changed("entities", "product", to={"from": "things", "key": "Id", "columns": {"name": "Name"}}),
            "entities.product.columns: category, is_active, sku, price, stock, location, location_name missing",
        ),
        (
            changed("entities", "address", to={"from": "things", "key": "Id", "columns": dict.fromkeys(
                ("customer", "full_name", "line1", "city", "country"), "Name")}),
            "entities.address: customer refers to customer, which is not mapped",
        ),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused(tmp_path: Path, document: Any, message: str) -> None:
    assert message in refusal(tmp_path, document)


@pytest.mark.parametrize(
    ("totals", "message"),
    [
        (
            {"shipping": "number(Freight)"},
            "entities.order.totals: total missing, so that the shop could not be compared",
        ),
        ({"shipping": "0", "total": {"sum_of": ["shipping"]}}, "shipping has to be of the form entity.measure"),
        ({"shipping": "0", "total": {"sum_of": ["order.total"]}}, "order.total is not a total with an SQL expression"),
    ],
)
def test_sums_that_cannot_be_compared_are_refused(tmp_path: Path, totals: Any, message: str) -> None:
    northwind = yaml.safe_load((FOLDER / "northwind.yaml").read_text())
    northwind["entities"]["order"]["totals"] = totals

    assert message in refusal(tmp_path, northwind)
