"""Addresses of the checkout's pages."""

from django.urls import path

from checkout import views

app_name = "checkout"
urlpatterns = [
    path("", views.start, name="start"),
    path("address/", views.AddressView.as_view(), name="address"),
    path("delivery/", views.DeliveryView.as_view(), name="delivery"),
    path("payment/", views.PaymentView.as_view(), name="payment"),
    path("review/", views.ReviewView.as_view(), name="review"),
    path("done/<text:number>/", views.confirmation, name="confirmation"),
]
