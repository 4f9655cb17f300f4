"""System checks on the settings: what is wrong, under an id of its own, and how to mend it."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import LazySettings, settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.db import connections
from django.utils.module_loading import import_string

from checkout.shop_settings import RESERVATION_MINUTES
from config.cors import is_web_origin
from core.i18n.countries import CODES
from core.i18n.currencies import DECIMALS
from core.rates import parse_rate
from core.shop import MAIL_SENDER_ADDRESS
from inventory.shop_settings import GUEST_RESERVATION_PERCENT, GUEST_RESERVATION_UNITS, LOW_STOCK_UNITS
from notifications.shop_settings import NOTICE_CONFIRM_DAYS, STOCK_ALERT_EMAILS
from payments.shop_settings import BANK_TRANSFER_DAYS

# HMAC-SHA256 signs with keys of this many bytes or more (RFC 7518, section 3.2).
SHORTEST_KEY = 32
OLDEST_POSTGRES = 18
# Names of the machine itself, with those by which a server listens everywhere.
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}  # noqa: S104  # nosec B104  (nothing is bound to them)


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong; `broken` answers from the settings alone."""

    id: str
    message: str
    hint: str
    broken: Callable[[LazySettings], bool]
    level: type[Error] | type[Warning] = Error

    def found(self) -> CheckMessage:
        return self.level(self.message, hint=self.hint, id=self.id)


def _is_production(conf: LazySettings) -> bool:
    return bool(conf.APP_ENV != "local")


def _database(conf: LazySettings) -> dict[str, Any]:
    return dict(conf.DATABASES["default"])


def _may_fetch(conf: LazySettings, url: str) -> bool:
    """Whether the address is whole and, in production, encrypted."""
    parts = urlsplit(url)
    return bool(parts.netloc) and parts.scheme in ({"https"} if _is_production(conf) else {"https", "http"})


def _is_base_address(url: str) -> bool:
    """Whether names can be put behind the address, and browsers load from it on an encrypted page."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.netloc) and not (parts.query or parts.fragment)


def _is_shop_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and parts.path in {"", "/"}


def _can_be_imported(path: str) -> bool:
    try:
        import_string(path)
    except ImportError:
        return False
    return True


def _is_rate(text: str) -> bool:
    try:
        parse_rate(text)
    except ValueError:
        return False
    return True


RULES = (
    Rule(
        "souk.E001",
        f"SECRET_KEY is shorter than {SHORTEST_KEY} bytes.",
        "Unset it to have one generated into DATA_DIR, or set 50 random characters.",
        lambda conf: len(conf.SECRET_KEY.encode()) < SHORTEST_KEY,
    ),
    Rule(
        "souk.E002",
        f"TOKEN_SECRET is shorter than {SHORTEST_KEY} bytes.",
        "Unset it to sign tokens with SECRET_KEY, or set 50 random characters.",
        lambda conf: len(conf.TOKEN_SECRET.encode()) < SHORTEST_KEY,
    ),
    Rule(
        "souk.E050",
        f"MFA_ENCRYPTION_KEYS is empty or has a key shorter than {SHORTEST_KEY} bytes.",
        "Unset it to encrypt with SECRET_KEY, or set keys of 50 random characters without commas, the newest first.",
        lambda conf: min((len(key.encode()) for key in conf.MFA_ENCRYPTION_KEYS), default=0) < SHORTEST_KEY,
    ),
    Rule(
        "souk.E003",
        "DEBUG is on in production: error pages would show settings and data to everybody.",
        "Unset DEBUG, or set APP_ENV=local on a developer's machine.",
        lambda conf: _is_production(conf) and conf.DEBUG,
    ),
    Rule(
        "souk.E004",
        "ALLOWED_HOSTS admits every host in production: links in mails could be forged.",
        "Set ALLOWED_HOSTS to the shop's own names, separated by commas.",
        lambda conf: _is_production(conf) and "*" in conf.ALLOWED_HOSTS,
    ),
    Rule(
        "souk.E005",
        "DATABASE_URL does not name a PostgreSQL database.",
        "Use postgres://user:password@host:5432/name, or unset it for the embedded PostgreSQL.",
        lambda conf: _database(conf)["ENGINE"] != "core.postgresql",
    ),
    Rule(
        "souk.E006",
        "The database opens a transaction for each request (ATOMIC_REQUESTS).",
        "Remove it from DATABASE_URL: services open their own, and no payment provider is called within one.",
        lambda conf: bool(_database(conf).get("ATOMIC_REQUESTS")),
    ),
    Rule(
        "souk.E007",
        "The connection pool of DATABASE_URL is a text, and persistent connections exclude a pool.",
        "Remove pool from DATABASE_URL; CONN_MAX_AGE keeps connections.",
        lambda conf: "pool" in _database(conf).get("OPTIONS", {}),
    ),
    Rule(
        "souk.E008",
        "REDIS_URL is not an address of a Redis.",
        "Use redis://host:6379/0, rediss://… or unix:///path?db=0, or unset it for the embedded Redis.",
        lambda conf: bool(conf.REDIS_URL) and urlsplit(conf.REDIS_URL).scheme not in {"redis", "rediss", "unix"},
    ),
    Rule(
        "souk.E063",
        "REDIS_TIMEOUT_SECONDS is not between 0.1 and 10: requests would give Redis up at once, or hang with it.",
        "Set the seconds that a request waits for Redis, 1 for example.",
        lambda conf: not 0.1 <= conf.REDIS_TIMEOUT_SECONDS <= 10,
    ),
    Rule(
        "souk.E064",
        "FORM_MAX_BYTES, API_MAX_BYTES or IMPORT_MAX_BYTES is not between 10,000 and 100,000,000.",
        "Set the most bytes that a body may have: 1000000, 2621440 and 20971520 for example.",
        lambda conf: (
            not all(
                10_000 <= most <= 100_000_000
                for most in (conf.FORM_MAX_BYTES, conf.DATA_UPLOAD_MAX_MEMORY_SIZE, conf.IMPORT_MAX_BYTES)
            )
        ),
    ),
    Rule(
        "souk.E065",
        "IMPORT_MAX_ROWS is not between 1 and 200,000.",
        "Set the most rows of a file of products, 20000 for example.",
        lambda conf: not 1 <= conf.IMPORT_MAX_ROWS <= 200_000,
    ),
    Rule(
        "souk.E066",
        "IMPORT_KEEP_DAYS is below 1: an import would be forgotten before anybody has read its wrong rows.",
        "Set the days that ended imports of products are kept, 90 for example.",
        lambda conf: conf.IMPORT_KEEP_DAYS < 1,
    ),
    Rule(
        "souk.E009",
        "SHOP_CURRENCY is not a currency of ISO 4217.",
        "Set three capital letters: USD, EUR, TND.",
        lambda conf: conf.SHOP_CURRENCY not in DECIMALS,
    ),
    Rule(
        "souk.E010",
        "SHOP_COUNTRY is not a country of ISO 3166.",
        "Set two capital letters: US, FR, TN.",
        lambda conf: conf.SHOP_COUNTRY not in CODES,
    ),
    Rule(
        "souk.E011",
        "BANK_TRANSFER_DAYS is not between 1 and 365: orders would be cancelled before they can be paid.",
        "Set the days that a bank transfer may take, 7 for example.",
        lambda conf: not BANK_TRANSFER_DAYS.accepts(conf.BANK_TRANSFER_DAYS),
    ),
    Rule(
        "souk.E016",
        "RESERVATION_MINUTES is not between 1 and 1440: carts would be held for nobody, or for days.",
        "Set the minutes that units are kept for a shopper in the checkout, 15 for example.",
        lambda conf: not RESERVATION_MINUTES.accepts(conf.RESERVATION_MINUTES),
    ),
    Rule(
        "souk.E060",
        "A limit is no rate: one of LIMIT_… or API_THROTTLE_….",
        "Write how often in how long a time, 30/min, 10/10min, 20/hour or 5/day, or nothing to lift the limit.",
        lambda conf: not all(_is_rate(rate) for rate in conf.RATE_LIMITS.values() if rate),
    ),
    Rule(
        "souk.E061",
        "GUEST_RESERVATION_PERCENT is not between 0 and 100, or GUEST_RESERVATION_UNITS is below 0.",
        "Set the part of the stock that one guest may reserve before ordering, 25 and 5 for example.",
        lambda conf: (
            not GUEST_RESERVATION_PERCENT.accepts(conf.GUEST_RESERVATION_PERCENT)
            or not GUEST_RESERVATION_UNITS.accepts(conf.GUEST_RESERVATION_UNITS)
        ),
    ),
    Rule(
        "souk.E062",
        "NOTICE_CONFIRM_DAYS is not between 1 and 90.",
        "Set the days in which a stock notice may be confirmed, 7 for example.",
        lambda conf: not NOTICE_CONFIRM_DAYS.accepts(conf.NOTICE_CONFIRM_DAYS),
    ),
    Rule(
        "souk.E070",
        "DEFAULT_FROM_EMAIL has no e-mail address that mails could be from.",
        "Set a name and an address, Souk <shop@shop.example>, or only the address.",
        lambda conf: not MAIL_SENDER_ADDRESS.accepts(parseaddr(conf.DEFAULT_FROM_EMAIL)[1]),
    ),
    Rule(
        "souk.E071",
        "SHOP_SETTINGS_SECONDS is not between 0 and 60: what staff sets would take long to be heeded everywhere.",
        "Set the seconds that a process goes on with what it has read, 3 for example.",
        lambda conf: not 0 <= conf.SHOP_SETTINGS_SECONDS <= 60,
    ),
    Rule(
        "souk.W060",
        "RATE_LIMITS_ENABLED is off in production: anybody may reserve the stock and have mails sent to strangers.",
        "Unset RATE_LIMITS_ENABLED; a single limit is lifted by an empty value.",
        lambda conf: _is_production(conf) and not conf.RATE_LIMITS_ENABLED,
        Warning,
    ),
    Rule(
        "souk.E012",
        "TOKEN_TTL_MINUTES is below 1: access tokens would have expired when they arrive.",
        "Set the minutes that an access token is accepted, 60 for example.",
        lambda conf: conf.TOKEN_TTL_MINUTES < 1,
    ),
    Rule(
        "souk.E013",
        "DATA_DIR cannot be written to.",
        "Set DATA_DIR to a folder of the user that runs the shop.",
        lambda conf: not os.access(conf.DATA_DIR, os.W_OK | os.X_OK),
    ),
    Rule(
        "souk.E020",
        "Of TOKEN_JWKS_URL, TOKEN_ISSUER and TOKEN_AUDIENCE some are set and some are not.",
        "Set all three to accept another issuer's tokens, or none.",
        lambda conf: len({bool(conf.TOKEN_JWKS_URL), bool(conf.TOKEN_ISSUER), bool(conf.TOKEN_AUDIENCE)}) > 1,
    ),
    Rule(
        "souk.E021",
        "TOKEN_JWKS_URL is not an https address: whoever sits in between could publish keys of their own.",
        "Set https://…; http is accepted with APP_ENV=local only.",
        lambda conf: bool(conf.TOKEN_JWKS_URL) and not _may_fetch(conf, conf.TOKEN_JWKS_URL),
    ),
    Rule(
        "souk.E022",
        "TOKEN_CLOCK_SKEW_SECONDS is not between 0 and 300: tokens would live on after their end.",
        "Set the seconds that the issuer's clock may be off, 30 for example.",
        lambda conf: not 0 <= conf.TOKEN_CLOCK_SKEW_SECONDS <= 300,
    ),
    Rule(
        "souk.E023",
        "A GUESS_LIMIT_… is not a number of guesses and a number of seconds, both above 0.",
        "Set 5/300 for five wrong guesses within 300 seconds, or unset it.",
        lambda conf: not all(re.fullmatch(r"[1-9]\d{0,5}/[1-9]\d{0,5}", limit) for limit in conf.GUESS_LIMITS.values()),
    ),
    Rule(
        "souk.E030",
        "SHOP_URL is not a whole address of this shop: links in mails would lead nowhere.",
        "Set https://shop.example, without a path.",
        lambda conf: not _is_shop_address(conf.SHOP_URL),
    ),
    Rule(
        "souk.E031",
        "OUTBOX_CONSUMERS names something that cannot be imported: events would wait for it for ever.",
        "Unset it, or name consumers by their dotted paths, separated by commas.",
        lambda conf: not all(_can_be_imported(path) for path in conf.OUTBOX_CONSUMERS or ()),
    ),
    Rule(
        "souk.E032",
        "OUTBOX_KEEP_DAYS is below 1: events would be forgotten before anybody can look into them.",
        "Set the days that events are kept, 30 for example.",
        lambda conf: conf.OUTBOX_KEEP_DAYS < 1,
    ),
    Rule(
        "souk.E034",
        "SECURITY_EVENTS_KEEP_DAYS is below 0: events of the future would be forgotten.",
        "Set the days that security events are kept, 365 for example, or 0 to keep all of them.",
        lambda conf: conf.SECURITY_EVENTS_KEEP_DAYS < 0,
    ),
    Rule(
        "souk.E033",
        "EMAIL_TIMEOUT is not between 1 and 120 seconds: a message might be sent by two workers.",
        "Set the seconds that a mail server may take to answer, 20 for example.",
        lambda conf: not 1 <= conf.EMAIL_TIMEOUT <= 120,
    ),
    Rule(
        "souk.E037",
        "LOW_STOCK_UNITS is below 0: stock would never be low.",
        "Set the units from which on stock is low, 5 for example, or 0 to be told when it is gone.",
        lambda conf: not LOW_STOCK_UNITS.accepts(conf.LOW_STOCK_UNITS),
    ),
    Rule(
        "souk.E038",
        "STOCK_ALERT_EMAILS names something that is no e-mail address.",
        "Set addresses separated by commas, stock@shop.example, or unset it.",
        lambda conf: not STOCK_ALERT_EMAILS.accepts(conf.STOCK_ALERT_EMAILS),
    ),
    Rule(
        "souk.E070",
        "PAYMENT_PROVIDERS is empty or names something that cannot be imported: nobody could pay.",
        "Unset it, or name payment providers by their dotted paths, separated by commas.",
        lambda conf: not conf.PAYMENT_PROVIDERS or not all(map(_can_be_imported, conf.PAYMENT_PROVIDERS)),
    ),
    Rule(
        "souk.E071",
        "PAYMENT_TIMEOUT_SECONDS is not between 1 and 120.",
        "Set the seconds that a payment provider may take to answer, 20 for example.",
        lambda conf: not 1 <= conf.PAYMENT_TIMEOUT_SECONDS <= 120,
    ),
    Rule(
        "souk.E072",
        "IDEMPOTENCY_LEASE_SECONDS is not more than twice PAYMENT_TIMEOUT_SECONDS: a retry would take a request over "
        "that still waits for a payment provider.",
        "Raise IDEMPOTENCY_LEASE_SECONDS, or lower PAYMENT_TIMEOUT_SECONDS.",
        lambda conf: conf.IDEMPOTENCY_LEASE_SECONDS <= 2 * conf.PAYMENT_TIMEOUT_SECONDS,
    ),
    Rule(
        "souk.E036",
        "RECOMMENDATIONS_PER_USER is not between 1 and 50.",
        "Set how many products a customer is told that they may like, 3 for example.",
        lambda conf: not 1 <= conf.RECOMMENDATIONS_PER_USER <= 50,
    ),
    Rule(
        "souk.E040",
        "MEDIA_BASE_URL is not a whole https address: browsers would not find the pictures.",
        "Set the address that a picture's name is put behind, https://cdn.shop.example/media, or unset it.",
        lambda conf: bool(conf.MEDIA_BASE_URL) and not _is_base_address(conf.MEDIA_BASE_URL),
    ),
    Rule(
        "souk.E041",
        "S3_ENDPOINT_URL is not an https address: pictures and keys' signatures would travel readable.",
        "Set https://…, or unset it for Amazon's own; http is accepted with APP_ENV=local only.",
        lambda conf: bool(conf.S3_ENDPOINT_URL) and not _may_fetch(conf, conf.S3_ENDPOINT_URL),
    ),
    Rule(
        "souk.E042",
        "Of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY one is set and one is not.",
        "Set both, or none to use the role of the machine.",
        lambda conf: bool(conf.S3_ACCESS_KEY_ID) != bool(conf.S3_SECRET_ACCESS_KEY),
    ),
    Rule(
        "souk.E043",
        "Pictures are to be kept in S3, but S3_BUCKET is not set.",
        "Set S3_BUCKET to the bucket's name, or unset the other settings that begin with S3_.",
        lambda conf: not conf.S3_BUCKET and any((conf.S3_ENDPOINT_URL, conf.S3_REGION, conf.S3_ACCESS_KEY_ID)),
    ),
    Rule(
        "souk.W003",
        "Pictures in S3 have no public address: browsers get signed ones, which last an hour and cannot be cached.",
        "Set MEDIA_BASE_URL to the address of the CDN, or of the bucket if everybody may read it.",
        lambda conf: bool(conf.S3_BUCKET) and not conf.MEDIA_BASE_URL,
        Warning,
    ),
    Rule(
        "souk.E060",
        "API_CORS_ORIGINS has something that is not an origin, which browsers would never send.",
        "Set scheme, host and port in lower case without a path, with commas between: https://app.example; or * alone.",
        lambda conf: conf.API_CORS_ORIGINS != ["*"] and not all(map(is_web_origin, conf.API_CORS_ORIGINS)),
    ),
    Rule(
        "souk.W002",
        "SHOP_URL leads to this machine in production: nobody could follow a link in a mail.",
        "Set SHOP_URL to the shop's public address, https://shop.example.",
        lambda conf: _is_production(conf) and urlsplit(conf.SHOP_URL).hostname in _THIS_MACHINE,
        Warning,
    ),
    Rule(
        "souk.W001",
        "The shop runs in production on its embedded database.",
        "Set DATABASE_URL to a server that is backed up, or APP_ENV=local for a demonstration.",
        lambda conf: _is_production(conf) and not conf.DATABASE_URL,
        Warning,
    ),
)


def check_settings(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """Every rule that the settings break."""
    return [rule.found() for rule in RULES if rule.broken(settings)]


def check_database_version(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **options: object
) -> list[CheckMessage]:
    """souk.E014 for a database without `uuidv7()`; asked only by commands that use the database."""
    versions = {alias: getattr(connections[alias], "pg_version", 0) for alias in databases or ()}
    return [
        Error(
            f"The database {alias!r} is older than PostgreSQL {OLDEST_POSTGRES}.",
            hint=f"Point DATABASE_URL to PostgreSQL {OLDEST_POSTGRES} or later: ids come from its uuidv7().",
            id="souk.E014",
        )
        for alias, version in versions.items()
        if version < OLDEST_POSTGRES * 10_000
    ]
