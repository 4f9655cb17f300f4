"""Two tabs with one row: the second save does not silently undo the first."""

import threading
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from catalog.models import Category, OptionType, Product, Variant, VariantPicture
from core.admin import ReadOnly, SoukAdmin
from notifications.texts.models import MessageText
from tests.factories.accounts import CustomerGroupFactory, UserFactory
from tests.factories.catalog import (
    CategoryFactory,
    OptionTypeFactory,
    OptionValueFactory,
    ProductImageFactory,
    VariantFactory,
)
from tests.factories.inventory import LocationFactory
from tests.factories.pricing import TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.factories.staff import errors_of, filled_in, staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db

REFUSED = "This was changed after you opened it, so nothing was saved."


def form_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def save(row: Model, opened: Any, *, client: Client | None = None, **changes: Any) -> Any:
    return (client or staff_client()).post(form_of(row), filled_in(opened, **changes))


def test_the_second_of_two_tabs_is_refused_and_told_what_was_changed() -> None:
    product: Product = VariantFactory(product__name_en="Tea pot").product
    client = staff_client()
    first, second = client.get(form_of(product)), client.get(form_of(product))

    assert save(product, first, client=client, name_en="Copper tea pot").status_code == 302
    refused = save(product, second, client=client, brand="Atlas")

    assert refused.status_code == 200
    assert REFUSED in errors_of(refused)
    assert "Karim Benali" in errors_of(refused)
    assert "Tea pot → Copper tea pot" in errors_of(refused)
    product.refresh_from_db()
    assert (product.name_en, product.brand) == ("Copper tea pot", "")


def test_saving_once_more_after_the_warning_is_a_decision() -> None:
    product: Product = VariantFactory().product
    client = staff_client()
    first, second = client.get(form_of(product)), client.get(form_of(product))
    save(product, first, client=client, name_en="Copper tea pot")

    refused = save(product, second, client=client, name_en="Brass tea pot")
    assert save(product, refused, client=client).status_code == 302
    product.refresh_from_db()
    assert product.name_en == "Brass tea pot"


def test_a_row_of_an_inline_that_was_changed_by_other_ways_counts() -> None:
    variant: Variant = VariantFactory()
    opened = staff_client().get(form_of(variant.product))
    Variant.objects.filter(pk=variant.pk).update(price_minor=4_200)
    assert REFUSED in errors_of(save(variant.product, opened, name_en="Another"))
    variant.refresh_from_db()
    assert variant.price_minor == 4_200


def test_a_variant_that_somebody_added_meanwhile_counts() -> None:
    variant: Variant = VariantFactory()
    opened = staff_client().get(form_of(variant.product))
    VariantFactory(product=variant.product)
    assert REFUSED in errors_of(save(variant.product, opened, name_en="Another"))


def test_a_picture_that_was_given_to_a_variant_meanwhile_counts() -> None:
    variant: Variant = VariantFactory()
    image = ProductImageFactory(product=variant.product)
    opened = staff_client().get(form_of(variant.product))
    VariantPicture.objects.create(variant=variant, image=image, product=variant.product)
    assert REFUSED in errors_of(save(variant.product, opened, name_en="Another"))


def test_what_the_shop_itself_derives_is_no_change() -> None:
    product: Product = VariantFactory().product
    opened = staff_client().get(form_of(product))
    Product.objects.filter(pk=product.pk).update(search_text="other words")
    assert save(product, opened, name_en="Another").status_code == 302


def test_permissions_of_a_group_count() -> None:
    group = Group.objects.create(name="Warehouse")
    client = staff_client()
    opened = client.get(form_of(group))
    group.permissions.add(Permission.objects.get(codename="view_order"))
    refused = client.post(form_of(group), filled_in(opened, name="Packers"))
    assert REFUSED in errors_of(refused)


ROWS = {
    "accounts.user": UserFactory,
    "accounts.customergroup": CustomerGroupFactory,
    "auth.group": lambda: Group.objects.create(name="Warehouse"),
    "catalog.product": lambda: VariantFactory().product,
    "catalog.category": CategoryFactory,
    "catalog.optiontype": lambda: OptionValueFactory(option_type=OptionTypeFactory()).option_type,
    "inventory.location": LocationFactory,
    "notifications.messagetext": lambda: MessageText.objects.create(code="order_placed", language="en"),
    "pricing.taxzone": lambda: TaxRateFactory().zone,
    "shipping.shippingmethod": ShippingMethodFactory,
}
TEXT = {
    "accounts.user": "first_name",
    "accounts.customergroup": "name_en",
    "auth.group": "name",
    "notifications.messagetext": "subject",
}


@pytest.mark.parametrize("label", ROWS)
def test_every_form_of_the_admin_has_the_guard(label: str) -> None:
    row = ROWS[label]()
    column = TEXT.get(label, "name_en" if isinstance(row, (Product, Category, OptionType)) else "name")
    column = "name_en" if label == "shipping.shippingmethod" else column
    client = staff_client()
    opened = client.get(form_of(row))
    type(row)._default_manager.filter(pk=row.pk).update(**{column: "Meanwhile"})
    refused = client.post(form_of(row), filled_in(opened, **{column: "Mine"}))
    assert REFUSED in errors_of(refused)
    row.refresh_from_db()
    assert getattr(row, column) == "Meanwhile"


def test_every_model_with_a_form_is_tried_above() -> None:
    """Those that nobody changes by a form, or that hold one text beside their keys, are not; settings have another."""
    tried = {*ROWS, "core.shopsetting", "catalog.variant", "account.emailaddress", "accounts.externalidentity"}
    forms = {
        model._meta.label_lower
        for model, one in admin.site._registry.items()
        if isinstance(one, SoukAdmin) and not isinstance(one, ReadOnly)
    }
    assert forms - tried == set()


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_the_same_moment_one_is_refused() -> None:
    product: Product = VariantFactory().product
    clients = [staff_client(), staff_client()]
    opened = [client.get(form_of(product)) for client in clients]
    together = threading.Barrier(2, timeout=60)

    def save_mine(number: int) -> int:
        together.wait()
        return clients[number].post(form_of(product), filled_in(opened[number], name_en=f"Name {number}")).status_code

    assert sorted(at_once(lambda: save_mine(0), lambda: save_mine(1))) == [200, 302]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("model", sorted(model._meta.label_lower for model in admin.site._registry))
@pytest.mark.parametrize("key", ["abc", "0", "99999999999999999999", "_00"])
def test_an_address_with_a_key_that_nothing_can_have_leads_back_to_the_admin(model: str, key: str, method: str) -> None:
    address = reverse(f"admin:{model.replace('.', '_')}_changelist") + f"{key}/change/"
    assert getattr(staff_client(), method)(address).status_code in {302, 403, 404}
