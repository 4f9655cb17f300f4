"""Addresses of the list of those who wait for an item."""

from django.urls import path

from notifications import views

app_name = "notices"
urlpatterns = [
    path("ask/<uuid:variant_id>/", views.ask, name="ask"),
    path("withdraw/<uuid:variant_id>/", views.withdraw, name="withdraw"),
    path("confirm/<secret:token>/", views.confirm, name="confirm"),
    path("stop/<secret:token>/", views.stop, name="stop"),
]
