"""A client generated from docs/openapi.yaml, as docs/api.md tells, shops at a real server by its types alone."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from checkout.services.fulfil_order import ship_order
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.mails import mailed_key

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

_PACKAGE = "souk_client"
# httpx gives up after five seconds, which a busy machine may take for a first answer.
_PATIENT = {"raise_on_unexpected_status": True, "timeout": 60}


class Souk:
    """The generated package, and a client of it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def call(self, operation: str, **arguments: Any) -> Any:
        """What the operation answers; refusals and answers that the document does not tell of are errors."""
        module = import_module(f"{_PACKAGE}.api.{operation}")
        answer = module.sync(client=self.client, **arguments)
        assert answer.success is True, answer
        return answer.data


def model(name: str) -> Any:
    """A class of the package's models."""
    return getattr(import_module(f"{_PACKAGE}.models"), name)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The client, generated without a warning: nothing of the document was left out."""
    plain = tmp_path / "config.yaml"
    plain.write_text("post_hooks: []\n")  # tidying up is for readers
    target = tmp_path / "generated" / _PACKAGE
    target.parent.mkdir()
    document = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
    command = f"generate --meta none --fail-on-warning --path {document} --config {plain} --output-path {target}"
    generated = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command.split()], capture_output=True, text=True, check=False
    )
    assert generated.returncode == 0, generated.stdout + generated.stderr
    monkeypatch.syspath_prepend(target.parent)
    yield import_module(_PACKAGE)
    for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
        del sys.modules[name]


def test_a_generated_client_registers_searches_buys_and_follows_the_parcel(package: Any, live_server: Any) -> None:
    TaxRateFactory()
    ShippingMethodFactory()
    variant = stocked_variant(5, price_minor=1999)
    name = variant.product.name_en

    with package.Client(base_url=live_server.url, **_PATIENT) as nobody:
        guest = Souk(nobody)
        [found] = guest.call("products.products_list", q=name, in_stock=True)
        assert found.slug == variant.product.slug
        product = guest.call("products.products_retrieve", key=found.slug)
        assert product.variants[0].id == variant.pk
        wanted = model("ItemInputRequest")(variant_id=product.variants[0].id, quantity=2)
        cart = guest.call("cart.cart_items_create", body=wanted)
        token = _register(guest, cart_token=cart.token)

    with package.AuthenticatedClient(base_url=live_server.url, token=token, **_PATIENT) as known:
        shopper = Souk(known)
        assert shopper.call("cart.cart_retrieve").units == 2
        order = _order(shopper)
        assert (order.total.amount, order.total.currency) == ("48.69", "USD")  # 2 × 19.99 + 5.00, 8.25 % of each
        assert [summary.id for summary in shopper.call("orders.orders_list")] == [order.id]
        assert shopper.call("orders.orders_tracking_retrieve", id=order.id).shipments == []
        ship_order(order_id=order.id, actor=None, tracking_number="1Z999")
        tracking = shopper.call("orders.orders_tracking_retrieve", id=order.id)
        assert [parcel.tracking_number for parcel in tracking.shipments] == ["1Z999"]
        assert tracking.fulfilment_status is model("FulfilmentStatusEnum").SHIPPED


def test_a_generated_client_reads_a_refusal_and_an_answer_that_still_holds(package: Any, live_server: Any) -> None:
    stocked_variant(5)
    listing = import_module(f"{_PACKAGE}.api.products.products_list")
    item = import_module(f"{_PACKAGE}.api.cart.cart_items_create")
    with package.Client(base_url=live_server.url, **_PATIENT) as client:
        first = listing.sync_detailed(client=client)
        again = listing.sync_detailed(client=client, if_none_match=first.headers["ETag"])
        assert (first.status_code, again.status_code, again.parsed) == (200, 304, None)
        refusal = item.sync(client=client, body=model("ItemInputRequest")(variant_id=UUID(int=0)))
        assert isinstance(refusal, model("Error"))
        assert refusal.error_code


def _register(guest: Souk, *, cart_token: str) -> str:
    email, password = "amina@souk.example", "a-long-Passphrase-7"
    person = model("RegisterInputRequest")(email=email, username="amina", password=password)
    guest.call("auth.auth_register_create", body=person)
    confirmed = model("RegistrationConfirmInputRequest")(key=mailed_key(), password=password)
    return str(guest.call("auth.auth_register_confirm_create", body=confirmed, x_cart_token=cart_token).access)


def _order(shopper: Souk) -> Any:
    """The order of the shopper's cart, placed twice with one key."""
    home = model("AddressInputRequest")(
        full_name="Amina Haddad", line1="1 Main Street", city="Austin", region="TX", postal_code="78701", country="US"
    )
    checkout = shopper.call(
        "checkout.checkout_partial_update",
        body=model("PatchedCheckoutInputRequest")(email="amina@souk.example", shipping_address=home),
    )
    [method], [provider, *_others] = checkout.shipping_methods, checkout.payment_providers
    choices = model("PatchedCheckoutInputRequest")(shipping_method=method.code, payment_provider=provider.code)
    checkout = shopper.call("checkout.checkout_partial_update", body=choices)
    assert checkout.missing_step is None
    seen = model("PlaceInputRequest")(expected_total=checkout.cart.totals.total)
    placed, again = (
        shopper.call("checkout.checkout_place_create", body=seen, idempotency_key="once") for _time in range(2)
    )
    assert placed.id == again.id
    return placed
