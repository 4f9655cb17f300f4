"""Addresses of the order pages that need no log-in."""

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("track/", views.track, name="track"),
    path("track/<str:token>/", views.tracking, name="tracking"),
]
