"""Addresses of the account area; allauth's own lie beside them."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("orders/", views.orders, name="orders"),
    path("orders/<text:number>/", views.order, name="order"),
    path("orders/<text:number>/cancel/", views.cancel_order, name="cancel_order"),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/fields/", views.address_fields, name="address_fields"),
    path("addresses/new/", views.add_address, name="add_address"),
    path("addresses/<uuid:address_id>/", views.edit_address, name="edit_address"),
    path("addresses/<uuid:address_id>/delete/", views.delete_address, name="delete_address"),
    path("addresses/<uuid:address_id>/default/", views.set_default_address, name="set_default_address"),
    path("devices/", views.sessions, name="sessions"),
    path("devices/end/", views.end_sessions, name="end_sessions"),
    path("devices/<uuid:session_id>/end/", views.end_one_session, name="end_session"),
    path("welcome/<secret:key>/", views.confirm_signup, name="confirm_signup"),
    path("profile/", views.profile, name="profile"),
    path("data/", views.export, name="export"),
    path("erase/", views.erase, name="erase"),
]
