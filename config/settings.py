"""Settings in sections, each variable read from the environment; `.env.example` lists them all."""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
from corsheaders.defaults import default_headers
from django.utils.translation import gettext_lazy as _

from config import embedded, unfold
from config.api_document import DOCUMENT
from config.cors import is_web_origin
from config.environment import Environment
from config.files import ObjectStorage, file_storage

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(str(BASE_DIR / ".env"))

# --- Where this shop runs -------------------------------------------------------------------------

APP_ENV = env.str("APP_ENV", default="local")
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=APP_ENV != "local")


def _secret_key() -> str:
    """The configured key, or one generated once into the data directory, readable by its owner only."""
    if configured := env.str("SECRET_KEY", default=""):
        return str(configured)
    path = DATA_DIR / "secret_key"
    if not path.exists():
        # Linked when complete: of several first starts at once, all read the same key.
        with tempfile.NamedTemporaryFile("w", dir=DATA_DIR) as file, suppress(FileExistsError):
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.link(file.name, path)
    return path.read_text()


SECRET_KEY = _secret_key()

# --- Applications ---------------------------------------------------------------------------------

INSTALLED_APPS = [
    # modeltranslation and unfold replace parts of the admin, so they come before it.
    "modeltranslation",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.import_export",
    "import_export",
    # Has a `createsuperuser` of its own, so it comes before Django's.
    "core",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "corsheaders",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "template_partials",
    "tree_queries",
    "audit",
    "desk",
    "accounts",
    "catalog",
    "inventory",
    "pricing",
    "carts",
    "orders",
    "payments",
    "shipping",
    "checkout",
    "notifications",
    "etl",
    "sampledata",
    "config",
]

MIDDLEWARE = [
    # Around everything: what others answer by themselves carries the request's id and the headers of CORS too.
    "core.web.middleware.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.web.middleware.AdminPolicyMiddleware",
    # Before whatever reads a body, which the check of CSRF tokens is the first to do.
    "core.web.bodies.BodyLimitMiddleware",
    "core.web.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.web.caching.CachePolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.LoginSessionMiddleware",
    "core.web.middleware.AdminQueryMiddleware",
    "core.web.middleware.StaffSecondFactorMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.web.middleware.DoorMiddleware",
    "core.web.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.web.context_processors.shop",
                "catalog.reads.navigation.navigation",
                "carts.context_processors.cart_count",
            ],
        },
    },
]

# --- Database, cache, broker ----------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
if DATABASE_URL:
    DATABASES = {"default": env.db_url("DATABASE_URL", engine="core.postgresql")}
else:
    DATABASES = {
        "default": {
            "ENGINE": "core.postgresql",
            "NAME": "souk",
            "USER": "postgres",
            "HOST": str(embedded.socket_dir(DATA_DIR)),
            # Given, so that a PGPORT of the environment does not count.
            "PORT": str(embedded.DATABASE_PORT),
        }
    }
# Persistent connections answered more requests a second than psycopg's pool with these workers.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Values go beside a statement, not in its text, so that what a connection sends often is planned once.
_prepare_after = 5 if env.bool("DATABASE_PREPARED_STATEMENTS", default=True) else None
DATABASES["default"]["OPTIONS"] = {
    "server_side_binding": True, "prepare_threshold": _prepare_after, **DATABASES["default"].get("OPTIONS", {})
}  # fmt: skip
FORMS_URLFIELD_ASSUME_HTTPS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
# Seconds that a request waits for Redis before it goes on without.
REDIS_TIMEOUT_SECONDS = env.float("REDIS_TIMEOUT_SECONDS", default=1.0)
_REDIS_SOCKET = embedded.redis_socket(DATA_DIR)
CACHES = {
    "default": {
        "BACKEND": "core.cache.FallbackRedisCache",
        "LOCATION": REDIS_URL or f"unix://{_REDIS_SOCKET}?db=1",
        "KEY_PREFIX": "souk",
    },
    # What each process may work out for itself, spared the way to Redis.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
_broker = env.str("CELERY_BROKER_URL", default="") or REDIS_URL or f"unix://{_REDIS_SOCKET}"
# Celery has words of its own for sockets and their databases.
CELERY_BROKER_URL = _broker.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
# For who sends tasks; config.celery gives workers longer, who wait for one.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": REDIS_TIMEOUT_SECONDS,
    "socket_connect_timeout": REDIS_TIMEOUT_SECONDS,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- Events ---------------------------------------------------------------------------------------

# The consumers of events by their dotted paths, in place of those that the apps declare. Empty: none.
OUTBOX_CONSUMERS = env.list("OUTBOX_CONSUMERS", default=None)
OUTBOX_KEEP_DAYS = env.int("OUTBOX_KEEP_DAYS", default=30)
# How long prune_audit leaves the audit of changes; 0 keeps all of it.
AUDIT_KEEP_DAYS = env.int("AUDIT_KEEP_DAYS", default=0)
# They tell addresses and devices of people, so they are not kept for ever; 0 does.
SECURITY_EVENTS_KEEP_DAYS = env.int("SECURITY_EVENTS_KEEP_DAYS", default=365)

# --- People ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.LoginBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.password_strength.GuessablePasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:overview"
ACCOUNT_LOGOUT_REDIRECT_URL = "catalog:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "accounts.forms.ChangeEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "signup": "accounts.forms.SignupForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
# Whoever signs up has confirmed their address (accounts.signup); accounts that staff made or that were imported need
# not. Neither sign-up, log-in, reset nor a change of address tells whether an address has an account.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    # Of log-ins only the wrong ones count, by GUESS_LIMITS.
    "login": "",
    "login_failed": "",
    "signup": "20/m/ip",
    # Mails to one address, and guesses at the password of one mailed link.
    "signup_mail": "5/10m/key",
    "confirm_signup": "10/10m/key",
    # Mails with a code to one person without a password.
    "proof_mail": "5/10m/key",
    "reset_password": "20/m/ip,5/m/key",
    "change_password": "5/m/user",
}
# Wrong guesses at a password or code within so many seconds, on pages, in the admin and by the API: at an account from
# one network; from one network at all accounts; by a device that is known; and by everybody at one account's
# password, or code. A known device passes while the others are locked out (accounts.guesses).
GUESS_LIMITS = {
    "pair": env.str("GUESS_LIMIT_PAIR", default="5/300"),
    "network": env.str("GUESS_LIMIT_NETWORK", default="20/60"),
    "device": env.str("GUESS_LIMIT_DEVICE", default="5/300"),
    "account": env.str("GUESS_LIMIT_ACCOUNT", default="100/3600"),
    "account_code": env.str("GUESS_LIMIT_ACCOUNT_CODE", default="30/3600"),
}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.ActivateAppForm",
    "authenticate": "accounts.forms.SecondFactorForm",
    "reauthenticate": "accounts.forms.SecondFactorAgainForm",
}
# Keys from which those are derived that encrypt the secrets of the two-step log-in. The first encrypts, all decrypt.
MFA_ENCRYPTION_KEYS = env.list("MFA_ENCRYPTION_KEYS", default=[SECRET_KEY])
# Staff who have not set up the two-step log-in are shoppers until they do, in the admin and in the API.
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=APP_ENV != "local")
# In the database alone: a log-out has to end a session at once, whatever a cache that was away still holds of it.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

# --- Languages ------------------------------------------------------------------------------------

LANGUAGES = [("en", _("English")), ("fr", _("French")), ("ar", _("Arabic"))]
LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("en", "fr", "ar")

# --- The shop -------------------------------------------------------------------------------------

SHOP_NAME = env.str("SHOP_NAME", default="Souk")
# Where the shop is reached, for links in mails.
SHOP_URL = env.str(
    "SHOP_URL", default=f"http://{env.str('HOST', default='127.0.0.1')}:{env.str('PORT', default='8000')}"
)
SHOP_CURRENCY = env.str("SHOP_CURRENCY", default="USD")
# Prices are shown with the taxes of this country until the shopper gives an address.
SHOP_COUNTRY = env.str("SHOP_COUNTRY", default="US")
# The ways to pay, in the order in which shoppers are offered them.
PAYMENT_PROVIDERS = env.list(
    "PAYMENT_PROVIDERS",
    default=[
        "payments.providers.cash_on_delivery.CashOnDelivery",
        "payments.providers.bank_transfer.BankTransfer",
    ],
)
# How long a payment provider may take to answer, before its answer counts as unknown and it is asked again.
PAYMENT_TIMEOUT_SECONDS = env.int("PAYMENT_TIMEOUT_SECONDS", default=20)
# From here on stock is low: shoppers are told how many are left, staff that it has come so far.
LOW_STOCK_UNITS = env.int("LOW_STOCK_UNITS", default=5)
# Who of the staff is written to when an item gets low or sells out.
STOCK_ALERT_EMAILS = env.list("STOCK_ALERT_EMAILS", default=[])
BANK_TRANSFER_DAYS = env.int("BANK_TRANSFER_DAYS", default=7)
# Seconds for which a process goes on with the shop settings that it has read (core.shop_settings).
SHOP_SETTINGS_SECONDS = env.int("SHOP_SETTINGS_SECONDS", default=3)
# How long the units in a cart are kept for its shopper from each step in the checkout.
RESERVATION_MINUTES = env.int("RESERVATION_MINUTES", default=15)
# The part of what is available that the guests of one address may reserve before they order, in percent, and so many
# units of an item in any case.
GUEST_RESERVATION_PERCENT = env.int("GUEST_RESERVATION_PERCENT", default=25)
GUEST_RESERVATION_UNITS = env.int("GUEST_RESERVATION_UNITS", default=5)
# Days after which a guest's stock notice is forgotten that nobody has confirmed.
NOTICE_CONFIRM_DAYS = env.int("NOTICE_CONFIRM_DAYS", default=7)
BANK_TRANSFER_ACCOUNT = env.str("BANK_TRANSFER_ACCOUNT", default="FR76 3000 6000 0112 3456 7890 189")

# --- Limits ---------------------------------------------------------------------------------------

# How many proxies in front of the shop are believed about the caller's address.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# How often something may be done in so long a time, by pages and API together (core.limits). Each name has a variable
# LIMIT_<NAME>, or API_THROTTLE_<NAME> for the first three; an empty value lifts the limit.
_LIMITS = {
    # By person, or else by address.
    "auth": env.str("API_THROTTLE_AUTH", default="30/min"),
    "track": env.str("API_THROTTLE_TRACK", default="30/min"),
    "notice": env.str("API_THROTTLE_NOTICE", default="30/hour"),
    # By address: carts opened, changes of carts, steps of the checkout, orders.
    "guest_new_carts": env.str("LIMIT_GUEST_NEW_CARTS", default="60/hour"),
    "guest_cart": env.str("LIMIT_GUEST_CART", default="120/min"),
    "guest_checkout": env.str("LIMIT_GUEST_CHECKOUT", default="120/min"),
    "guest_orders": env.str("LIMIT_GUEST_ORDERS", default="10/10min"),
    # By a guest's cart: its changes, its steps and its orders together.
    "one_cart": env.str("LIMIT_ONE_CART", default="60/min"),
    # By customer.
    "customer_cart": env.str("LIMIT_CUSTOMER_CART", default="300/min"),
    "customer_checkout": env.str("LIMIT_CUSTOMER_CHECKOUT", default="300/min"),
    "customer_orders": env.str("LIMIT_CUSTOMER_ORDERS", default="60/10min"),
    # By mailbox: mails that somebody causes who has not shown that it is theirs.
    "recipient_mails": env.str("LIMIT_RECIPIENT_MAILS", default="10/hour"),
    "notice_confirmations": env.str("LIMIT_NOTICE_CONFIRMATIONS", default="1/day"),
}
# Off for benchmarks, in which one address is all shoppers.
RATE_LIMITS_ENABLED = env.bool("RATE_LIMITS_ENABLED", default=True)
RATE_LIMITS = _LIMITS if RATE_LIMITS_ENABLED else {}

# --- API ------------------------------------------------------------------------------------------

TOKEN_SECRET = env.str("TOKEN_SECRET", default=SECRET_KEY)
TOKEN_TTL_MINUTES = env.int("TOKEN_TTL_MINUTES", default=60)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=TOKEN_TTL_MINUTES),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "SIGNING_KEY": TOKEN_SECRET,
    "UPDATE_LAST_LOGIN": True,
    # A changed password ends the tokens that were issued before it.
    "CHECK_REVOKE_TOKEN": True,
}
# Access tokens of another issuer are accepted too, against the keys that it publishes.
TOKEN_JWKS_URL = env.str("TOKEN_JWKS_URL", default="")
TOKEN_ISSUER = env.str("TOKEN_ISSUER", default="")
TOKEN_AUDIENCE = env.str("TOKEN_AUDIENCE", default="")
# Whether such a token has to say that it is an access token. Without, one that says nothing at all passes for one.
TOKEN_REQUIRE_TYPE = env.bool("TOKEN_REQUIRE_TYPE", default=APP_ENV != "local")
TOKEN_CREATE_USERS = env.bool("TOKEN_CREATE_USERS", default=False)
TOKEN_CLOCK_SKEW_SECONDS = env.int("TOKEN_CLOCK_SKEW_SECONDS", default=30)
# Origins whose pages may call the API from a browser, "*" for all. Cookies are never taken from them: they send tokens.
API_CORS_ORIGINS = env.list("API_CORS_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_ALL_ORIGINS = "*" in API_CORS_ORIGINS
CORS_ALLOWED_ORIGINS = [origin for origin in API_CORS_ORIGINS if is_web_origin(origin)]
CORS_ALLOW_HEADERS = [
    *default_headers,
    "accept-language",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-cart-token",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "Allow",
    "Content-Disposition",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "X-Cart-Token",
    "X-Request-ID",
]
# How many products a customer is told that they may like.
RECOMMENDATIONS_PER_USER = env.int("RECOMMENDATIONS_PER_USER", default=3)
# How long an Idempotency-Key and its answer are kept, and after how long a request that was cut off may be done again.
IDEMPOTENCY_KEEP_HOURS = env.int("IDEMPOTENCY_KEEP_HOURS", default=24)
IDEMPOTENCY_LEASE_SECONDS = env.int("IDEMPOTENCY_LEASE_SECONDS", default=60)
IDEMPOTENCY_GUEST = "carts.headers.guest_caller"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerAuthentication",
        "core.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.DecimalJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.PagePagination",
    "DEFAULT_SCHEMA_CLASS": "core.api.operations.OperationSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.DoorThrottle"],
    # The OpenAPI document says what OPTIONS would.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "core.api.exceptions.exception_handler",
    "PAGE_SIZE": 20,
    # The header Accept says it; a parameter that is not in the document is refused.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.MultiPartRenderer",
    ],
}
SPECTACULAR_SETTINGS = {
    **DOCUMENT,
    # Of the two, 3.1 can say that a thing may be null.
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "SessionKindEnum": "accounts.models.LoginSession.Kind",
        "LanguageEnum": "config.settings.LANGUAGES",
        "OrderStatusEnum": "orders.states.OrderStatus",
        "PaymentStateEnum": "payments.states.PaymentState",
        "OperationKindEnum": "payments.states.OperationKind",
        "OperationStateEnum": "payments.states.OperationState",
        "ShipmentStateEnum": "shipping.states.ShipmentState",
        "HistoryKindEnum": "orders.models.OrderTransition.Kind",
        "TransactionKindEnum": "payments.models.PaymentTransaction.Kind",
    },
    "PREPROCESSING_HOOKS": ["config.compatibility.only_versioned"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.compatibility.mark_deprecated",
        "config.api_document.add_tags_of_apps",
        "core.api.schema.wrap_in_envelope",
    ],
}

# --- Files ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
# Where browsers get pictures: a CDN in front of the bucket, or of this shop's own /media.
MEDIA_BASE_URL = env.str("MEDIA_BASE_URL", default="").rstrip("/")
MEDIA_URL = f"{MEDIA_BASE_URL or '/media'}/"
# Pictures are kept in a bucket if one is named, otherwise in MEDIA_ROOT.
S3_BUCKET = env.str("S3_BUCKET", default="")
S3_REGION = env.str("S3_REGION", default="")
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="")
S3_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY_ID", default="")
S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", default="")
# An uploaded picture has no more bytes than this, and no more pixels, each of which takes up to 12 bytes of memory.
PICTURE_MAX_BYTES = env.int("PICTURE_MAX_BYTES", default=10_000_000)
PICTURE_MAX_PIXELS = env.int("PICTURE_MAX_PIXELS", default=50_000_000)
# What a form or a body of JSON may have, and what a file of products may.
FORM_MAX_BYTES = env.int("FORM_MAX_BYTES", default=1_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("API_MAX_BYTES", default=2_621_440)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=20_971_520)
# A file of products with more rows than a request imports (2,000) is imported in the background, up to this.
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=20_000)
# How long the page of such an import, with its counts and refused rows, can be looked up.
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=90)
DATA_UPLOAD_MAX_NUMBER_FILES = 30
# Room for the other fields of a form beside its files.
_FORM_WITH_PICTURES = PICTURE_MAX_BYTES * 10 + FORM_MAX_BYTES
STAFF_UPLOAD_BYTES = {
    "admin:catalog_product_add": _FORM_WITH_PICTURES,
    "admin:catalog_product_change": _FORM_WITH_PICTURES,
    "admin:catalog_product_import": IMPORT_MAX_BYTES + FORM_MAX_BYTES,
}
STORAGES = {
    "default": file_storage(
        ObjectStorage(S3_BUCKET, S3_REGION, S3_ENDPOINT_URL, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY),
        base_url=MEDIA_BASE_URL,
    ),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Mail -----------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email("EMAIL_URL", default=f"filemail://{DATA_DIR}/mail")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_FILE_PATH = f"/{EMAIL_CONFIG['EMAIL_FILE_PATH']}"
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
# Less than the time for which a worker claims a message.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Souk <shop@souk.example>")

# --- Security -------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
CSRF_FAILURE_VIEW = "core.web.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # Pictures may be given by address; nothing that runs may come from elsewhere. A bucket on a developer's
        # machine is read without https.
        "img-src": ["'self'", "data:", "https:", *([S3_ENDPOINT_URL] if S3_ENDPOINT_URL.startswith("http:") else [])],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
# The admin's pages run Alpine, which evaluates expressions and sets styles; nothing comes from elsewhere there either.
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

# --- Admin ----------------------------------------------------------------------------------------

UNFOLD = unfold.UNFOLD

# --- Logs -----------------------------------------------------------------------------------------

_SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]
# Routes of others whose arguments open something; ours say so by the converter `<secret:…>` (core.text.redaction).
SECRET_ROUTES = ["account_reset_password_from_key", "account_confirm_email"]
# The package believes any header that names an address; core.logs asks core.web.callers.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        # By its name: it is read when the settings are there.
        "json": {"()": "core.logs.json_formatter", "foreign_pre_chain": _SHARED_PROCESSORS},
    },
    "filters": {"one_line_a_request": {"()": "core.logs.OneLineARequest"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["one_line_a_request"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Says of a refused or failed request what request_finished and request_failed say.
        "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
