"""The addresses of the API of accounts, log-ins and customers."""

from accounts.groups.viewsets import CustomerGroupViewSet
from accounts.viewsets.account import (
    AddressViewSet,
    AuthViewSet,
    MeViewSet,
    PasswordViewSet,
    PersonalDataViewSet,
    SessionViewSet,
)
from accounts.viewsets.customers import CustomerViewSet
from core.api.routes import route

ROUTES = (
    route("auth/register", AuthViewSet, "register", post="register"),
    route("auth/register/confirm", AuthViewSet, "register_confirm", post="confirm_registration"),
    route("auth/login", AuthViewSet, "login", post="login"),
    route("auth/refresh", AuthViewSet, "refresh", post="refresh"),
    route("auth/logout", AuthViewSet, "logout", post="logout"),
    route("auth/password/reset", AuthViewSet, "password_reset", post="request_reset"),
    route("auth/password/reset/confirm", AuthViewSet, "password_reset_confirm", post="confirm_reset"),
    route("auth/password/change", PasswordViewSet, "password_change", post="change"),
    route("users/me", MeViewSet, "me", get="retrieve", patch="partial_update"),
    route("users/me/proof", PersonalDataViewSet, "proof", post="send_proof"),
    route("users/me/export", PersonalDataViewSet, "export", post="export"),
    route("users/me/erase", PersonalDataViewSet, "erase", post="erase"),
    route("users/me/sessions", SessionViewSet, "sessions", get="list", delete="end_others"),
    route("users/me/sessions/<uuid:pk>", SessionViewSet, "session", delete="destroy"),
    route("users/me/addresses", AddressViewSet, "addresses", get="list", post="create"),
    route(
        "users/me/addresses/<uuid:pk>",
        AddressViewSet,
        "address",
        get="retrieve",
        patch="partial_update",
        delete="destroy",
    ),
    route("customers", CustomerViewSet, "customers", get="list"),
    route("customers/<uuid:pk>", CustomerViewSet, "customer", get="retrieve"),
    route("customer-groups", CustomerGroupViewSet, "customer_groups", get="list", post="create"),
    route(
        "customer-groups/<uuid:pk>",
        CustomerGroupViewSet,
        "customer_group",
        get="retrieve",
        patch="partial_update",
        delete="destroy",
    ),
    route(
        "customer-groups/<uuid:pk>/members", CustomerGroupViewSet, "customer_group_members", get="members", post="add"
    ),
    route(
        "customer-groups/<uuid:pk>/members/<uuid:customer_id>",
        CustomerGroupViewSet,
        "customer_group_member",
        delete="remove",
    ),
)
