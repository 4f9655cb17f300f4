"""Addresses of the cart pages."""

from django.urls import path

from carts import views

app_name = "carts"
urlpatterns = [
    path("", views.cart, name="cart"),
    path("items/", views.add, name="add"),
    path("items/<uuid:line_id>/", views.update, name="update"),
    path("items/<uuid:line_id>/price/", views.accept_price, name="accept_price"),
]
