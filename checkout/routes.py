"""The addresses of the API of the checkout and of what follows from it."""

from checkout.basket_viewsets import BackToCartViewSet
from checkout.discount_viewsets import DiscountViewSet
from checkout.edit_viewsets import EditOrderViewSet
from checkout.recommendation_viewsets import RecommendationViewSet
from checkout.viewsets import CheckoutViewSet
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
