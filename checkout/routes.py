"""The addresses of the API of the checkout and of what follows from it."""

from checkout.viewsets.back_to_cart import BackToCartViewSet
from checkout.viewsets.checkout import CheckoutViewSet
from checkout.viewsets.discounts import DiscountViewSet
from checkout.viewsets.editing import EditOrderViewSet
from checkout.viewsets.recommendations import RecommendationViewSet
from core.api.routes import route

ROUTES = (
    route("checkout", CheckoutViewSet, "checkout", get="retrieve", patch="partial_update"),
    route("checkout/place", CheckoutViewSet, "checkout_place", post="place"),
    route("orders/<uuid:pk>", EditOrderViewSet, "order", get="retrieve", patch="edit"),
    route("orders/<uuid:pk>/back-to-cart", BackToCartViewSet, "order_back_to_cart", post="back_to_cart"),
    route("recommendations/<uuid:pk>", RecommendationViewSet, "recommendations", get="list"),
    route("orders/<uuid:pk>/discounts", DiscountViewSet, "order_discounts", post="give_discount"),
    route("orders/<uuid:pk>/discounts/<slug:code>", DiscountViewSet, "order_discount", delete="remove_discount"),
)
