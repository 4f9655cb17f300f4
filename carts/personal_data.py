"""Carts of a person, and the guest's carts that were merged into theirs."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from carts.models import Cart, CartLine, new_token
from core.db.locking import lock_rows
from core.models import IdempotentRequest
from core.personal_data import Person, PersonalData, Row
from inventory.services import release

_FIELDS = ("id", "status", "currency", "created_at", "email", "shipping_address", "billing_address", "tax_id")


class CartsOfPerson(PersonalData):
    """Carts are closed, never deleted; what was typed into them goes, and so does what opens them."""

    def sections(self, person: Person) -> Iterable[tuple[str, Iterable[Row]]]:
        carts = _carts(person)
        yield "carts", carts.order_by("id").values(*_FIELDS).iterator()
        lines = CartLine.objects.filter(cart__in=carts).order_by("id")
        yield "cart_lines", lines.values("cart_id", "variant__sku", "quantity", "created_at").iterator()

    def lock_for_erasure(self, person: Person) -> None:
        # An order that is being placed holds its cart: it is either seen by the check of orders, or finds no lines.
        lock_rows(_carts(person))

    def erase(self, person: Person) -> None:
        carts = list(_carts(person))
        for cart in carts:
            cart.token, cart.email, cart.tax_id = new_token(), "", ""
            cart.shipping_address = cart.billing_address = None
        Cart.objects.bulk_update(carts, ["token", "email", "shipping_address", "billing_address", "tax_id"])
        lines = CartLine.objects.filter(cart__in=[cart for cart in carts if cart.is_open])
        release(holders=lines.values_list("pk", flat=True))
        lines.delete()
        IdempotentRequest.objects.filter(caller__in=[f"cart:{cart.pk}" for cart in carts]).delete()


def _carts(person: Person) -> QuerySet[Cart]:
    """Theirs, and the guests' that theirs took in; a guest's order whose address they own has its cart, too."""
    mine = Q(customer=person.id) | Q(merged_into__customer=person.id)
    return Cart.objects.filter(mine | Q(customer=None, email__iexact=person.email) if person.email else mine)
