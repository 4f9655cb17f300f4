"""The API's doors to accounts: registration, tokens, passwords, and what belongs to oneself."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import log_in_time, vouched_email
from accounts.erasure import erase_person, export_person
from accounts.groups.serializers import ProfileOutput
from accounts.known_devices import HEADER
from accounts.models import Address, LoginSession, User
from accounts.proofs import require_proof, send_proof_code
from accounts.selectors import address_of, addresses_of
from accounts.serializers import (
    AddressBookInput,
    AddressOutput,
    LoginInput,
    LoginOutput,
    PasswordChangeInput,
    PasswordResetConfirmInput,
    PasswordResetInput,
    ProfileInput,
    ProofInput,
    RefreshInput,
    RegisterInput,
    RegistrationConfirmInput,
    SessionOutput,
    TokenOutput,
)
from accounts.services import (
    add_address,
    authenticate_user,
    change_password,
    delete_address,
    request_password_reset,
    reset_password,
    update_address,
    update_profile,
)
from accounts.sessions import MARK, end_other_sessions, end_session, sessions_of
from accounts.signup import ask_to_sign_up, confirm_signup
from accounts.tokens import SESSION_CLAIM, issue_tokens, log_in_device, refresh_tokens, revoke_token
from carts.headers import CART_PARAMETER, cart_token
from carts.services import merge_at_login
from core.api.viewsets import ApiViewSet, done, said
from core.web.caching import PRIVATE

_DEVICE_PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description="The `device_token` of an earlier log-in on this device, which guesses made elsewhere do not stop.",
)
_DONE = OpenApiResponse(description="Done; `message` says what.")


class AuthViewSet(ApiViewSet):
    """For who is not logged in yet: a session or an old token that comes along is not looked at."""

    authentication_classes: ClassVar[list[Any]] = []
    keeps_answers = False
    permission_classes = (AllowAny,)
    throttle_scope = "auth"
    queryset = User.objects.none()

    @extend_schema(summary="Register an account", request=RegisterInput, responses={202: _DONE})
    def register(self, request: Request) -> Response:
        """Mails a link whose key `auth/register/confirm` takes: until then there is no account, and no log-in.

        The answer is the same for an address that has an account, whose owner gets a mail that says so. That a username
        is taken is told, since usernames are public.
        """
        ask_to_sign_up(**self.read(RegisterInput))
        answer = Response(None, status=202)
        return said(answer, _("We have sent you a mail. Follow the link in it, and your account is ready."))

    @extend_schema(
        summary="Confirm a registration",
        parameters=[CART_PARAMETER],
        request=RegistrationConfirmInput,
        responses={201: LoginOutput},
    )
    def confirm_registration(self, request: Request) -> Response:
        """Makes the account of a mailed key for who knows the password that it was asked for with, and logs in.

        The guest's cart in the header is taken along.
        """
        user = confirm_signup(**self.read(RegistrationConfirmInput))
        self._take_cart_along(request, user)
        return self.answer(LoginOutput, log_in_device(user), status=201, user=user)

    @extend_schema(
        summary="Log in", parameters=[CART_PARAMETER, _DEVICE_PARAMETER], request=LoginInput, responses=LoginOutput
    )
    def login(self, request: Request) -> Response:
        """Gives tokens for e-mail address or username and password, and a code in `otp` where the account asks for one.

        `mfa_required` asks for the code, `mfa_invalid` refuses it. The guest's cart in the header is taken along.
        """
        user = authenticate_user(request=request._request, **self.read(LoginInput))  # noqa: SLF001  (DRF's own way)
        self._take_cart_along(request, user)
        return self.answer(LoginOutput, log_in_device(user), user=user)

    @staticmethod
    def _take_cart_along(request: Request, user: User) -> None:
        if token := cart_token(request):
            merge_at_login(customer=user, token=token)

    @extend_schema(summary="Refresh tokens", request=RefreshInput, responses=TokenOutput)
    def refresh(self, request: Request) -> Response:
        """Gives a new pair for a refresh token, which works once.

        A token that comes again ends its log-in, with every token of it: refresh one request at a time.
        """
        return self.answer(TokenOutput, refresh_tokens(**self.read(RefreshInput)))

    @extend_schema(summary="Log out", request=RefreshInput, responses={200: _DONE})
    def logout(self, request: Request) -> Response:
        """Ends the log-in of a refresh token: no token of it works any more."""
        revoke_token(**self.read(RefreshInput))
        return done(_("You are logged out."))

    @extend_schema(summary="Request a password reset", request=PasswordResetInput, responses={200: _DONE})
    def request_reset(self, request: Request) -> Response:
        """Mails a link; the answer is the same whether or not the address has an account."""
        request_password_reset(**self.read(PasswordResetInput))
        return done(_("If this address has an account, a link to set a new password is on its way."))

    @extend_schema(summary="Reset a password", request=PasswordResetConfirmInput, responses={200: _DONE})
    def confirm_reset(self, request: Request) -> Response:
        """Takes both parts of the mailed link; all sessions and tokens of the account end."""
        reset_password(**self.read(PasswordResetConfirmInput))
        return done(_("Your password is changed. Please log in with the new one."))


class MeViewSet(ApiViewSet):
    """The account of who is logged in."""

    queryset = User.objects.none()

    @extend_schema(summary="Retrieve your profile", responses=ProfileOutput)
    def retrieve(self, request: Request) -> Response:
        return self.answer(ProfileOutput, request.user)

    @extend_schema(summary="Update your profile", request=ProfileInput, responses=ProfileOutput)
    def partial_update(self, request: Request) -> Response:
        """Changes what is given; the e-mail address is changed on the pages, where the new one is confirmed."""
        changes = self.read(ProfileInput, document=lambda: self.retrieve(request).data)
        return self.answer(ProfileOutput, update_profile(user=request.user, **changes))


class PersonalDataViewSet(ApiViewSet):
    """What the shop knows about who is logged in; to take or erase it they show again who they are.

    With `password`, where the account has one. Who logs in at another issuer has none: `code` is what `users/me/proof`
    has mailed, and neither is needed within ten minutes of the token's `auth_time`.
    """

    bodiless = frozenset({"send_proof"})
    keeps_answers = False
    throttle_scope = "auth"
    queryset = User.objects.none()

    @extend_schema(summary="Request a confirmation code", request=None, responses={200: _DONE})
    def send_proof(self, request: Request) -> Response:
        """For who has no password: mails a code to the confirmed address, which works once, within ten minutes.

        `password_required` where the account has a password, `no_confirmed_address` where there is none.
        """
        send_proof_code(user=request.user, vouched_email=vouched_email(request.auth))
        return done(_("A code is on its way to your e-mail address. It works for ten minutes."))

    @extend_schema(
        summary="Export your personal data",
        request=ProofInput,
        responses={(200, "application/json"): OpenApiTypes.BINARY},
    )
    def export(self, request: Request) -> StreamingHttpResponse:
        """A JSON file with everything about the person: profile, addresses, orders, payments, consents, log-ins, carts.

        It comes as a download, without the envelope. `proof_required` if nothing shows afresh who is asking.
        """
        self._require_proof(request)
        headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": PRIVATE}
        return StreamingHttpResponse(export_person(user=request.user), content_type="application/json", headers=headers)

    @extend_schema(summary="Erase your account", request=ProofInput, responses={200: _DONE})
    def erase(self, request: Request) -> Response:
        """Erases the account and all personal data for good; orders keep what was bought, when and for how much.

        `open_orders` names the orders that have to be finished first; `proof_required` if nothing shows afresh who is
        asking.
        """
        self._require_proof(request)
        erase_person(user_id=request.user.pk)
        return done(_("Your account and your personal data are erased."))

    def _require_proof(self, request: Request) -> None:
        require_proof(user=request.user, logged_in_at=log_in_time(request.auth), **self.read(ProofInput))


class PasswordViewSet(ApiViewSet):
    """The password of who is logged in."""

    keeps_answers = False
    throttle_scope = "auth"
    queryset = User.objects.none()

    @extend_schema(summary="Change your password", request=PasswordChangeInput, responses=TokenOutput)
    def change(self, request: Request) -> Response:
        """All tokens given out before end; the answer has new ones."""
        change_password(user=request.user, **self.read(PasswordChangeInput))
        return self.answer(TokenOutput, issue_tokens(request.user))


class SessionViewSet(ApiViewSet):
    """Where one is logged in; anybody else's log-ins are not found."""

    queryset = LoginSession.objects.none()

    @extend_schema(summary="List your sessions", responses=SessionOutput(many=True))
    def list(self, request: Request) -> Response:
        """Browsers, and devices that hold a refresh token; last seen first."""
        return self.page_answer(SessionOutput, self.page_of(sessions_of(request.user)), current=_session_id(request))

    @extend_schema(
        operation_id="users_me_sessions_end_others", summary="End all other sessions", responses={200: _DONE}
    )
    def end_others(self, request: Request) -> Response:
        """Ends all browsers and refresh tokens but the caller's own."""
        end_other_sessions(user=request.user, current=_session_id(request))
        return done(_("You are logged out everywhere else."))

    @extend_schema(summary="End a session", responses={200: _DONE})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Ends a browser or a device at once, with all its tokens."""
        end_session(user=request.user, session_id=pk)
        return done(_("This device is logged out."))


def _session_id(request: Request) -> str | None:
    """The log-in that a request belongs to, by its token or else its browser's session."""
    return request.auth.get(SESSION_CLAIM) if request.auth else request.session.get(MARK)


class AddressViewSet(ApiViewSet):
    """The address book of who is logged in; anybody else's entries are not found."""

    queryset = Address.objects.none()

    @extend_schema(summary="List your addresses", responses=AddressOutput(many=True))
    def list(self, request: Request) -> Response:
        return self.page_answer(AddressOutput, self.page_of(addresses_of(request.user)))

    @extend_schema(summary="Retrieve an address", responses=AddressOutput)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        return self.answer(AddressOutput, address_of(user=request.user, address_id=pk))

    @extend_schema(summary="Add an address", request=AddressBookInput, responses={201: AddressOutput})
    def create(self, request: Request) -> Response:
        """The first one becomes the default for delivery and invoices."""
        return self.answer(AddressOutput, add_address(user=request.user, **self.read(AddressBookInput)), status=201)

    @extend_schema(summary="Update an address", request=AddressBookInput, responses=AddressOutput)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Changes what is given; a default moves only by making another entry the default."""
        changes = self.read(AddressBookInput, partial=True, document=lambda: self.retrieve(request, pk).data)
        return self.answer(AddressOutput, update_address(user=request.user, address_id=pk, **changes))

    @extend_schema(summary="Delete an address", responses={200: _DONE})
    def destroy(self, request: Request, pk: UUID) -> Response:
        delete_address(user=request.user, address_id=pk)
        return done(_("The address is deleted."))
