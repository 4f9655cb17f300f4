"""Who may do what at every address of the API; where one may not, nothing changes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import URLPattern
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.actions import AccountAction
from accounts.models import User
from accounts.tokens import issue_tokens
from catalog.actions import CatalogAction
from config.api import urlpatterns
from inventory.actions import InventoryAction
from orders.actions import OrderAction
from payments.actions import PaymentAction
from pricing.actions import PricingAction
from tests.api import V1, client_of, client_with_cart
from tests.core.test_api_document import Shop
from tests.factories.accounts import StaffFactory, UserFactory, postal
from tests.factories.checkout import cart_ready_to_order, cart_with
from tests.factories.files import picture, upload
from tests.factories.staff import colleague
from tests.payments import gateway

pytestmark = pytest.mark.django_db

ROLES = ("guest", "guest with a cart", "owner", "other customer", "staff without", "staff with", "admin")


@dataclass(frozen=True)
class Case:
    """What is sent, and the status that each role gets."""

    guest: int
    cart: int  # a guest whose cart's token is that of the thing, where it can be
    owner: int
    other: int
    without: int  # staff with every permission but those needed
    keeper: int  # staff with the needed permissions only
    admin: int
    needs: tuple[str, ...] = ()
    body: Callable[[Shop], Any] = field(default=lambda shop: {})
    query: Callable[[Shop], dict[str, Any]] = field(default=lambda shop: {})
    multipart: bool = False

    def expected(self) -> dict[str, int]:
        return dict(
            zip(
                ROLES,
                (self.guest, self.cart, self.owner, self.other, self.without, self.keeper, self.admin),
                strict=True,
            )
        )


def anybody(status: int = 200, **options: Any) -> Case:
    return Case(*[status] * 7, **options)


def signed_in(status: int = 200, **options: Any) -> Case:
    """Each for themselves."""
    return Case(401, 401, *[status] * 5, **options)


def own(status: int = 200, **options: Any) -> Case:
    """The owner alone: not staff, not even the admin."""
    return Case(401, 401, status, 404, 404, 404, 404, **options)


def staff(*needs: str, status: int = 200, others: int = 403, **options: Any) -> Case:
    """Staff with the permissions; the others of the staff are answered as `others` says."""
    return Case(401, 401, 403, 403, others, status, status, needs=needs, **options)


def some_staff(status: int = 200, **options: Any) -> Case:
    """All of the staff, each what they may see."""
    return Case(401, 401, 403, 403, status, status, status, **options)


def order_of(status: int = 200, *, needs: str, guest: int = 404, **options: Any) -> Case:
    """The order's customer, and staff with the permission; to others it is not there."""
    return Case(guest, guest, status, 404, 404, status, status, needs=(needs,), **options)


def password(shop: Shop) -> dict[str, str]:
    return {"login": str(shop.customer.email), "password": "a-good-password-1"}


def registration(shop: Shop) -> dict[str, str]:
    return {"email": "new@souk.example", "username": "new", "password": "a-good-password-1"}


def refresh(shop: Shop) -> dict[str, str]:
    return {"refresh": issue_tokens(shop.customer).refresh}


def category(shop: Shop) -> dict[str, Any]:
    return {"name_en": "Coffees"}


def product(shop: Shop) -> dict[str, Any]:
    category = shop.variant.product.category.slug
    return {"name_en": "Coffee", "category": category, "sku": "NEW-1", "base_price": "9.90", "is_active": False}


def a_picture(shop: Shop) -> dict[str, list[SimpleUploadedFile]]:
    return {"images": [upload(picture(size=(20, 20)))]}


def a_product_file(shop: Shop) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("spring.csv", b"sku,name_en,category,price\nA,Cup,glasses,1\n")}


def item(shop: Shop) -> dict[str, Any]:
    return {"variant_id": str(shop.variant.pk)}


def items(shop: Shop) -> dict[str, Any]:
    how = {"shipping_method": "standard", "payment_provider": "cash_on_delivery"}
    return {"items": [{"sku": shop.variant.sku}], "shipping_address": postal(), **how}


def tax_zone(shop: Shop) -> dict[str, Any]:
    rates = [{"tax_class": "standard", "rate": "0.2", "name": "TVA"}]
    areas = [{"country": "FR", "region": "", "postal_prefix": "971"}]
    return {"code": "overseas", "name": "Overseas", "prices_include_tax": True, "areas": areas, "rates": rates}


CASES: dict[tuple[str, str], Case] = {
    ("register", "post"): anybody(202, body=registration),
    ("customers", "get"): staff("accounts.view_user"),
    ("customer", "get"): order_of(needs="accounts.view_user", guest=401),
    ("customer_groups", "get"): staff("accounts.view_customergroup"),
    ("customer_groups", "post"): staff(
        "accounts.add_customergroup", status=201, body=lambda shop: {"code": "club", "name_en": "Club"}
    ),
    ("customer_group", "get"): staff("accounts.view_customergroup"),
    ("customer_group", "patch"): staff("accounts.change_customergroup", body=lambda shop: {"name_fr": "Club"}),
    ("customer_group", "delete"): staff("accounts.delete_customergroup"),
    ("customer_group_members", "get"): staff(*AccountAction.VIEW_GROUP_MEMBERS.permissions),
    ("customer_group_members", "post"): staff(
        "accounts.add_customergroupmembership", body=lambda shop: {"customer_ids": [str(shop.customer.pk)]}
    ),
    ("customer_group_member", "delete"): staff("accounts.delete_customergroupmembership"),
    ("message_texts", "get"): staff("notifications.view_messagetext"),
    ("message_text", "get"): staff("notifications.view_messagetext"),
    ("message_text", "patch"): staff("notifications.change_messagetext", body=lambda shop: {"heading": "Hello"}),
    ("message_text", "delete"): staff("notifications.change_messagetext"),
    ("staff_tasks", "get"): some_staff(),
    ("staff_task", "get"): staff("core.view_failedtask", others=404),
    ("staff_task", "patch"): staff("core.view_failedtask", others=404, body=lambda shop: {"priority": 1}),
    ("staff_task_done", "post"): staff("core.view_failedtask", others=404),
    ("staff_task_dismiss", "post"): staff("core.view_failedtask", others=404),
    ("staff_task_reopen", "post"): staff("core.view_failedtask", others=404, status=409),
    ("shop", "get"): anybody(),
    ("shop_settings", "get"): staff("core.view_shopsetting"),
    ("shop_settings", "patch"): staff("core.change_shopsetting", body=lambda shop: {"low_stock_units": 7}),
    ("locations", "get"): staff("inventory.view_location"),
    ("location", "get"): staff("inventory.view_location"),
    ("shipping_methods", "get"): anybody(),
    ("shipping_method", "get"): anybody(),
    ("users_register", "post"): anybody(202, body=registration),
    ("users_login", "post"): anybody(body=password),
    ("users_profile", "get"): signed_in(),
    ("users_profile", "put"): signed_in(body=lambda shop: {"phone": "1"}),
    ("users_profile", "patch"): signed_in(body=lambda shop: {"phone": "1"}),
    ("users_addresses", "get"): signed_in(),
    ("users_addresses", "post"): signed_in(201, body=lambda shop: postal()),
    ("search_products", "get"): anybody(),
    ("cart_add", "post"): anybody(201, body=item),
    ("cart_checkout", "post"): Case(404, 422, 201, 404, 404, 404, 404),
    ("retailers_cart", "get"): anybody(),
    ("retailers_cart_items", "post"): anybody(201, body=item),
    ("signup", "post"): anybody(202, body=registration),
    ("register_confirm", "post"): anybody(422, body=lambda shop: {"key": "x", "password": "a-good-password-1"}),
    ("login", "post"): anybody(body=password),
    ("refresh", "post"): anybody(body=refresh),
    ("logout", "post"): anybody(body=refresh),
    ("password_reset", "post"): anybody(body=lambda shop: {"email": shop.customer.email}),
    ("password_reset_confirm", "post"): anybody(
        422, body=lambda shop: {"uid": "x", "key": "y", "password": "another-good-password-1"}
    ),
    ("password_change", "post"): signed_in(
        body=lambda shop: {"old_password": "a-good-password-1", "new_password": "another-good-password-1"}
    ),
    ("me", "get"): signed_in(),
    ("me", "patch"): signed_in(body=lambda shop: {"phone": "1"}),
    ("proof", "post"): signed_in(409),  # all of them have a password
    ("export", "post"): signed_in(body=lambda shop: {"password": "a-good-password-1"}),
    ("erase", "post"): Case(401, 401, 409, 200, *[409] * 3, body=lambda shop: {"password": "a-good-password-1"}),
    ("sessions", "get"): signed_in(),
    ("sessions", "delete"): signed_in(),
    ("session", "delete"): own(),
    ("addresses", "get"): signed_in(),
    ("addresses", "post"): signed_in(201, body=lambda shop: postal()),
    ("address", "get"): own(),
    ("address", "patch"): own(body=lambda shop: {"company": "Souk"}),
    ("address", "delete"): own(),
    ("categories", "get"): anybody(),
    ("categories", "post"): staff("catalog.add_category", status=201, body=category),
    ("category", "get"): anybody(),
    ("category", "patch"): staff("catalog.change_category", body=category),
    ("category", "delete"): staff("catalog.delete_category", status=409),
    ("products", "get"): anybody(),
    ("products", "post"): staff("catalog.add_product", "catalog.add_variant", status=201, body=product),
    ("product", "get"): anybody(),
    ("product", "patch"): staff("catalog.change_product", body=lambda shop: {"brand": "Souk"}),
    ("product", "put"): staff("catalog.change_product", body=lambda shop: {"brand": "Souk"}),
    ("product", "delete"): staff("catalog.delete_product", status=409),
    ("product_images", "post"): staff(
        "catalog.change_product", "catalog.add_productimage", status=201, body=a_picture, multipart=True
    ),
    ("product_image", "patch"): staff(
        "catalog.change_product", "catalog.change_productimage", body=lambda shop: {"alt_en": "A glass of tea"}
    ),
    ("product_image", "delete"): staff("catalog.change_product", "catalog.delete_productimage", status=409),
    ("bulk_products", "post"): staff(
        *CatalogAction.IMPORT_PRODUCTS.permissions, body=lambda shop: {"rows": [product(shop)]}
    ),
    ("product_imports", "get"): staff(*CatalogAction.IMPORT_PRODUCTS.permissions),
    ("product_imports", "post"): staff(
        *CatalogAction.IMPORT_PRODUCTS.permissions, status=202, body=a_product_file, multipart=True
    ),
    ("product_import", "get"): staff(*CatalogAction.IMPORT_PRODUCTS.permissions),
    ("product_import_refusals", "get"): staff(*CatalogAction.IMPORT_PRODUCTS.permissions),
    ("product_import_cancel", "post"): staff(*CatalogAction.IMPORT_PRODUCTS.permissions),
    ("cart", "get"): anybody(),
    ("cart_items", "post"): anybody(201, body=item),
    ("cart_item", "patch"): Case(404, 404, 200, 404, 404, 404, 404, body=lambda shop: {"quantity": 2}),
    ("cart_item", "delete"): Case(404, 404, 200, 404, 404, 404, 404),
    ("cart_item_price", "put"): Case(
        404, 404, 200, 404, 404, 404, 404, body=lambda shop: {"price": shop.variant.price.as_dict()}
    ),
    ("checkout", "get"): anybody(),
    ("checkout", "patch"): Case(404, 200, 200, 404, 404, 404, 404, body=lambda shop: {"email": "other@souk.example"}),
    ("checkout_place", "post"): Case(404, 422, 201, 404, 404, 404, 404),
    ("orders", "get"): signed_in(),
    ("orders", "post"): signed_in(201, body=items),
    ("track", "get"): anybody(query=lambda shop: {"number": shop.order.number, "email": shop.order.email}),
    ("track_link", "post"): anybody(202, body=lambda shop: {"number": shop.order.number, "email": shop.order.email}),
    ("order", "get"): order_of(needs="orders.view_order"),
    ("order", "patch"): staff("orders.change_order", status=409, body=lambda shop: {"note": "Called"}),
    ("order_back_to_cart", "post"): Case(404, 404, 409, *[404] * 4),
    ("order_tracking", "get"): order_of(needs="orders.view_order"),
    ("order_cancel", "post"): order_of(409, needs="orders.change_order"),
    ("order_status", "put"): staff(*OrderAction.COMPLETE_ORDER.permissions, body=lambda shop: {"status": "completed"}),
    ("order_discounts", "post"): staff(
        *OrderAction.DISCOUNT_ORDER.permissions,
        status=409,  # it was shipped
        body=lambda shop: {"percent": 10, "reason": "Late"},
    ),
    ("order_discount", "delete"): staff(*OrderAction.DISCOUNT_ORDER.permissions, status=409),
    ("order_shipments", "post"): staff("shipping.change_shipment", status=409),
    ("shipment_deliver", "post"): staff("shipping.change_shipment"),
    ("stock_items", "get"): staff("inventory.view_stockitem"),
    ("stock_items", "post"): staff(
        "inventory.add_stockitem",
        status=201,
        body=lambda shop: {"sku": shop.variant.sku, "location": "main", "quantity": 1},
    ),
    ("stock_item", "get"): staff("inventory.view_stockitem"),
    ("stock_item_adjust", "post"): staff(
        "inventory.change_stockitem", body=lambda shop: {"quantity": 1, "reason": "Counted"}
    ),
    ("stock_item_backorder_limit", "put"): staff("inventory.change_stockitem", body=lambda shop: {"limit": 3}),
    ("stock_backorder_limit", "put"): staff(
        *InventoryAction.LIMIT_VARIANT_BACKORDERS.permissions,
        body=lambda shop: {"sku": shop.variant.sku, "location": "main", "limit": 3},
    ),
    ("stock_item_moves", "get"): staff(*InventoryAction.VIEW_STOCK_MOVES.permissions),
    # The variant is in stock, so nobody can wait for it.
    ("stock_notices", "get"): signed_in(),
    ("stock_notices", "post"): anybody(
        409, body=lambda shop: {"variant_id": str(shop.variant.pk), "email": "guest@souk.example"}
    ),
    ("stock_notice", "delete"): signed_in(),
    ("recommendations", "get"): order_of(needs="accounts.view_user", guest=401),
    ("payments", "get"): signed_in(),
    ("payments", "post"): staff(
        "payments.change_payment", status=201, body=lambda shop: {"order_id": str(shop.order.pk)}
    ),
    ("payment", "get"): order_of(needs="payments.view_payment", guest=401),
    ("payment_capture", "post"): staff("payments.change_payment"),
    ("payment_refund", "post"): staff("payments.change_payment", status=201, body=lambda shop: {"amount": "1.00"}),
    ("payment_split", "post"): staff(
        *PaymentAction.SPLIT_PAYMENT.permissions,
        status=409,  # it was captured
        body=lambda shop: {"amount": "1.00", "provider": "cash_on_delivery"},
    ),
    # It is recorded by hand, so there is no provider to ask.
    ("payment_reconcile", "post"): staff(*PaymentAction.EXECUTE_OPERATION.permissions, status=404),
    ("payment_events", "post"): anybody(400),  # nobody's log-in stands for the provider's signature
    ("tax_zones", "get"): staff(*PricingAction.VIEW_TAX_ZONE.permissions),
    ("tax_zones", "post"): staff(*PricingAction.ADD_TAX_ZONE.permissions, status=201, body=tax_zone),
    ("tax_zone", "get"): staff(*PricingAction.VIEW_TAX_ZONE.permissions),
    ("tax_zone", "patch"): staff(
        *PricingAction.CHANGE_TAX_ZONE.permissions, body=lambda shop: {"name": "Everywhere else"}
    ),
}


def routes() -> dict[tuple[str, str], str]:
    """The address of every action of the route table, by its name and method."""
    found: dict[tuple[str, str], str] = {}
    for pattern in urlpatterns:
        actions: dict[str, str] = getattr(pattern.callback, "actions", {})
        for method in set(actions) - {"head"}:  # which the first request adds to them
            found[pattern.name or "", method] = _template(pattern)
    return found


def _template(pattern: URLPattern) -> str:
    named = re.sub(r"<\w+:(\w+)>", lambda part: f"{{{'id' if part[1] == 'pk' else part[1]}}}", str(pattern.pattern))
    return f"{V1}/{named}"


@pytest.fixture
def shop(settings: Settings) -> Shop:
    # The provider whose address for news is among the ids; it is not asked here.
    settings.PAYMENT_PROVIDERS = [*settings.PAYMENT_PROVIDERS, gateway.PATH]
    made = Shop()
    cart_ready_to_order(made.variant, customer=made.customer)
    return made


def client_in(role: str, shop: Shop, case: Case) -> APIClient:
    if role == "guest":
        return APIClient()
    if role == "guest with a cart":
        return client_with_cart(str(cart_with(shop.variant).token))
    return client_of(_user(role, shop, case))


def _user(role: str, shop: Shop, case: Case) -> User:
    if role == "owner":
        return shop.customer
    if role == "staff without":
        user: User = StaffFactory(is_superuser=False)
        hidden = [name.partition(".") for name in case.needs]
        allowed = Permission.objects.all()
        for app, _dot, codename in hidden:
            # Who may change rows may see them.
            names = {codename, codename.replace("view_", "change_", 1)}
            allowed = allowed.exclude(content_type__app_label=app, codename__in=names)
        user.user_permissions.set(allowed)
        return user
    if role == "staff with":
        return colleague(*case.needs) if case.needs else StaffFactory(is_superuser=False)
    made: User = StaffFactory() if role == "admin" else UserFactory()
    return made


# Who knocked at which door, and when, is noted of refused requests too.
_NOTES = {"accounts_loginsession", "django_session", "core_idempotentrequest"}


def everything() -> dict[str, Any]:
    """A hash of every table's rows."""
    tables = sorted({model._meta.db_table for model in apps.get_models() if model._meta.managed} - _NOTES)
    hashed = "SELECT '{0}', md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM \"{0}\" AS row"
    with connection.cursor() as cursor:
        # Each with its name: the parts of a union may be read by several workers, and come in any order.
        cursor.execute(" UNION ALL ".join(hashed.format(table) for table in tables))
        return dict(cursor.fetchall())


def test_every_address_has_its_case() -> None:
    assert not set(routes()) - set(CASES)


@pytest.mark.parametrize(("name", "method"), sorted(routes()))
def test_each_gets_what_is_theirs_and_the_others_change_nothing(name: str, method: str, shop: Shop) -> None:
    case = CASES[name, method]
    address = shop.ids(routes()[name, method])
    statuses: dict[str, int] = {}
    for role in ROLES:
        cache.clear()  # each role is within the limits of its own
        with transaction.atomic():
            client, before = client_in(role, shop, case), None
            if case.expected()[role] in {401, 403, 404}:
                before = everything()
            sent = case.query(shop) if method == "get" else case.body(shop)
            options = {"format": "multipart"} if case.multipart else {}
            statuses[role] = getattr(client, method)(address, sent, **options).status_code
            assert before is None or everything() == before, f"{role} changed something"
            transaction.set_rollback(True)
    assert statuses == case.expected()
