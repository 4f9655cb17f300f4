"""Settings of the shop that staff edits: types and bounds, the cache, the admin's page, the API, the command."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.forms import MultiWidget
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from audit.models import Change
from checkout.shop_settings import RESERVATION_MINUTES
from core.integrity import make_check, registered
from core.money import Money
from core.shop import CONTACT_PHONE, SHOP_NAME, mail_sender
from core.shop_settings import values as shop_values
from core.shop_settings.models import ShopSetting
from core.shop_settings.registry import all_settings
from core.shop_settings.selectors import stored_settings
from core.shop_settings.services import InvalidSettings, SettingsChanged, change_settings
from inventory.shop_settings import LOW_STOCK_UNITS
from payments.providers import get_provider
from payments.shop_settings import BANK_HOLDER, CASH_ON_DELIVERY_MAXIMUM
from tests.api import V1, client_of
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.staff import staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db

PAGE = "/admin/core/shopsetting/"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture
def change(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[..., None]:
    """Sets values as if committed, so that they are read from now on."""

    def change(**values: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            change_settings(values=values)

    return change


def test_what_nobody_has_set_follows_the_environment(settings: Settings) -> None:
    settings.LOW_STOCK_UNITS = 3
    settings.SHOP_NAME = "Chez Lina"

    assert LOW_STOCK_UNITS.value == 3
    assert SHOP_NAME.text == "Chez Lina"


def test_what_staff_sets_holds_until_it_is_reset(
    change: Callable[..., None], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    change(low_stock_units=9)
    assert LOW_STOCK_UNITS.value == 9

    with django_capture_on_commit_callbacks(execute=True):
        change_settings(values={}, resets=["low_stock_units"])
    assert LOW_STOCK_UNITS.value == 5
    assert not ShopSetting.objects.exists()


def test_a_translated_text_is_shown_in_the_readers_language_or_else_in_one_that_there_is(
    change: Callable[..., None],
) -> None:
    change(shop_name={"en": "Lina's", "fr": "Chez Lina", "ar": ""})

    with translation.override("fr"):
        assert SHOP_NAME.text == "Chez Lina"
    with translation.override("ar"):
        assert SHOP_NAME.text == "Lina's"


REFUSED = [
    ("shop_name", {"en": "", "fr": "", "ar": ""}, "required"),
    ("shop_name", {"de": "Laden"}, "invalid_input"),
    ("shop_name", "Souk", "invalid_input"),
    ("shop_name", {"en": "x" * 81}, "max_length"),
    ("default_theme", "sepia", "invalid_choice"),
    ("contact_email", "nobody", "invalid_email"),
    ("contact_phone", "1\n2", "control_characters"),
    ("low_stock_units", -1, "out_of_range"),
    ("low_stock_units", True, "invalid_input"),
    ("low_stock_units", "7", "invalid_input"),
    ("low_stock_units", 10**9, "out_of_range"),
    ("reservation_minutes", 0, "out_of_range"),
    ("units_left_shown", 1, "invalid_input"),
    ("bank_iban", "FR76 3000 6000 0112 3456 7890 188", "invalid_iban"),
    ("bank_iban", "", "required"),
    ("bank_bic", "AGRI", "invalid_bic"),
    ("stock_alert_emails", ["stock@shop.example", "stock"], "invalid_email"),
    ("stock_alert_emails", "stock@shop.example", "invalid_input"),
    ("stock_alert_emails", ["u@" + ".".join(["a" * 60] * 5) + ".com"], "invalid_email"),
    ("cash_on_delivery_maximum", Money(-1, "USD"), "out_of_range"),
    ("cash_on_delivery_maximum", Money(1, "EUR"), "wrong_currency"),
    ("cash_on_delivery_maximum", 12, "invalid_input"),
    ("no_such_setting", 1, "unknown_setting"),
]


@pytest.mark.parametrize(("name", "value", "code"), REFUSED)
def test_a_value_that_a_setting_cannot_have_is_refused_by_name(name: str, value: Any, code: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        change_settings(values={"reservation_minutes": 20, name: value})

    assert refused.value.code == code
    assert refused.value.field == name
    assert not ShopSetting.objects.exists()


def test_every_default_and_every_value_survives_being_stored(change: Callable[..., None]) -> None:
    given = {
        "shop_name": {"en": "A", "fr": "B", "ar": "C"},
        "default_theme": "dark",
        "postal_address": "1 Rue\nTunis",
        "stock_alert_emails": ["a@shop.example", "b@shop.example"],
        "units_left_shown": False,
        "bank_iban": IBAN.replace(" ", ""),
        "bank_bic": "agrifrpp882",
        "cash_on_delivery_maximum": Money(10_000, "USD"),
        "reservation_minutes": 30,
    }
    change(**given)

    kept = given | {"bank_iban": IBAN, "bank_bic": "AGRIFRPP882"}
    assert {name: all_settings()[name].value for name in given} == kept
    for setting in all_settings().values():
        assert setting.load(json.loads(json.dumps(setting.dump(setting.default())))) == setting.clean(setting.default())


# --- The cache ------------------------------------------------------------------------------------


@pytest.fixture
def clock_of_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The moment that the cache believes in."""
    now = [1_000.0]
    monkeypatch.setattr("core.shop_settings.values.time.monotonic", lambda: now[0])
    shop_values.cache.forget()
    yield now
    shop_values.cache.forget()


def read_all() -> None:
    for setting in all_settings().values():
        assert setting.value is not Ellipsis


def test_all_settings_are_read_by_one_query_for_some_seconds(clock_of_cache: list[float], settings: Settings) -> None:
    with CaptureQueriesContext(connection) as queries:
        for _again in range(3):
            read_all()
            clock_of_cache[0] += settings.SHOP_SETTINGS_SECONDS - 1
        read_all()
    assert len([one for one in queries if "core_shopsetting" in one["sql"]]) == 2


def test_what_another_process_writes_is_read_within_seconds(clock_of_cache: list[float], settings: Settings) -> None:
    assert LOW_STOCK_UNITS.value == 5
    ShopSetting.objects.create(name="low_stock_units", value=8)
    assert LOW_STOCK_UNITS.value == 5

    clock_of_cache[0] += settings.SHOP_SETTINGS_SECONDS

    assert LOW_STOCK_UNITS.value == 8


@pytest.mark.usefixtures("clock_of_cache")
def test_what_cannot_be_read_is_the_default_and_the_rest_holds() -> None:
    ShopSetting.objects.create(name="low_stock_units", value="many")
    ShopSetting.objects.create(name="of_an_app_that_went", value=1)
    ShopSetting.objects.create(name="reservation_minutes", value=20)

    assert LOW_STOCK_UNITS.value == 5
    assert RESERVATION_MINUTES.value == 20


def test_without_a_database_the_last_values_hold(clock_of_cache: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    ShopSetting.objects.create(name="low_stock_units", value=8)
    assert LOW_STOCK_UNITS.value == 8
    clock_of_cache[0] += 1_000

    def gone() -> dict[str, str]:
        raise DatabaseError("the server closed the connection")

    monkeypatch.setattr(shop_values, "_stored", gone)
    assert LOW_STOCK_UNITS.value == 8


def test_reading_in_a_transaction_whose_query_fails_leaves_the_transaction_usable(
    clock_of_cache: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop_values, "_READ", "SELECT name, value::text FROM nowhere")
    with transaction.atomic():
        assert LOW_STOCK_UNITS.value == 5
        assert UserFactory().pk


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_set() -> None:
    with transaction.atomic():
        change_settings(values={"low_stock_units": 9})
        transaction.set_rollback(True)

    assert LOW_STOCK_UNITS.value == 5


# --- Two at once ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_set_different_settings_at_once_lose_nothing() -> None:
    seen = {name: one.version for name, one in stored_settings().items()}

    at_once(
        lambda: change_settings(values={"low_stock_units": 9}, seen=seen),
        lambda: change_settings(values={"contact_phone": "+216 71 000 000"}, seen=seen),
    )

    assert LOW_STOCK_UNITS.value == 9
    assert CONTACT_PHONE.value == "+216 71 000 000"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_set_one_setting_at_once_the_second_is_told() -> None:
    seen = {name: one.version for name, one in stored_settings().items()}

    results = at_once(
        *(lambda units=units: change_settings(values={"low_stock_units": units}, seen=seen) for units in (8, 9))
    )

    assert sorted(type(one) for one in results if isinstance(one, Exception)) == [SettingsChanged]
    assert ShopSetting.objects.count() == 1


# --- The admin's page -----------------------------------------------------------------------------


def manager() -> Client:
    return staff_client()


def filled_in(opened: Any, **changes: str) -> dict[str, Any]:
    """What the page would send as it is, with changes."""
    data: dict[str, Any] = {}
    for bound in opened.context["form"]:
        value, widget = bound.value(), bound.field.widget
        if isinstance(widget, MultiWidget):
            texts = value if isinstance(value, list) else widget.decompress(value)
            data |= {f"{bound.html_name}{end}": text for end, text in zip(widget.widgets_names, texts, strict=True)}
        elif value not in (None, False):
            data[bound.html_name] = "\n".join(value) if isinstance(value, list) else str(value)
    return data | changes


def test_staff_saves_what_they_changed_and_the_audit_says_who() -> None:
    client = manager()
    opened = client.get(PAGE)

    saved = client.post(PAGE, filled_in(opened, low_stock_units="8", bank_iban=IBAN), follow=True)

    assert "2 settings were saved." in saved.content.decode()
    assert {row.name: row.value for row in ShopSetting.objects.all()} == {"low_stock_units": 8, "bank_iban": IBAN}
    change = Change.objects.get(model="core.shopsetting", after__name="low_stock_units")
    assert change.actor_id is not None
    assert client.post(PAGE, filled_in(client.get(PAGE)), follow=True).content.decode().count("Nothing was changed.")


def test_two_colleagues_with_the_page_open_lose_nothing_of_each_other() -> None:
    one, other = manager(), manager()
    of_one, of_other = one.get(PAGE), other.get(PAGE)

    assert one.post(PAGE, filled_in(of_one, low_stock_units="8")).status_code == 302
    assert other.post(PAGE, filled_in(of_other, contact_phone="+216 71 000 000")).status_code == 302

    values = {row.name: row.value for row in ShopSetting.objects.all()}
    assert values == {"low_stock_units": 8, "contact_phone": "+216 71 000 000"}


def test_the_second_who_changes_one_setting_is_told_and_may_save_once_more() -> None:
    one, other = manager(), manager()
    of_one, of_other = one.get(PAGE), other.get(PAGE)
    one.post(PAGE, filled_in(of_one, low_stock_units="8"))

    refused = other.post(PAGE, filled_in(of_other, low_stock_units="9"))

    assert refused.status_code == 200
    assert "has set this to “8” in the meantime" in str(refused.context["form"].errors["low_stock_units"])
    assert ShopSetting.objects.get().value == 8
    assert other.post(PAGE, filled_in(refused)).status_code == 302
    assert ShopSetting.objects.get().value == 9


def test_wrong_values_are_told_beside_their_settings() -> None:
    client = manager()

    refused = client.post(PAGE, filled_in(client.get(PAGE), bank_iban="FR76 1", stock_alert_emails="nobody"))

    assert set(refused.context["form"].errors) == {"stock_alert_emails"}
    refused = client.post(PAGE, filled_in(client.get(PAGE), bank_iban="FR76 1"))
    assert set(refused.context["form"].errors) == {"bank_iban"}
    assert not ShopSetting.objects.exists()


def test_one_click_gives_a_setting_its_default_again() -> None:
    client = manager()
    client.post(PAGE, filled_in(client.get(PAGE), low_stock_units="8"))

    page = client.post(PAGE, {"_reset": "low_stock_units"}, follow=True).content.decode()

    assert "has its default again" in page
    assert not ShopSetting.objects.exists()


def test_the_default_does_not_come_back_over_what_a_colleague_has_set_meanwhile() -> None:
    one, other = manager(), manager()
    one.post(PAGE, filled_in(one.get(PAGE), low_stock_units="8"))
    opened = one.get(PAGE)
    other.post(PAGE, filled_in(other.get(PAGE), low_stock_units="9"))

    refused = one.post(PAGE, filled_in(opened) | {"_reset": "low_stock_units"})

    assert "has set this to “9” in the meantime" in str(refused.context["form"].errors["low_stock_units"])
    assert ShopSetting.objects.get().value == 9


def test_another_name_of_the_shop_is_no_other_holder_of_its_account(change: Callable[..., None]) -> None:
    change(shop_name=dict.fromkeys(("en", "fr", "ar"), "Lina & Co"))

    assert BANK_HOLDER.value == "Souk"


def test_a_default_that_nobody_could_type_does_not_keep_the_rest_from_being_saved(settings: Settings) -> None:
    settings.BANK_TRANSFER_ACCOUNT = "Routing 021000021, account 12345678"
    client = manager()

    assert client.post(PAGE, filled_in(client.get(PAGE), low_stock_units="8")).status_code == 302
    assert {row.name for row in ShopSetting.objects.all()} == {"low_stock_units"}


def test_who_may_only_look_is_offered_no_button_and_saves_nothing() -> None:
    client = staff_client("core.view_shopsetting")

    page = client.get(PAGE)

    assert page.status_code == 200
    assert "_reset" not in page.content.decode()
    assert client.post(PAGE, {"low_stock_units": "8"}).status_code == 403
    assert staff_client("catalog.view_product").get(PAGE).status_code == 403


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_page_is_in_the_readers_language(language: str) -> None:
    page = manager().get(PAGE, headers={"Accept-Language": language}).content.decode()

    assert {"fr": "Nom de la boutique", "ar": "اسم المتجر"}[language] in page


# --- The API --------------------------------------------------------------------------------------


def colleague(*permissions: str) -> Any:
    return client_of(StaffFactory(is_superuser=not permissions))


def test_the_api_reads_and_writes_settings(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    api = colleague()
    first = api.get(f"{V1}/shop-settings")
    by_name = {one["name"]: one for one in first.json()["data"]}
    assert set(by_name) == set(all_settings())
    assert by_name["low_stock_units"] | {"help": "", "label": ""} == {
        "name": "low_stock_units",
        "group": "stock",
        "label": "",
        "help": "",
        "kind": "integer",
        "value": 5,
        "default": 5,
        "is_set": False,
        "updated_at": None,
    }

    body = {"low_stock_units": 7, "cash_on_delivery_maximum": "250.00", "shop_name": {"en": "Lina's"}}
    with django_capture_on_commit_callbacks(execute=True):
        answer = api.patch(f"{V1}/shop-settings", body, headers={"If-Match": first["ETag"]})
    assert answer.status_code == 200, answer.json()
    assert CASH_ON_DELIVERY_MAXIMUM.value == Money(25_000, "USD")
    assert SHOP_NAME.text == "Lina's"

    stale = api.patch(f"{V1}/shop-settings", {"low_stock_units": 6}, headers={"If-Match": first["ETag"]})
    assert stale.status_code == 412
    with django_capture_on_commit_callbacks(execute=True):
        assert api.patch(f"{V1}/shop-settings", {"low_stock_units": None}).status_code == 200
    assert LOW_STOCK_UNITS.value == 5


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"low_stock_units": -1}, 400, "low_stock_units"),
        ({"low_stock_units": "many"}, 400, "low_stock_units"),
        ({"bank_iban": "FR76 1"}, 422, "bank_iban"),
        ({"cash_on_delivery_maximum": {"amount": "1.00", "currency": "EUR"}}, 422, "cash_on_delivery_maximum"),
        ({"no_such_setting": 1}, 400, "no_such_setting"),
        ({"shop_name": {"de": "Laden"}}, 400, "shop_name.de"),
        ({"shop_name": {"en": ""}}, 422, "shop_name"),
    ],
)
def test_the_api_names_the_setting_at_fault(body: dict[str, Any], status: int, field: str) -> None:
    answer = colleague().patch(f"{V1}/shop-settings", body)

    assert answer.status_code == status
    assert field in answer.json()["details"]["fields"]
    assert not ShopSetting.objects.exists()


def test_everybody_may_know_the_shop(change: Callable[..., None], client: Client) -> None:
    change(shop_name={"en": "Lina's", "fr": "Chez Lina"}, contact_phone="+216 71 000 000")

    shop = client.get(f"{V1}/shop", headers={"Accept-Language": "fr"}).json()["data"]

    assert shop["name"] == "Chez Lina"
    assert shop["currency"] == "USD"
    assert [one["code"] for one in shop["languages"]] == ["en", "fr", "ar"]
    assert shop["contact"]["phone"] == "+216 71 000 000"


# --- The command ----------------------------------------------------------------------------------


def command(*arguments: str) -> int:
    try:
        call_command("shopsettings", *arguments)
    except CommandError as error:
        return error.returncode
    return 0


def test_the_command_lists_reads_sets_and_unsets(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("set", "low_stock_units", "7") == 0
    assert command("set", "shop_name", "en=Lina's;fr=Chez Lina") == 0
    assert command("set", "cash_on_delivery_maximum", "250.00 USD") == 0
    assert command("set", "units_left_shown", "no") == 0
    assert command("set", "stock_alert_emails", "a@shop.example, b@shop.example") == 0
    capsys.readouterr()
    assert command("get", "shop_name") == 0
    assert json.loads(capsys.readouterr().out) == {"en": "Lina's", "fr": "Chez Lina"}
    assert command("list") == 0
    assert "* low_stock_units" in capsys.readouterr().out
    assert command("unset", "low_stock_units") == 0
    assert command("list", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["low_stock_units"]["is_set"] is False


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("set", "low_stock_units", "many"), 1),
        (("set", "low_stock_units", "-1"), 1),
        (("set", "bank_iban", "FR76 1"), 1),
        (("set", "cash_on_delivery_maximum", "a lot"), 1),
        (("set", "units_left_shown", "perhaps"), 1),
        (("set", "nothing", "1"), 2),
        (("get", "nothing"), 2),
        (("unset", "nothing"), 2),
    ],
)
def test_the_command_ends_with_a_code_that_says_what_is_wrong(arguments: tuple[str, ...], code: int) -> None:
    assert command(*arguments) == code
    assert not ShopSetting.objects.exists()


# --- What follows ---------------------------------------------------------------------------------


def test_bank_transfers_name_the_account_that_staff_has_set(change: Callable[..., None]) -> None:
    change(bank_iban=IBAN, bank_bic="COBADEFFXXX", bank_holder="Lina SARL")

    instructions = get_provider("bank_transfer").instructions(number="A1", amount=Money(100, "USD"))

    assert [value for _label, value in instructions] == ["Lina SARL", IBAN, "COBADEFFXXX", Money(100, "USD"), "A1"]


def test_cash_on_delivery_is_offered_up_to_the_amount_that_staff_has_set(change: Callable[..., None]) -> None:
    change(cash_on_delivery_maximum=Money(10_000, "USD"))

    provider = get_provider("cash_on_delivery")

    assert provider.accepts(Money(10_000, "USD"))
    assert not provider.accepts(Money(10_001, "USD"))


def test_pages_and_mails_show_the_shop_as_staff_describes_it(change: Callable[..., None], client: Client) -> None:
    change(
        shop_name={"en": "Lina's"},
        contact_email="help@lina.example",
        contact_phone="+216 71 000 000",
        mail_sender_name="Lina",
        mail_sender_address="post@lina.example",
        default_theme="dark",
    )

    page = client.get("/en/").content.decode()

    assert "Lina&#x27;s" in page
    assert "help@lina.example" in page
    assert 'href="tel:+21671000000"' in page
    assert 'data-theme="dark"' in page
    assert mail_sender() == "Lina <post@lina.example>"


def test_a_row_that_no_setting_is_of_and_a_wrong_value_are_found() -> None:
    ShopSetting.objects.create(name="of_an_app_that_went", value="it's 100 %")
    ShopSetting.objects.create(name="low_stock_units", value=-1)
    ShopSetting.objects.create(name="reservation_minutes", value=20)

    found = make_check(registered()["core.shop_settings"], limit=9)

    assert not found.error
    assert [one.subject for one in found.examples] == ["low_stock_units", "of_an_app_that_went"]
