"""What the API takes and gives of people."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.consents import consents_of
from accounts.models import Address, LoginSession, User
from accounts.tokens import TokenPair
from core.api.aliases import AliasedInput
from core.api.fields import CountryField, MailAddressField
from core.api.writing import written
from core.i18n.address_rules import address_rules
from core.i18n.addresses import PostalAddress
from core.text.names import validate_person_name

# No hash takes longer than this to compute, and nobody types more.
_LONGEST_PASSWORD = 256
_NAME = [validate_person_name]


class PasswordField(serializers.CharField):
    """A password as it was typed: its blanks belong to it, and it is never written out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            trim_whitespace=False,
            write_only=True,
            max_length=_LONGEST_PASSWORD,
            style={"input_type": "password"},
            **kwargs,
        )


@extend_schema_serializer(deprecate_fields=["newsletter_subscribed", "marketing_emails"])
class ProfileInput(AliasedInput):
    """A profile, as people write their own."""

    aliases = {"newsletter_subscribed": "newsletter", "marketing_emails": "marketing"}

    first_name = serializers.CharField(max_length=150, allow_blank=True, required=False, validators=_NAME)
    last_name = serializers.CharField(max_length=150, allow_blank=True, required=False, validators=_NAME)
    company = serializers.CharField(max_length=200, allow_blank=True, required=False)
    phone = serializers.CharField(max_length=40, allow_blank=True, required=False)
    preferred_language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)
    preferred_currency = serializers.CharField(
        max_length=3, allow_blank=True, required=False, help_text="ISO 4217; one that the shop sells in."
    )
    date_of_birth = serializers.DateField(allow_null=True, required=False)
    newsletter = serializers.BooleanField(required=False, help_text="Whether the newsletter may be sent.")
    marketing = serializers.BooleanField(required=False, help_text="Whether personal offers may be sent.")
    newsletter_subscribed = serializers.BooleanField(required=False, help_text="Same as `newsletter`.")
    marketing_emails = serializers.BooleanField(required=False, help_text="Same as `marketing`.")


class RegisterInput(ProfileInput):
    email = MailAddressField(max_length=254)
    username = serializers.CharField(max_length=150)
    password = PasswordField()


class RegistrationConfirmInput(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=128, help_text="The last part of the mailed link.")
    password = PasswordField(help_text="The password given at registration.")
    username = serializers.CharField(
        max_length=150, required=False, help_text="Another username, if the first one has been taken."
    )


class LoginInput(serializers.Serializer[Any]):
    login = serializers.CharField(max_length=254, required=False, help_text="E-mail address or username.")
    email = serializers.CharField(max_length=254, required=False)
    username = serializers.CharField(max_length=254, required=False)
    password = PasswordField()
    otp = serializers.CharField(
        max_length=32,
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="A code of the authenticator app or a recovery code, if the account asks for one.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [attrs[name] for name in ("login", "email", "username") if attrs.get(name)]
        if len(given) != 1:
            raise serializers.ValidationError(
                {"login": [_("Send one of login, email or username.")]}, code="one_login_name"
            )
        return {"login": given[0], "password": attrs["password"], "otp": attrs.get("otp", "")}


class RefreshInput(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class PasswordResetInput(serializers.Serializer[Any]):
    email = MailAddressField(max_length=254)


class PasswordResetConfirmInput(serializers.Serializer[Any]):
    uid = serializers.CharField(max_length=128, help_text="The part of the mailed link before the first hyphen.")
    key = serializers.CharField(max_length=128, help_text="The rest of the link's last part.")
    password = PasswordField()


class PasswordChangeInput(serializers.Serializer[Any]):
    old_password = PasswordField()
    new_password = PasswordField()


class ProofInput(serializers.Serializer[Any]):
    """What shows afresh who is asking."""

    password = PasswordField(default="", allow_blank=True, help_text="The account's password, if it has one.")
    code = serializers.CharField(
        default="", allow_blank=True, max_length=40, help_text="Otherwise the code mailed by `users/me/proof`."
    )


class AddressInput(serializers.Serializer[Any]):
    """A postal address as people write it."""

    full_name = serializers.CharField(max_length=200, validators=_NAME)
    company = serializers.CharField(max_length=200, allow_blank=True, required=False)
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, allow_blank=True, required=False)
    city = serializers.CharField(
        max_length=120, allow_blank=True, required=False, help_text="Required where addresses have one."
    )
    region = serializers.CharField(max_length=120, allow_blank=True, required=False)
    postal_code = serializers.CharField(max_length=20, allow_blank=True, required=False)
    country = CountryField(help_text="ISO 3166-1 alpha-2")
    phone = serializers.CharField(max_length=40, allow_blank=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """By the rules of the country; a change of an entry is looked at as a whole by its service."""
        if self.partial:
            return attrs
        settled, wrong = address_rules(attrs["country"]).settle(attrs)
        if wrong:
            raise serializers.ValidationError(
                {part: [ErrorDetail(str(refusal), refusal.code)] for part, refusal in wrong.items()}
            )
        return settled


class AddressBookInput(AddressInput):
    is_default_shipping = serializers.BooleanField(required=False)
    is_default_billing = serializers.BooleanField(required=False)


@extend_schema_serializer(deprecate_fields=["newsletter_subscribed", "marketing_emails"])
class UserOutput(serializers.ModelSerializer[User]):
    newsletter = serializers.BooleanField(read_only=True)
    marketing = serializers.BooleanField(read_only=True)
    newsletter_subscribed = serializers.BooleanField(
        source="newsletter", read_only=True, help_text="Same as `newsletter`."
    )
    marketing_emails = serializers.BooleanField(source="marketing", read_only=True, help_text="Same as `marketing`.")

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "username",
            "first_name",
            "last_name",
            "company",
            "phone",
            "preferred_language",
            "preferred_currency",
            "date_of_birth",
            "newsletter",
            "marketing",
            "newsletter_subscribed",
            "marketing_emails",
            "is_staff",
            "date_joined",
        )
        read_only_fields = fields

    def to_representation(self, instance: User) -> dict[str, Any]:
        for purpose, granted in consents_of(instance).items():
            setattr(instance, purpose, granted)
        return super().to_representation(instance)


class CustomerOutput(serializers.ModelSerializer[User]):
    """A person as staff finds them; one who was erased has an id and dates only."""

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "username",
            "first_name",
            "last_name",
            "company",
            "phone",
            "preferred_language",
            "preferred_currency",
            "is_staff",
            "is_active",
            "date_joined",
            "updated_at",
        )
        read_only_fields = fields


class TokenOutput(serializers.Serializer[TokenPair]):
    access = serializers.CharField(read_only=True)
    refresh = serializers.CharField(read_only=True)
    token_type = serializers.SerializerMethodField()
    expires_in = serializers.IntegerField(read_only=True, help_text="Lifetime of `access` in seconds.")
    token = serializers.CharField(source="access", read_only=True, help_text="Same as `access`.")
    ttl = serializers.IntegerField(source="expires_in", read_only=True, help_text="Same as `expires_in`.")

    def get_token_type(self, pair: TokenPair) -> str:
        return "Bearer"


class LoginOutput(TokenOutput):
    device_token = serializers.CharField(
        read_only=True, help_text="Send it as `X-Device-Token` with later log-ins: guesses elsewhere do not stop them."
    )
    user = serializers.SerializerMethodField()

    def get_user(self, pair: TokenPair) -> UserOutput:
        return written(UserOutput, self.context["user"])


class AddressOutput(serializers.ModelSerializer[Address]):
    class Meta:
        model = Address
        fields = (
            "id",
            "full_name",
            "company",
            "line1",
            "line2",
            "city",
            "region",
            "postal_code",
            "country",
            "phone",
            "is_default_shipping",
            "is_default_billing",
        )
        read_only_fields = fields


class SessionOutput(serializers.ModelSerializer[LoginSession]):
    device = serializers.CharField(read_only=True, help_text="Browser and operating system, if known.")
    is_current = serializers.SerializerMethodField(help_text="Whether this request belongs to the session.")

    class Meta:
        model = LoginSession
        fields = ("id", "kind", "device", "address", "created_at", "last_seen_at", "is_current")
        read_only_fields = fields

    def get_is_current(self, session: LoginSession) -> bool:
        return str(session.pk) == self.context["current"]


class PostalAddressOutput(serializers.Serializer[Any]):
    """An address as carts and orders keep it; what an imported one does not have is empty."""

    full_name = serializers.CharField()
    company = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    postal_code = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()

    def to_representation(self, instance: PostalAddress | dict[str, Any]) -> dict[str, str]:
        parts = instance.as_dict() if isinstance(instance, PostalAddress) else instance
        return {name: str(parts.get(name) or "") for name in self.fields}
