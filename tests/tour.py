"""Every page that the shop has, with something on each, and the browser that may see it."""

from dataclasses import dataclass

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from carts.models import Cart
from catalog.models import Category, Product
from checkout.services.fulfil_order import ship_order
from orders.selectors import order_link_token
from tests.factories.accounts import AddressFactory, UserFactory
from tests.factories.catalog import (
    CategoryFactory,
    OptionValueFactory,
    ProductFactory,
    ProductImageFactory,
    VariantOptionFactory,
)
from tests.factories.checkout import confirmed_order, order_awaiting_transfer
from tests.factories.files import stored_picture
from tests.factories.inventory import stocked_variant
from tests.factories.pricing import InclusiveZone, TaxRateFactory
from tests.factories.shipping import ShippingMethodFactory
from tests.mails import mailed_key

_ADDRESS = {
    "email": "leila@souk.example",
    "same_as_shipping": "on",
    "shipping-full_name": "Leila Ben Ali",
    "shipping-line1": "12 rue des Oliviers",
    "shipping-postal_code": "69001",
    "shipping-city": "Lyon",
    "shipping-country": "FR",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """A page: its address after the language, who looks at it, and the status that it answers with."""

    path: str
    visitor: Client
    status: int = 200


def tour(language: str = "en", *, products: int = 26) -> list[Stop]:
    """All pages of a shop that is made for it: public, cart, checkout, account, orders, log-in, missing."""
    teas = _shelf(products)
    return [*_public(teas), *_buying(language), *_own_account(), *_entrance()]


def _shelf(products: int) -> Category:
    TaxRateFactory(zone=InclusiveZone(), rate="0.20")
    ShippingMethodFactory(description_en="To your door.")
    kitchen = CategoryFactory(slug="kitchen", name_en="Kitchen", name_fr="Cuisine", name_ar="المطبخ")
    teas: Category = CategoryFactory(parent=kitchen, slug="teas", description_en="Leaves and flowers.")
    picture = stored_picture()
    for number in range(products):
        product = ProductFactory(
            category=teas, brand=f"House {number % 3}", is_featured=number < 5, slug=f"tea-{number}"
        )
        stocked_variant(number % 4, product=product, price_minor=1500 + number, compare_at_minor=2500)
        ProductImageFactory(product=product, file=picture, external_url="")
    _with_options(teas, picture)
    return teas


def _with_options(teas: Category, picture: str) -> None:
    product = ProductFactory(category=teas, slug="mint", description_en="Fresh leaves.", brand="House 1")
    for number, code in enumerate(("s", "m", "l")):
        variant = stocked_variant(3 * number, product=product, price_minor=1000 + number)
        VariantOptionFactory(variant=variant, value=OptionValueFactory(code=code, name_en=code.upper()))
    for position in range(3):
        ProductImageFactory(product=product, file=picture, external_url="", is_primary=not position, position=position)


def _public(teas: Category) -> list[Stop]:
    paths = ["", f"c/{teas.slug}/", f"c/{teas.slug}/?page=2", f"c/{teas.slug}/?brand=Nobody", "c/kitchen/", "p/mint/"]
    paths += ["search/", "search/?q=tea", "search/?q=nothing+of+the+kind", "orders/track/", "cart/"]
    return [*(Stop(path, Client()) for path in paths), Stop("nowhere/", Client(), 404)]


def _buying(language: str) -> list[Stop]:
    """A guest in the middle of the checkout, with an address that was refused for good measure."""
    guest, at = Client(), f"/{language}"
    for product in Product.objects.filter(slug__in=["tea-3", "tea-7"]):
        guest.post(f"{at}/cart/items/", {"variant": product.variants.get().pk, "quantity": 2})
    guest.post(f"{at}/checkout/address/", _ADDRESS)
    guest.post(f"{at}/checkout/delivery/", {"choice": "standard"})
    guest.post(f"{at}/checkout/payment/", {"choice": "cash_on_delivery"})
    assert Cart.objects.get().payment_provider, "the guest should have reached the review"
    return [Stop(path, guest) for path in ("cart/", *(f"checkout/{step}/" for step in _STEPS))]


_STEPS = ("address", "delivery", "payment", "review")


def _own_account() -> list[Stop]:
    customer = UserFactory(username="leila", email="leila@souk.example", first_name="Leila")
    AddressFactory(user=customer, is_default_shipping=True, is_default_billing=True)
    address = AddressFactory(user=customer, country="US", city="Austin", region="TX", postal_code="78701")
    waiting = order_awaiting_transfer(customer=customer)
    order = confirmed_order(customer=customer)
    ship_order(order_id=order.pk, actor=None, tracking_number="1Z999")
    owner = Client()
    owner.force_login(customer)
    paths = ["account/", "account/orders/", f"account/orders/{order.number}/", f"account/orders/{waiting.number}/"]
    paths += ["account/addresses/", "account/addresses/new/", f"account/addresses/{address.pk}/"]
    paths += ["account/profile/", "account/devices/", "account/email/", "account/password/change/"]
    paths += ["account/two-step/", "account/logout/", f"checkout/done/{order.number}/"]
    newcomer = Client()
    newcomer.force_login(UserFactory())
    nothing_yet = [Stop(f"account/{page}", newcomer) for page in ("", "orders/", "addresses/")]
    link = Stop(f"orders/track/{order_link_token(order.pk)}/", Client())
    return [*(Stop(path, owner) for path in paths), *nothing_yet, link]


def _entrance() -> list[Stop]:
    careful = UserFactory(username="careful")
    TOTP.activate(careful, generate_totp_secret())
    RecoveryCodes.activate(careful)
    half_way = Client()
    half_way.post("/en/account/login/", {"login": "careful", "password": "a-good-password-1"})
    pages = [Stop(f"account/{page}/", Client()) for page in ("login", "signup", "password/reset")]
    pages.append(Stop("account/confirm-email/", Client()))
    pages.append(Stop(f"account/welcome/{_asked_for_an_account()}/", Client()))
    pages.append(Stop("account/welcome/used-up/", Client(), 404))
    return [*pages, Stop("account/two-step/authenticate/", half_way)]


def _asked_for_an_account() -> str:
    password = "a-good-password-1"
    form = {"email": "noor@souk.example", "username": "noor", "password1": password, "password2": password}
    Client().post("/en/account/signup/", form)
    return mailed_key()
