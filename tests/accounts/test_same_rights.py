"""Staff may do the same things by the admin and by the API: one table says what each action needs, and both read it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.actions import AccountAction
from accounts.models import User
from accounts.roles import actions_of, all_actions, all_roles, roles_table
from catalog.actions import CatalogAction
from core.actions import Action, CoreAction
from core.db.ids import new_id
from core.models import FailedTask, OutboxDelivery, OutboxEvent
from etl.actions import DataImportAction
from inventory.actions import InventoryAction
from notifications.actions import NotificationAction
from notifications.models import Message, MessageText
from orders.actions import OrderAction
from payments.actions import PaymentAction
from pricing.actions import PricingAction
from shipping.actions import ShippingAction
from tests.api import V1, client_of
from tests.factories.accounts import MembershipFactory, StaffFactory, UserFactory, postal
from tests.factories.catalog import ProductFactory, ProductImageFactory
from tests.factories.checkout import completed_order, confirmed_order, order_awaiting_transfer, shipped_order
from tests.factories.files import picture, upload
from tests.factories.inventory import stocked_variant
from tests.factories.payments import requested_refund
from tests.factories.pricing import TaxZoneFactory
from tests.factories.staff import colleague

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "shopper", "colleague without permissions", *all_roles(), "superuser")


class Shop:
    """One row for each action, at the point of its life where the action is possible."""

    def __init__(self) -> None:
        self.customer: User = UserFactory()
        self.variant = stocked_variant(100)
        self.product = self.variant.product
        self.picture = ProductImageFactory(product=self.product)
        self.stock_item = self.variant.stock_items.get()
        self.to_pay = order_awaiting_transfer(variant=self.variant)
        self.to_ship = confirmed_order(variant=self.variant)
        self.sent, self.shipment = shipped_order(variant=self.variant)
        self.done = completed_order(variant=self.variant)
        self.payment = self.to_pay.payments.get()
        self.paid = self.done.payments.get()
        self.text = MessageText.objects.create(code="order_placed", language="en")
        self.group = MembershipFactory().group
        self.operation = requested_refund(self.paid)
        self.draft = ProductFactory(is_active=False)
        self.message = Message.objects.create(
            template="order_placed",
            to=self.customer.email,
            order=self.done,
            language="en",
            subject="Thank you",
            event_id=new_id(),
        )
        self.tax_zone = TaxZoneFactory()
        self.failed_task = FailedTask.objects.create(name="core.tasks.check_integrity", error="Disk full")
        event = OutboxEvent.objects.first()
        self.delivery = OutboxDelivery.objects.create(
            event=event, aggregate_id=event.aggregate_id, consumer="x", position=1, status="dead"
        )


@dataclass(frozen=True)
class Ways:
    """How one action is tried in the admin, by GET of its page, and by the API; None where it is not offered."""

    admin: Callable[[Shop], str] | None
    api: Callable[[Shop], tuple[str, str, Any]] | None = None
    # What the page shows to those who may act, where the page itself opens for others too.
    shows: str = ""


def page(name: str, row: Callable[[Shop], Any] | None = None) -> Callable[[Shop], str]:
    return lambda shop: reverse(f"admin:{name}", args=[row(shop).pk] if row else [])


def call(method: str, address: str, body: Any = None) -> Callable[[Shop], tuple[str, str, Any]]:
    return lambda shop: (method, f"{V1}/{address.format(shop=shop)}", body(shop) if callable(body) else body)


def new_product(shop: Shop) -> dict[str, Any]:
    return {"name": "Coffee", "category": shop.product.category.slug, "sku": "NEW-1", "price": "9.90"}


def place(shop: Shop) -> dict[str, Any]:
    return {"sku": shop.variant.sku, "location": shop.stock_item.location.code}


def items(shop: Shop) -> dict[str, Any]:
    return {
        "customer": str(shop.customer.pk),
        "items": [{"sku": shop.variant.sku}],
        "shipping_address": postal(),
        "shipping_method": "standard",
        "payment_provider": "cash_on_delivery",
    }


WAYS: dict[Action, Ways] = {
    ShippingAction.SHIP_ORDER: Ways(
        page("orders_order_ship", lambda s: s.to_ship), call("post", "orders/{shop.to_ship.pk}/shipments", {})
    ),
    ShippingAction.DELIVER_SHIPMENT: Ways(
        page("shipping_shipment_deliver", lambda s: s.shipment), call("post", "shipments/{shop.shipment.pk}/deliver")
    ),
    InventoryAction.RECEIVE_STOCK: Ways(
        page("inventory_stockitem_receive"), call("post", "stock-items", lambda s: place(s) | {"quantity": 1})
    ),
    InventoryAction.ADJUST_STOCK: Ways(
        page("inventory_stockitem_adjust", lambda s: s.stock_item),
        call("post", "stock-items/{shop.stock_item.pk}/adjust", {"quantity": 1, "reason": "Counted"}),
    ),
    InventoryAction.LIMIT_BACKORDERS: Ways(
        page("inventory_stockitem_limit_backorders", lambda s: s.stock_item),
        call("put", "stock-items/{shop.stock_item.pk}/backorder-limit", {"limit": 3}),
    ),
    InventoryAction.LIMIT_VARIANT_BACKORDERS: Ways(
        page("inventory_stockitem_sell_ahead"),
        call("put", "stock-items/backorder-limit", lambda s: place(s) | {"limit": 3}),
    ),
    InventoryAction.VIEW_STOCK: Ways(page("inventory_stockitem_changelist"), call("get", "stock-items")),
    InventoryAction.VIEW_STOCK_MOVES: Ways(
        page("inventory_stockitem_change", lambda s: s.stock_item),
        call("get", "stock-items/{shop.stock_item.pk}/moves"),
        shows='id="moves"',
    ),
    OrderAction.CONFIRM_ORDER: Ways(
        page("orders_order_confirm", lambda s: s.to_pay),
        call("put", "orders/{shop.to_pay.pk}/status", {"status": "confirmed"}),
    ),
    OrderAction.CANCEL_ORDER: Ways(
        page("orders_order_cancel", lambda s: s.to_pay), call("post", "orders/{shop.to_pay.pk}/cancel")
    ),
    OrderAction.EDIT_ORDER: Ways(
        page("orders_order_edit", lambda s: s.to_ship), call("patch", "orders/{shop.to_ship.pk}", {"note": "Called"})
    ),
    OrderAction.DISCOUNT_ORDER: Ways(
        page("orders_order_discount", lambda s: s.to_ship),
        call("post", "orders/{shop.to_ship.pk}/discounts", {"percent": 10, "reason": "Late"}),
    ),
    # In the admin, recording the last delivery completes an order.
    OrderAction.COMPLETE_ORDER: Ways(
        None,
        call("put", "orders/{shop.sent.pk}/status", {"status": "completed"}),
    ),
    OrderAction.PLACE_ORDER: Ways(page("orders_order_add"), call("post", "orders", items)),
    OrderAction.VIEW_ORDER: Ways(
        page("orders_order_change", lambda s: s.to_pay), call("get", "orders/{shop.to_pay.pk}")
    ),
    PaymentAction.VIEW_PAYMENT: Ways(
        page("payments_payment_change", lambda s: s.payment), call("get", "payments/{shop.payment.pk}")
    ),
    PaymentAction.CAPTURE_PAYMENT: Ways(
        page("payments_payment_capture", lambda s: s.payment), call("post", "payments/{shop.payment.pk}/capture", {})
    ),
    PaymentAction.SPLIT_PAYMENT: Ways(
        page("payments_payment_split", lambda s: s.payment),
        call("post", "payments/{shop.payment.pk}/split", {"amount": "1.00", "provider": "cash_on_delivery"}),
    ),
    PaymentAction.REFUND_PAYMENT: Ways(
        page("payments_payment_refund", lambda s: s.paid),
        call("post", "payments/{shop.paid.pk}/refund", {"amount": "1.00"}),
    ),
    PaymentAction.VIEW_OPERATION: Ways(page("payments_paymentoperation_change", lambda s: s.operation)),
    PaymentAction.EXECUTE_OPERATION: Ways(
        page("payments_paymentoperation_try_again", lambda s: s.operation),
        # With a body, which is refused: nobody is asked inside of a test's transaction.
        call("post", "payments/{shop.paid.pk}/reconcile", {"x": 1}),
    ),
    CatalogAction.ADD_PRODUCT: Ways(page("catalog_product_add"), call("post", "products", new_product)),
    CatalogAction.CHANGE_PRODUCT: Ways(
        page("catalog_product_change", lambda s: s.product),
        call("patch", "products/{shop.product.pk}", {"brand": "Souk"}),
        shows='name="_save"',
    ),
    CatalogAction.CHANGE_PRICE: Ways(
        page("catalog_product_change", lambda s: s.product),
        call("patch", "products/{shop.product.pk}", {"price": "12.00"}),
        shows='name="variants-0-sku"',
    ),
    CatalogAction.DELETE_PRODUCT: Ways(
        page("catalog_product_delete", lambda s: s.product), call("delete", "products/{shop.product.pk}")
    ),
    CatalogAction.IMPORT_PRODUCTS: Ways(
        page("catalog_product_import"), call("post", "bulk/products", lambda s: {"rows": [new_product(s)]})
    ),
    CatalogAction.ADD_PICTURE: Ways(
        page("catalog_product_change", lambda s: s.product),
        call("post", "products/{shop.product.pk}/images", lambda s: {"images": [upload(picture(size=(20, 20)))]}),
        shows='name="images-__prefix__-external_url"',
    ),
    CatalogAction.CHANGE_PICTURE: Ways(
        page("catalog_product_change", lambda s: s.product),
        call("patch", "products/{shop.product.pk}/images/{shop.picture.public_id}", {"alt_en": "A glass of tea"}),
        shows='name="images-0-alt_en"',
    ),
    CatalogAction.ADD_CATEGORY: Ways(page("catalog_category_add"), call("post", "categories", {"name_en": "Coffees"})),
    CatalogAction.CHANGE_CATEGORY: Ways(
        page("catalog_category_change", lambda s: s.product.category),
        call("patch", "categories/{shop.product.category.slug}", {"name_en": "Coffees"}),
        shows='name="_save"',
    ),
    CatalogAction.DELETE_CATEGORY: Ways(
        page("catalog_category_delete", lambda s: s.product.category),
        call("delete", "categories/{shop.product.category.slug}"),
    ),
    AccountAction.VIEW_CUSTOMER: Ways(
        page("accounts_user_change", lambda s: s.customer), call("get", "customers/{shop.customer.pk}")
    ),
    CatalogAction.ADD_PICTURE_OF_NEW_PRODUCT: Ways(
        None, call("post", "products", lambda s: new_product(s) | {"images": [{"url": "https://souk.example/a.jpg"}]})
    ),
    CatalogAction.DELETE_PICTURE: Ways(
        None, call("delete", "products/{shop.product.pk}/images/{shop.picture.public_id}")
    ),
    CatalogAction.VIEW_PRODUCT: Ways(
        page("catalog_product_change", lambda s: s.draft), call("get", "products/{shop.draft.pk}")
    ),
    PricingAction.VIEW_TAX_ZONE: Ways(
        page("pricing_taxzone_change", lambda s: s.tax_zone), call("get", "tax-zones/{shop.tax_zone.pk}")
    ),
    PricingAction.ADD_TAX_ZONE: Ways(
        page("pricing_taxzone_add"),
        call(
            "post",
            "tax-zones",
            {"code": "fr", "name": "France", "prices_include_tax": True, "areas": [{"country": "FR"}]},
        ),
        shows='name="areas-TOTAL_FORMS"',
    ),
    PricingAction.CHANGE_TAX_ZONE: Ways(
        page("pricing_taxzone_change", lambda s: s.tax_zone),
        call("patch", "tax-zones/{shop.tax_zone.pk}", {"name": "America"}),
        shows='name="_save"',
    ),
    CatalogAction.EDIT_VARIANTS: Ways(page("catalog_product_matrix", lambda s: s.product)),
    CatalogAction.EXPORT_PRODUCTS: Ways(page("catalog_product_export")),
    InventoryAction.VIEW_LOCATION: Ways(page("inventory_location_changelist"), call("get", "locations")),
    ShippingAction.VIEW_SHIPPING_METHOD: Ways(page("shipping_shippingmethod_changelist")),
    AccountAction.CHANGE_CUSTOMER: Ways(page("accounts_user_change", lambda s: s.customer), shows='name="_save"'),
    AccountAction.CHANGE_CUSTOMER_EMAIL: Ways(page("accounts_user_change", lambda s: s.customer), shows='name="email"'),
    AccountAction.ERASE_CUSTOMER: Ways(page("accounts_user_erase", lambda s: s.customer)),
    AccountAction.REMOVE_SECOND_FACTOR: Ways(page("accounts_user_remove_second_factor", lambda s: s.customer)),
    AccountAction.VIEW_CUSTOMER_GROUP: Ways(page("accounts_customergroup_changelist"), call("get", "customer-groups")),
    AccountAction.ADD_CUSTOMER_GROUP: Ways(
        page("accounts_customergroup_add"), call("post", "customer-groups", {"code": "club", "name_en": "Club"})
    ),
    AccountAction.CHANGE_CUSTOMER_GROUP: Ways(
        page("accounts_customergroup_change", lambda s: s.group),
        call("patch", "customer-groups/{shop.group.pk}", {"name_en": "Club"}),
        shows='name="_save"',
    ),
    AccountAction.DELETE_CUSTOMER_GROUP: Ways(
        page("accounts_customergroup_delete", lambda s: s.group), call("delete", "customer-groups/{shop.group.pk}")
    ),
    AccountAction.VIEW_GROUP_MEMBERS: Ways(
        page("accounts_customergroup_change", lambda s: s.group),
        call("get", "customer-groups/{shop.group.pk}/members"),
        shows="?customer_group=",
    ),
    AccountAction.ADD_GROUP_MEMBERS: Ways(
        page("accounts_customergroup_add_members", lambda s: s.group),
        call("post", "customer-groups/{shop.group.pk}/members", lambda s: {"customer_ids": [str(s.customer.pk)]}),
    ),
    AccountAction.REMOVE_GROUP_MEMBERS: Ways(
        None, call("delete", "customer-groups/{shop.group.pk}/members/{shop.customer.pk}")
    ),
    AccountAction.VIEW_SECURITY_EVENTS: Ways(page("accounts_securityevent_changelist")),
    NotificationAction.VIEW_MESSAGE: Ways(page("notifications_message_changelist")),
    NotificationAction.VIEW_MESSAGE_TEXT: Ways(
        page("notifications_messagetext_changelist"), call("get", "message-texts")
    ),
    NotificationAction.CHANGE_MESSAGE_TEXT: Ways(
        page("notifications_messagetext_reset", lambda s: s.text),
        call("patch", "message-texts/order_placed/en", {"heading": "Hello"}),
    ),
    NotificationAction.RESEND_MESSAGE: Ways(page("notifications_message_resend", lambda s: s.message)),
    CoreAction.VIEW_SHOP_SETTINGS: Ways(page("core_shopsetting_changelist"), call("get", "shop-settings")),
    CoreAction.CHANGE_SHOP_SETTINGS: Ways(
        page("core_shopsetting_changelist"),
        call("patch", "shop-settings", {"low_stock_units": 7}),
        shows='name="_save"',
    ),
    CoreAction.VIEW_FAILED_TASK: Ways(page("core_failedtask_changelist")),
    CoreAction.RETRY_TASK: Ways(page("core_failedtask_retry", lambda s: s.failed_task)),
    CoreAction.VIEW_EVENT_DELIVERY: Ways(page("core_outboxdelivery_changelist")),
    CoreAction.REPLAY_EVENT: Ways(page("core_outboxdelivery_replay", lambda s: s.delivery)),
    DataImportAction.VIEW_DATA_IMPORT: Ways(page("etl_run_changelist")),
}


def person(who: str) -> User | None:
    if who == "anonymous":
        return None
    if who == "shopper":
        return UserFactory()  # type: ignore[no-any-return]
    made: User = StaffFactory(is_superuser=who == "superuser")
    if who in all_roles():
        made.groups.add(Group.objects.get(name=who))
    return made


def may_in_admin(user: User | None, ways: Ways, shop: Shop) -> bool | None:
    if ways.admin is None:
        return None
    client = Client()
    if user is not None:
        client.force_login(user)
    response = client.get(ways.admin(shop))
    if response.status_code == 403 or "/login" in response.headers.get("Location", ""):
        return False
    return ways.shows in response.content.decode()


def may_by_api(user: User | None, ways: Ways, shop: Shop) -> bool | None:
    if ways.api is None:
        return None
    method, address, body = ways.api(shop)
    client = client_of(user) if user is not None else APIClient()
    options = {"format": "multipart"} if address.endswith("/images") else {}
    return getattr(client, method)(address, body, **options).status_code not in {401, 403, 404}


def answers(action: Action, shop: Shop, make_user: Callable[[], User | None]) -> set[bool]:
    """What admin and API say, each from the same beginning; one answer if they are of one mind."""
    found = set()
    for may in (may_in_admin, may_by_api):
        cache.clear()
        with transaction.atomic():
            found.add(may(make_user(), WAYS[action], shop))
            transaction.set_rollback(True)
    return {answer for answer in found if answer is not None}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_every_action_is_tried() -> None:
    assert set(WAYS) == set(all_actions())


@pytest.mark.parametrize("action", WAYS, ids=lambda action: action.name)
def test_admin_and_api_let_the_same_people_act(action: Action, shop: Shop) -> None:
    found = {who: answers(action, shop, lambda who=who: person(who)) for who in PEOPLE}  # type: ignore[misc]
    allowed = {"superuser"} | {role for role in all_roles() if action in actions_of(role)}
    assert found == {who: {who in allowed} for who in PEOPLE}


@pytest.mark.parametrize("action", WAYS, ids=lambda action: action.name)
def test_the_permissions_of_an_action_are_enough_and_none_of_them_is_too_much(action: Action, shop: Shop) -> None:
    assert answers(action, shop, lambda: colleague(*action.permissions)) == {True}
    for enough in action.alternatives:
        assert answers(action, shop, lambda enough=enough: everything_but(*enough)) == {False}  # type: ignore[misc]


def everything_but(*permissions: str) -> User:
    """A member of staff with all permissions except these."""
    user: User = StaffFactory(is_superuser=False)
    left = Permission.objects.all()
    for app, _dot, codename in (name.partition(".") for name in permissions):
        left = left.exclude(content_type__app_label=app, codename=codename)
    user.user_permissions.set(left)
    return user


def test_the_document_shows_the_table() -> None:
    assert roles_table() in (Path(settings.BASE_DIR) / "docs" / "roles.md").read_text()
