"""Addresses of the order pages outside of the account area."""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("track/", views.track, name="track"),
    path("track/send-link/", views.send_link, name="send_link"),
    path("track/<secret:token>/", views.tracking, name="tracking"),
    path("track/<secret:token>/back-to-cart/", views.back_to_cart, name="back_to_cart"),
    path("own/<text:number>/back-to-cart/", views.own_back_to_cart, name="own_back_to_cart"),
]
