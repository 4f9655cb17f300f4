"""The addresses of the API of tax zones."""

from core.api.routes import route
from pricing.viewsets import TaxZoneViewSet

ROUTES = (
    route("tax-zones", TaxZoneViewSet, "tax_zones", get="list", post="create"),
    route("tax-zones/<uuid:pk>", TaxZoneViewSet, "tax_zone", get="retrieve", patch="partial_update"),
)
