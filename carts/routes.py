"""The addresses of the API of carts."""

from carts.viewsets import CartViewSet
from core.api.routes import route

ROUTES = (
    route("cart", CartViewSet, "cart", get="retrieve"),
    route("cart/items", CartViewSet, "cart_items", post="add"),
    route("cart/items/<uuid:pk>", CartViewSet, "cart_item", patch="change", delete="remove"),
    route("cart/items/<uuid:pk>/price", CartViewSet, "cart_item_price", put="accept_price"),
)
