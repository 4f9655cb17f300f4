from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from core.registry import BeatTask, SoukAppConfig


class CheckoutConfig(SoukAppConfig):
    name = "checkout"
    verbose_name = _("Checkout")
    api_tags = {
        "checkout": "The checkout of the caller's cart.",
        "recommendations": "Products that a customer may like.",
    }
    pages = ("checkout/", "checkout.urls")
    api_routes = "checkout.routes.ROUTES"
    shop_settings = "checkout.shop_settings.SETTINGS"
    error_codes = "checkout.error_codes"
    integrity_checks = ("checkout.integrity.CHECKOUT",)
    beat_tasks = {"expire-unpaid-orders": BeatTask("checkout.tasks.expire_unpaid_orders", timedelta(minutes=5))}
