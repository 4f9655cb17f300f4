"""The addresses of the API of payments."""

from core.api.routes import route
from payments.viewsets import PaymentViewSet, ProviderEventViewSet

ROUTES = (
    route("payments/<uuid:pk>", PaymentViewSet, "payment", get="retrieve"),
    route("payments/<uuid:pk>/capture", PaymentViewSet, "payment_capture", post="capture"),
    route("payments/<uuid:pk>/refund", PaymentViewSet, "payment_refund", post="refund"),
    route("payments/<uuid:pk>/split", PaymentViewSet, "payment_split", post="split"),
    route("payments/<uuid:pk>/reconcile", PaymentViewSet, "payment_reconcile", post="reconcile"),
    route("payments/providers/<slug:provider>/events", ProviderEventViewSet, "payment_events", post="receive"),
)
