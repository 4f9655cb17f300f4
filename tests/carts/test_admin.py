"""Staff looks at carts, without the secrets that open them."""

import pytest
from django.urls import reverse

from tests.factories.checkout import cart_with, confirmed_order
from tests.factories.inventory import stocked_variant
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def test_a_cart_is_shown_with_its_lines_and_without_its_token() -> None:
    cart = cart_with(stocked_variant(5, sku="TEA-MINT"), quantity=3)
    client = staff_client()

    page = client.get(reverse("admin:carts_cart_change", args=[cart.pk])).content.decode()
    listed = client.get(reverse("admin:carts_cart_changelist"))

    assert "TEA-MINT" in page
    assert "$59.97" in page
    assert cart.token not in page + listed.content.decode()
    assert listed.context["cl"].result_list[0].units == 3


def test_a_cart_leads_to_the_order_that_it_became() -> None:
    order = confirmed_order()

    page = staff_client().get(reverse("admin:carts_cart_change", args=[order.cart_id])).content.decode()

    assert reverse("admin:orders_order_change", args=[order.pk]) in page
