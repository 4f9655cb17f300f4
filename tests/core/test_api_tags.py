"""Entity tags: what one has already is not sent again, and what somebody else has changed is not written over."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from catalog.models import Category, Product, ProductImage, Variant
from catalog.reads.details import ProductDetail, product_detail
from catalog.versions import product_version
from inventory.models import StockItem
from orders.models import Order
from payments.models import PaymentTransaction
from shipping.models import Shipment
from tests.api import V1, client_of, client_with_cart, faulty, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.catalog import CategoryFactory, ProductImageFactory, VariantFactory
from tests.factories.checkout import cart_with, completed_order, confirmed_order
from tests.factories.files import picture, upload
from tests.factories.inventory import stocked_variant
from tests.races import at_once

pytestmark = pytest.mark.django_db
on_real_connections = pytest.mark.django_db(transaction=True)


def address_of(variant: Variant) -> str:
    return f"{V1}/products/{variant.product.slug}"


def staff() -> APIClient:
    return client_of(StaffFactory())


def headers_of(response: HttpResponse, *names: str) -> dict[str, str]:
    return {name: response[name] for name in names}


# --- Reads ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", ["{}", "W/{}", '"other", {}', '{} , W/"other"', "*"])
def test_what_one_has_already_is_not_sent_again(api: APIClient, shown: str) -> None:
    address = address_of(stocked_variant())
    first = api.get(address)
    again = api.get(address, headers={"if-none-match": shown.format(first["ETag"])})
    assert (again.status_code, again.content) == (304, b"")
    kept = "ETag", "Cache-Control", "Vary", "Content-Language"
    assert headers_of(again, *kept) == headers_of(first, *kept)
    assert "Content-Type" not in again
    assert int(again["Content-Length"]) == len(first.content)


@pytest.mark.parametrize("shown", ['"other"', "", "no quotes", '"', "W/", '"a" "b"'])
def test_another_tag_or_none_gets_the_answer_in_full(api: APIClient, shown: str) -> None:
    given(api.get(f"{V1}/products", headers={"if-none-match": shown}))


def test_a_tag_is_strong_and_differs_by_language_and_fields(api: APIClient) -> None:
    address = address_of(stocked_variant())
    tags = [api.get(address, headers={"accept-language": code})["ETag"] for code in ("en", "fr", "ar")]
    tags += [api.get(address, {"fields": "id"})["ETag"], api.get(address, {"fields": "name"})["ETag"]]
    assert len(set(tags)) == 5
    assert len({tag.partition(".")[0] for tag in tags}) == 1
    assert not any(tag.startswith("W/") for tag in tags)


def test_a_sale_changes_the_answer_but_not_the_version(api: APIClient) -> None:
    variant = stocked_variant(5)
    before = api.get(address_of(variant))["ETag"]
    confirmed_order(variant=variant)
    after = api.get(address_of(variant))["ETag"]
    assert before != after
    assert before.partition(".")[0] == after.partition(".")[0]


def test_head_tells_the_tag(api: APIClient) -> None:
    address = f"{V1}/products"
    assert api.head(address)["ETag"] == api.get(address)["ETag"]


def test_the_catalogue_may_be_shared_by_guests_alone(api: APIClient) -> None:
    address = address_of(stocked_variant())
    assert api.get(address)["Cache-Control"] == "public, no-cache"
    assert staff().get(address)["Cache-Control"] == "private, no-store"
    assert {"Accept-Language", "Authorization", "Cookie"} <= set(api.get(address)["Vary"].split(", "))


def test_a_guests_cart_is_kept_by_no_cache() -> None:
    response = client_with_cart(str(cart_with().token)).get(f"{V1}/cart")
    assert response["Cache-Control"] == "private, no-store"
    assert "X-Cart-Token" in response["Vary"].split(", ")


def test_a_refusal_has_no_tag(api: APIClient) -> None:
    assert "ETag" not in api.get(f"{V1}/products/none")


def test_an_order_that_did_not_change_is_not_sent_again() -> None:
    order, client = completed_order(), staff()
    address = f"{V1}/orders/{order.pk}"
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304


def test_the_document_is_not_sent_again(api: APIClient) -> None:
    tag = api.get(f"{V1}/schema")["ETag"]
    assert api.get(f"{V1}/schema", headers={"if-none-match": tag}).status_code == 304


# --- Changes --------------------------------------------------------------------------------------


class Resource:
    """A thing that staff change: where it is read, how it is changed, and what of it shows whether it was."""

    def __init__(self, address: str, change: Callable[..., HttpResponse], state: Callable[[], Any]) -> None:
        self.address, self.change, self.state = address, change, state


def of_product(client: APIClient) -> Resource:
    variant = stocked_variant()
    address = address_of(variant)
    return Resource(
        address,
        lambda **headers: client.patch(address, {"name_en": "Sage"}, headers=headers),
        lambda: Product.objects.get().name_en,
    )


def of_deleted_product(client: APIClient) -> Resource:
    address = address_of(VariantFactory())
    return Resource(address, lambda **headers: client.delete(address, headers=headers), Product.objects.count)


def of_pictures(client: APIClient) -> Resource:
    address = address_of(stocked_variant())
    pictures = lambda: {"images": [upload(picture(size=(20, 20)))]}  # noqa: E731
    return Resource(
        address,
        lambda **headers: client.post(f"{address}/images", pictures(), format="multipart", headers=headers),
        ProductImage.objects.count,
    )


def of_category(client: APIClient) -> Resource:
    address = f"{V1}/categories/{CategoryFactory().slug}"
    return Resource(
        address,
        lambda **headers: client.patch(address, {"name_fr": "Sauge"}, headers=headers),
        lambda: Category.objects.get().name_fr,
    )


def of_deleted_category(client: APIClient) -> Resource:
    address = f"{V1}/categories/{CategoryFactory().slug}"
    return Resource(address, lambda **headers: client.delete(address, headers=headers), Category.objects.count)


def of_stock(client: APIClient) -> Resource:
    address = f"{V1}/stock-items/{stocked_variant().stock_items.get().pk}"
    body = {"quantity": -1, "reason": "Broken"}
    return Resource(
        address,
        lambda **headers: client.post(f"{address}/adjust", body, headers=headers),
        lambda: StockItem.objects.get().on_hand,
    )


def of_order(client: APIClient) -> Resource:
    address = f"{V1}/orders/{confirmed_order().pk}"
    return Resource(
        address,
        lambda **headers: client.put(f"{address}/status", {"status": "processing"}, headers=headers),
        lambda: Order.objects.get().status,
    )


def of_edited_order(client: APIClient) -> Resource:
    order = confirmed_order(variant=stocked_variant(10))
    body = {"lines": [{"id": str(order.lines.get().pk), "quantity": 3}]}
    address = f"{V1}/orders/{order.pk}"
    return Resource(
        address, lambda **headers: client.patch(address, body, headers=headers), lambda: order.lines.get().quantity
    )


def of_cancelled_order(client: APIClient) -> Resource:
    address = f"{V1}/orders/{confirmed_order().pk}"
    return Resource(
        address, lambda **headers: client.post(f"{address}/cancel", headers=headers), lambda: Order.objects.get().status
    )


def of_parcel(client: APIClient) -> Resource:
    address = f"{V1}/orders/{confirmed_order().pk}"
    return Resource(
        f"{address}/tracking",
        lambda **headers: client.post(f"{address}/shipments", {}, headers=headers),
        Shipment.objects.count,
    )


def of_capture(client: APIClient) -> Resource:
    address = f"{V1}/payments/{confirmed_order().payments.get().pk}"
    return Resource(
        address, lambda **headers: client.post(f"{address}/capture", headers=headers), PaymentTransaction.objects.count
    )


def of_refund(client: APIClient) -> Resource:
    address = f"{V1}/payments/{completed_order().payments.get().pk}"
    return Resource(
        address,
        lambda **headers: client.post(f"{address}/refund", {"amount": "1.00"}, headers=headers),
        PaymentTransaction.objects.count,
    )


RESOURCES = [
    of_product,
    of_deleted_product,
    of_pictures,
    of_category,
    of_deleted_category,
    of_stock,
    of_order,
    of_edited_order,
    of_cancelled_order,
    of_parcel,
    of_capture,
    of_refund,
]
Made = Callable[[APIClient], Resource]


@pytest.mark.parametrize("resource_of", RESOURCES)
def test_a_change_with_a_stale_tag_is_refused_and_changes_nothing(resource_of: Made) -> None:
    client = staff()
    resource = resource_of(client)
    before = resource.state()
    response = resource.change(**{"if-match": '"stale.tag", W/"weak"'})
    current = refused(response, 412, "precondition_failed")["etag"]
    assert resource.state() == before
    assert response["ETag"] == current
    assert resource.change(**{"if-match": current}).status_code < 300
    assert resource.state() != before


@pytest.mark.parametrize("resource_of", RESOURCES)
@pytest.mark.parametrize("shown", ["{}", '"other.tag", {}', "*"])
def test_a_change_with_the_tag_of_a_read_is_made(resource_of: Made, shown: str) -> None:
    client = staff()
    resource = resource_of(client)
    tag = client.get(resource.address, {"fields": "id"}, headers={"accept-language": "ar"})["ETag"]
    before = resource.state()
    assert resource.change(**{"if-match": shown.format(tag)}).status_code < 300
    assert resource.state() != before


@pytest.mark.parametrize("resource_of", [of_product, of_stock, of_order, of_edited_order, of_refund])
def test_a_changes_own_tag_is_the_next_reads(resource_of: Made) -> None:
    client = staff()
    resource = resource_of(client)
    tag = resource.change()["ETag"]
    assert tag == client.get(resource.address)["ETag"]


def test_a_category_as_written_has_the_version_that_is_read() -> None:
    client = staff()
    resource = of_category(client)
    assert given(resource.change(**{"if-match": resource.change()["ETag"]}))


@pytest.mark.parametrize("shown", ["", "tag", '"tag', "W/", '"a" "b"', '"a",', "*, *", 'w/"a"', '"a b"'])
def test_a_header_that_cannot_be_read_is_named(shown: str) -> None:
    client = staff()
    resource = of_product(client)
    before = resource.state()
    assert "If-Match" in faulty(resource.change(**{"if-match": shown}))
    assert resource.state() == before


def test_a_weak_tag_is_not_enough() -> None:
    client = staff()
    resource = of_product(client)
    tag = client.get(resource.address)["ETag"]
    refused(resource.change(**{"if-match": f"W/{tag}"}), 412, "precondition_failed")


def test_a_change_that_is_not_checked_says_so() -> None:
    variant = stocked_variant()
    body = {"sku": variant.sku, "location": "main", "quantity": 1}
    response = staff().post(f"{V1}/stock-items", body, headers={"if-match": "*"})
    assert "If-Match" in faulty(response)
    assert StockItem.objects.get().on_hand == 10


@pytest.mark.parametrize(
    "edit",
    [
        lambda variant: Product.objects.update(brand="Other"),
        lambda variant: Product.objects.update(name_ar="آخر"),
        lambda variant: Variant.objects.update(price_minor=1),
        lambda variant: VariantFactory(product=variant.product),
        lambda variant: ProductImageFactory(product=variant.product),
    ],
)
def test_whatever_people_edit_of_a_product_is_another_version(api: APIClient, edit: Callable[[Variant], Any]) -> None:
    variant = stocked_variant()
    before = api.get(address_of(variant))["ETag"].partition(".")[0]
    edit(variant)
    assert api.get(address_of(variant))["ETag"].partition(".")[0] != before


def test_only_what_was_counted_is_a_stock_items_version() -> None:
    client, variant = staff(), stocked_variant(5)
    item = variant.stock_items.get()
    tag = client.get(f"{V1}/stock-items/{item.pk}")["ETag"]
    confirmed_order(variant=variant)
    body = {"quantity": -1, "reason": "Broken"}
    given(client.post(f"{V1}/stock-items/{item.pk}/adjust", body, headers={"if-match": tag}))
    refused(
        client.post(f"{V1}/stock-items/{item.pk}/adjust", body, headers={"if-match": tag}), 412, "precondition_failed"
    )


def test_a_stranger_is_not_told_whether_a_tag_fits() -> None:
    order = confirmed_order(customer=UserFactory())
    response = client_of(UserFactory()).post(f"{V1}/orders/{order.pk}/cancel", headers={"if-match": '"x"'})
    refused(response, 404, "not_found")


def test_a_version_tells_nothing_of_what_it_hides(settings: Any) -> None:
    variant = stocked_variant()
    product = product_detail(variant.product_id)
    assert product is not None
    before = product_version(product)
    settings.SECRET_KEY = "another"
    assert product_version(product) != before


# --- With an Idempotency-Key ----------------------------------------------------------------------


def test_a_change_sent_again_with_its_tag_gets_the_first_answer() -> None:
    client = staff()
    resource = of_stock(client)
    headers = {"if-match": client.get(resource.address)["ETag"], "idempotency-key": "count-1"}
    first, again = resource.change(**headers), resource.change(**headers)
    assert (again.status_code, again.content, again["ETag"]) == (200, first.content, first["ETag"])
    assert again["Idempotency-Replayed"] == "true"
    assert resource.state() == 9


def test_a_refused_tag_frees_the_key_for_the_next_one() -> None:
    client = staff()
    resource = of_stock(client)
    key = {"idempotency-key": "count-2"}
    current = refused(resource.change(**key, **{"if-match": '"stale"'}), 412, "precondition_failed")["etag"]
    given(resource.change(**key, **{"if-match": current}))
    assert resource.state() == 9


# --- Races ----------------------------------------------------------------------------------------


def two_editors_at_once(variant: Variant, colleagues: list[APIClient]) -> list[int]:
    tag = colleagues[0].get(address_of(variant))["ETag"]

    def edit(number: int) -> int:
        body = {"name_en": f"By colleague {number}"}
        return int(colleagues[number].patch(address_of(variant), body, headers={"if-match": tag}).status_code)

    return sorted(at_once(partial(edit, 0), partial(edit, 1)))


@on_real_connections
def test_without_the_lock_both_editors_win(monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read = threading.Barrier(2)

    def unlocked(product_id: UUID) -> str:
        version = product_version(cast(ProductDetail, product_detail(product_id)))
        both_have_read.wait()
        return version

    monkeypatch.setattr("catalog.viewsets.lock_product_version", unlocked)
    assert two_editors_at_once(stocked_variant(), [staff(), staff()]) == [200, 200]


@on_real_connections
def test_of_two_editors_one_wins_and_the_other_is_told() -> None:
    assert two_editors_at_once(stocked_variant(), [staff(), staff()]) == [200, 412]
