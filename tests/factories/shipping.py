from factory.django import DjangoModelFactory

from shipping.models import ShippingMethod


class ShippingMethodFactory(DjangoModelFactory):
    class Meta:
        model = ShippingMethod
        django_get_or_create = ("code",)

    code = "standard"
    name_en = "Standard delivery"
    name_fr = "Livraison standard"
    name_ar = "توصيل عادي"
    price_minor = 500
    currency = "USD"
    min_days = 2
    max_days = 4
