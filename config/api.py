"""Every address of the API, in one table: no trailing slash, one action each."""

import re
from typing import Any

from django.urls import URLPattern, path, re_path

from accounts.customer_viewsets import CustomerViewSet
from accounts.groups.viewsets import CustomerGroupViewSet
from accounts.viewsets import (
    AddressViewSet,
    AuthViewSet,
    MeViewSet,
    PasswordViewSet,
    PersonalDataViewSet,
    SessionViewSet,
)
from carts.viewsets import CartViewSet
from catalog.bulk_viewsets import ProductRowsViewSet
from catalog.imports.viewsets import ProductImportViewSet
from catalog.picture_viewsets import PictureViewSet
from catalog.viewsets import CategoryViewSet, ProductImageViewSet, ProductViewSet
from checkout.basket_viewsets import BackToCartViewSet
from checkout.discount_viewsets import DiscountViewSet
from checkout.edit_viewsets import EditOrderViewSet
from checkout.recommendation_viewsets import RecommendationViewSet
from checkout.viewsets import CheckoutViewSet
from config.compatibility import ALIASES, AnyOrderViewSet, PaymentRecordViewSet, announced
from core.api.docs import DocsView, SchemaView, UnknownView
from core.api.routes import routes_of_apps
from desk.viewsets import StaffTaskViewSet
from inventory.location_viewsets import LocationViewSet
from inventory.viewsets import StockItemViewSet
from notifications.viewsets import StockNoticeViewSet
from orders.viewsets import OrderViewSet, TrackViewSet
from payments.viewsets import PaymentViewSet, ProviderEventViewSet
from pricing.viewsets import TaxZoneViewSet
from shipping.method_viewsets import ShippingMethodViewSet
from shipping.viewsets import OrderShipmentViewSet, ShipmentViewSet


def _route(address: str, viewset: Any, name: str, **actions: str) -> URLPattern:
    """An address with the action for each method: `get="list"`."""
    return path(address, announced(viewset.as_view(actions), document_address(address)), name=name)


def document_address(route: str) -> str:
    """An address as the OpenAPI document writes it."""
    return re.sub(r"<\w+:(\w+)>", lambda part: f"{{{'id' if part[1] == 'pk' else part[1]}}}", route)


app_name = "api"
urlpatterns: list[URLPattern] = [
    _route("auth/register", AuthViewSet, "register", post="register"),
    _route("auth/register/confirm", AuthViewSet, "register_confirm", post="confirm_registration"),
    _route("auth/login", AuthViewSet, "login", post="login"),
    _route("auth/refresh", AuthViewSet, "refresh", post="refresh"),
    _route("auth/logout", AuthViewSet, "logout", post="logout"),
    _route("auth/password/reset", AuthViewSet, "password_reset", post="request_reset"),
    _route("auth/password/reset/confirm", AuthViewSet, "password_reset_confirm", post="confirm_reset"),
    _route("auth/password/change", PasswordViewSet, "password_change", post="change"),
    _route("users/me", MeViewSet, "me", get="retrieve", patch="partial_update"),
    _route("users/me/proof", PersonalDataViewSet, "proof", post="send_proof"),
    _route("users/me/export", PersonalDataViewSet, "export", post="export"),
    _route("users/me/erase", PersonalDataViewSet, "erase", post="erase"),
    _route("users/me/sessions", SessionViewSet, "sessions", get="list", delete="end_others"),
    _route("users/me/sessions/<uuid:pk>", SessionViewSet, "session", delete="destroy"),
    _route("users/me/addresses", AddressViewSet, "addresses", get="list", post="create"),
    _route(
        "users/me/addresses/<uuid:pk>",
        AddressViewSet,
        "address",
        get="retrieve",
        patch="partial_update",
        delete="destroy",
    ),
    _route("customers", CustomerViewSet, "customers", get="list"),
    _route("customers/<uuid:pk>", CustomerViewSet, "customer", get="retrieve"),
    _route("customer-groups", CustomerGroupViewSet, "customer_groups", get="list", post="create"),
    _route(
        "customer-groups/<uuid:pk>",
        CustomerGroupViewSet,
        "customer_group",
        get="retrieve",
        patch="partial_update",
        delete="destroy",
    ),
    _route(
        "customer-groups/<uuid:pk>/members", CustomerGroupViewSet, "customer_group_members", get="members", post="add"
    ),
    _route(
        "customer-groups/<uuid:pk>/members/<uuid:customer_id>",
        CustomerGroupViewSet,
        "customer_group_member",
        delete="remove",
    ),
    _route("staff-tasks", StaffTaskViewSet, "staff_tasks", get="list"),
    _route("staff-tasks/<uuid:pk>", StaffTaskViewSet, "staff_task", get="retrieve", patch="partial_update"),
    _route("staff-tasks/<uuid:pk>/done", StaffTaskViewSet, "staff_task_done", post="done"),
    _route("staff-tasks/<uuid:pk>/dismiss", StaffTaskViewSet, "staff_task_dismiss", post="dismiss"),
    _route("staff-tasks/<uuid:pk>/reopen", StaffTaskViewSet, "staff_task_reopen", post="reopen"),
    _route("locations", LocationViewSet, "locations", get="list"),
    _route("locations/<uuid:pk>", LocationViewSet, "location", get="retrieve"),
    _route("shipping-methods", ShippingMethodViewSet, "shipping_methods", get="list"),
    _route("shipping-methods/<uuid:pk>", ShippingMethodViewSet, "shipping_method", get="retrieve"),
    _route("tax-zones", TaxZoneViewSet, "tax_zones", get="list", post="create"),
    _route("tax-zones/<uuid:pk>", TaxZoneViewSet, "tax_zone", get="retrieve", patch="partial_update"),
    _route("categories", CategoryViewSet, "categories", get="list", post="create"),
    _route(
        "categories/<slug:key>", CategoryViewSet, "category", get="retrieve", patch="partial_update", delete="destroy"
    ),
    _route("products", ProductViewSet, "products", get="list", post="create"),
    _route(
        "products/<slug:key>",
        ProductViewSet,
        "product",
        get="retrieve",
        patch="partial_update",
        put="partial_update",
        delete="destroy",
    ),
    _route("bulk/products", ProductRowsViewSet, "bulk_products", post="upsert"),
    _route("imports/products", ProductImportViewSet, "product_imports", get="list", post="create"),
    _route("imports/products/<uuid:pk>", ProductImportViewSet, "product_import", get="retrieve"),
    _route("imports/products/<uuid:pk>/refusals", ProductImportViewSet, "product_import_refusals", get="refusals"),
    _route("imports/products/<uuid:pk>/cancel", ProductImportViewSet, "product_import_cancel", post="cancel"),
    _route("products/<slug:key>/images", ProductImageViewSet, "product_images", post="create"),
    # A public id may have slashes.
    _route(
        "products/<slug:key>/images/<path:public_id>",
        PictureViewSet,
        "product_image",
        patch="partial_update",
        delete="destroy",
    ),
    _route("cart", CartViewSet, "cart", get="retrieve"),
    _route("cart/items", CartViewSet, "cart_items", post="add"),
    _route("cart/items/<uuid:pk>", CartViewSet, "cart_item", patch="change", delete="remove"),
    _route("cart/items/<uuid:pk>/price", CartViewSet, "cart_item_price", put="accept_price"),
    _route("checkout", CheckoutViewSet, "checkout", get="retrieve", patch="partial_update"),
    _route("checkout/place", CheckoutViewSet, "checkout_place", post="place"),
    _route("orders", AnyOrderViewSet, "orders", get="list", post="place"),
    _route("orders/track", TrackViewSet, "track", get="find"),
    _route("orders/track/link", TrackViewSet, "track_link", post="send_link"),
    _route("orders/<uuid:pk>", EditOrderViewSet, "order", get="retrieve", patch="edit"),
    _route("orders/<uuid:pk>/tracking", OrderViewSet, "order_tracking", get="tracking"),
    _route("orders/<uuid:pk>/cancel", OrderViewSet, "order_cancel", post="cancel"),
    _route("orders/<uuid:pk>/discounts", DiscountViewSet, "order_discounts", post="give_discount"),
    _route("orders/<uuid:pk>/discounts/<slug:code>", DiscountViewSet, "order_discount", delete="remove_discount"),
    _route("orders/<uuid:pk>/back-to-cart", BackToCartViewSet, "order_back_to_cart", post="back_to_cart"),
    _route("orders/<uuid:pk>/status", OrderViewSet, "order_status", put="set_status"),
    _route("orders/<uuid:pk>/shipments", OrderShipmentViewSet, "order_shipments", post="create"),
    _route("shipments/<uuid:pk>/deliver", ShipmentViewSet, "shipment_deliver", post="deliver"),
    _route("recommendations/<uuid:pk>", RecommendationViewSet, "recommendations", get="list"),
    _route("stock-items", StockItemViewSet, "stock_items", get="list", post="receive"),
    _route("stock-items/backorder-limit", StockItemViewSet, "stock_backorder_limit", put="limit_variant_backorders"),
    _route("stock-items/<uuid:pk>", StockItemViewSet, "stock_item", get="retrieve"),
    _route("stock-items/<uuid:pk>/adjust", StockItemViewSet, "stock_item_adjust", post="adjust"),
    _route(
        "stock-items/<uuid:pk>/backorder-limit", StockItemViewSet, "stock_item_backorder_limit", put="limit_backorders"
    ),
    _route("stock-items/<uuid:pk>/moves", StockItemViewSet, "stock_item_moves", get="moves"),
    _route("stock-notices", StockNoticeViewSet, "stock_notices", get="list", post="create"),
    _route("stock-notices/<uuid:variant_id>", StockNoticeViewSet, "stock_notice", delete="destroy"),
    _route("payments", PaymentRecordViewSet, "payments", get="list", post="record"),
    _route("payments/<uuid:pk>", PaymentViewSet, "payment", get="retrieve"),
    _route("payments/<uuid:pk>/capture", PaymentViewSet, "payment_capture", post="capture"),
    _route("payments/<uuid:pk>/refund", PaymentViewSet, "payment_refund", post="refund"),
    _route("payments/<uuid:pk>/split", PaymentViewSet, "payment_split", post="split"),
    _route("payments/<uuid:pk>/reconcile", PaymentViewSet, "payment_reconcile", post="reconcile"),
    _route("payments/providers/<slug:provider>/events", ProviderEventViewSet, "payment_events", post="receive"),
    *(_route(one.address, one.viewset, one.name, **one.actions) for one in routes_of_apps()),
    *(_route(address, viewset, name, **actions) for address, viewset, name, actions in ALIASES),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="api:schema"), name="docs"),
    re_path(r"", UnknownView.as_view()),
]
