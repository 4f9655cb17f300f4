"""An app declares itself: what it adds to the shop takes effect by its name in INSTALLED_APPS alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg import sql

from accounts.roles import all_roles
from audit.tracked import tracked_tables
from carts.apps import CartsConfig
from catalog.apps import CatalogConfig
from core.beat import beat_schedule
from core.menu import navigation_of_apps
from core.personal_data import keepers
from core.registry import ALL, Audited, MenuEntry, souk_apps
from etl.loaders import all_entities, all_loaders

REPOSITORY = Path(__file__).resolve().parents[2]

# An app of a noticeboard, as somebody would write it for their own shop.
NOTICEBOARD = {
    "__init__.py": "",
    "apps.py": """
from datetime import timedelta

from core.registry import ALL, Audited, BeatTask, MenuEntry, MenuSection, PersonalRows, SoukAppConfig
from noticeboard.actions import NoticeAction


class NoticeboardConfig(SoukAppConfig):
    name = "noticeboard"
    default_auto_field = "django.db.models.BigAutoField"
    error_codes = "noticeboard.error_codes"
    consumers = ("noticeboard.consumers.Reader",)
    integrity_checks = ("noticeboard.integrity.CHECKS",)
    personal_data = PersonalRows("noticeboard.personal_data.NoticesOfPerson")
    actions = NoticeAction
    pages = ("board/", "noticeboard.urls")
    api_routes = "noticeboard.routes.ROUTES"
    api_tags = {"board": "The noticeboard."}
    shop_settings = "noticeboard.shop_settings.SETTINGS"
    audited = {"notice": Audited()}
    unaudited = {"reading": "counted by itself"}
    roles = {"support": {"notice": ALL}, "town crier": {"*": ALL}}
    menu_sections = (MenuSection("board", "Noticeboard", position=45),)
    menu = (
        MenuEntry("board", "Notices", "campaign", "noticeboard.notice"),
        MenuEntry("orders", "Notices of orders", "campaign", "noticeboard.notice", action=NoticeAction.PIN),
    )
    beat_tasks = {"unpin-notices": BeatTask("noticeboard.tasks.unpin", timedelta(hours=1))}
""",
    "actions.py": """
from core.actions import Action


class NoticeAction(Action):
    PIN = "Pin a notice", "noticeboard.change_notice"
""",
    "urls.py": """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("pinned"), name="board")]
""",
    "viewsets.py": """
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from core.api.viewsets import ApiViewSet
from noticeboard.models import Notice


class BoardOutput(serializers.Serializer):
    notices = serializers.IntegerField()


class BoardViewSet(ApiViewSet):
    permission_classes = (AllowAny,)
    queryset = Notice.objects.all()

    def retrieve(self, request):
        return self.answer(BoardOutput, {"notices": self.get_queryset().count()})
""",
    "routes.py": """
from core.api.routes import route
from noticeboard.viewsets import BoardViewSet

ROUTES = (route("board", BoardViewSet, "board", get="retrieve"),)
""",
    "shop_settings.py": """
from core.shop_settings.kinds import IntegerSetting, SettingGroup

PINS = IntegerSetting(
    name="pins", group=SettingGroup("board", "Noticeboard", 99), label="Pins", default=lambda: 4, minimum=1, maximum=9
)
SETTINGS = (PINS,)
""",
    "error_codes.py": """
from core.error_codes import ErrorCode

ERROR_CODES = (ErrorCode("notice_pinned", (409,), "The notice is pinned.", "Unpin it."),)
""",
    "models.py": """
from django.db import models


class Notice(models.Model):
    email = models.EmailField()
    text = models.TextField()


class Reading(models.Model):
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE)
""",
    "admin.py": """
from django.contrib import admin

from core.admin.bases import SoukAdmin
from noticeboard.models import Notice


@admin.register(Notice)
class NoticeAdmin(SoukAdmin):
    pass
""",
    "consumers.py": """
from core.outbox.consumers import Consumer
from core.outbox.models import OutboxEvent
from noticeboard.models import Notice


class Reader(Consumer):
    event_types = frozenset({"board.called"})

    def consume(self, event: OutboxEvent) -> None:
        Notice.objects.create(email="crier@shop.example", text="heard")
""",
    "integrity.py": """
from core.integrity import Check

CHECKS = (
    Check(
        code="noticeboard.text",
        title="A notice says something.",
        query="SELECT id, email AS subject, 'text' AS expected, text AS actual FROM noticeboard_notice WHERE text = ''",
    ),
)
""",
    "personal_data.py": """
from core.personal_data import PersonalData
from noticeboard.models import Notice


class NoticesOfPerson(PersonalData):
    def sections(self, person):
        yield "notices", Notice.objects.filter(email=person.email).values("text")

    def erase(self, person):
        Notice.objects.filter(email=person.email).delete()
""",
    "tasks.py": """
from celery import shared_task


@shared_task(name="noticeboard.tasks.unpin")
def unpin() -> None:
    pass
""",
    "migrations/__init__.py": "",
    "migrations/0001_initial.py": """
from django.db import migrations, models

from audit.operations import Track


class Migration(migrations.Migration):
    initial = True
    dependencies = [("audit", "0006_options")]
    operations = [
        migrations.CreateModel("Notice", [
            ("id", models.BigAutoField(primary_key=True)),
            ("email", models.EmailField(max_length=254)),
            ("text", models.TextField()),
        ]),
        migrations.CreateModel("Reading", [
            ("id", models.BigAutoField(primary_key=True)),
            ("notice", models.ForeignKey("noticeboard.notice", models.CASCADE)),
        ]),
        Track("noticeboard.notice", "noticeboard_notice"),
    ]
""",
}
# What a shop with the app does, told as JSON.
PROBE = """
import json
import django
django.setup()
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import transaction
from django.test import RequestFactory

call_command("migrate", "noticeboard", verbosity=0)

from accounts.models import User
from accounts.roles import roles_table
from audit.models import Change
from config.celery import app
from core.error_codes import all_error_codes
from core.integrity import check_integrity
from core.outbox import relay
from core.outbox.services import emit
from core.personal_data import Person, erase, export
from noticeboard.models import Notice

app.loader.init_worker()
app.finalize()
person = User.objects.create_user(email="reader@shop.example", username="reader", password=None)
person.is_staff = True
person.save()
person.groups.add(Group.objects.get(name="town crier"))
request = RequestFactory().get("/admin/")
request.user = User.objects.get(pk=person.pk)
from django.contrib import admin
menu = [
    (str(section.get("title")), str(item["title"]), item["has_permission"])
    for section in admin.site.get_sidebar_list(request) for item in section["items"]
]
account = User.objects.create_user(email="owner@shop.example", username="owner", password=None)
owner = Person(id=account.pk, email=account.email)
silent = Notice.objects.create(email="owner@shop.example", text="")
drifted = [one.code for one in check_integrity(only=["noticeboard.text"]).drifted]
exported = json.loads(b"".join(export(owner)))["notices"]
with transaction.atomic():
    erase(owner)
with transaction.atomic():
    emit(event_type="board.called", aggregate=person)
relay.run_once()
from django.test import Client
from core.api.docs import openapi_document
from core.shop_settings.services import change_settings
from noticeboard.shop_settings import PINS
change_settings(values={"pins": 7})
print(json.dumps({
    "page": Client().get("/en/board/", headers={"host": "localhost"}).content.decode(),
    "api": Client().get("/api/v1/board", headers={"host": "localhost"}).json()["data"],
    "tag": "The noticeboard." in [tag["description"] for tag in openapi_document()["tags"]],
    "setting": PINS.value,
    "checks": [one.id for one in run_checks()],
    "drifted": drifted,
    "exported": exported,
    "left": list(Notice.objects.values_list("text", flat=True)),
    "recorded": [one.operation for one in Change.objects.filter(model="noticeboard.notice").order_by("id")],
    "menu": [entry for entry in menu if entry[2]],
    "role": sorted(Group.objects.get(name="town crier").permissions.values_list("codename", flat=True)),
    "support": Group.objects.get(name="support").permissions.filter(codename="add_notice").exists(),
    "beat": "unpin-notices" in app.conf.beat_schedule and "noticeboard.tasks.unpin" in app.tasks,
    "error_code": "notice_pinned" in all_error_codes(),
    "roles_table": "| Pin a notice |" in roles_table(),
}))
"""


@pytest.fixture
def database() -> Iterator[str]:
    """A copy of the test's database, for the subprocess alone."""
    own, name = connection.settings_dict, f"{connection.settings_dict['NAME']}_registry"
    # Nobody may be connected to a database that is copied.
    connection.close()
    server = {"host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as maintenance:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        maintenance.execute(drop)
        maintenance.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(own["NAME"]))
        )
        yield f"postgres://{own['USER']}@/{own['HOST']}/{name}"
        maintenance.execute(drop)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_app_takes_effect_by_its_name_in_installed_apps(database: str, tmp_path: Path) -> None:
    for name, text in NOTICEBOARD.items():
        file = tmp_path / "noticeboard" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "shop_settings.py").write_text(
        'from config.settings import *\n\nINSTALLED_APPS = [*INSTALLED_APPS, "noticeboard"]\n'
    )

    told = shop_with_the_app(database, tmp_path)

    assert told == {
        "page": "pinned",
        "api": {"notices": 1},
        "tag": True,
        "setting": 7,
        "checks": [],
        "drifted": ["noticeboard.text"],
        "exported": [{"text": ""}],
        "left": ["heard"],
        "recorded": ["insert", "delete", "insert"],
        "menu": [
            ["None", "Overview", True],
            ["Orders", "Notices of orders", True],
            ["Noticeboard", "Notices", True],
        ],
        "role": [f"{do}_{model}" for do in ("add", "change", "delete", "view") for model in ("notice", "reading")],
        "support": True,
        "beat": True,
        "error_code": True,
        "roles_table": True,
    }


def shop_with_the_app(database: str, folder: Path) -> Any:
    own = {
        "DATABASE_URL": database,
        "DATA_DIR": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "shop_settings",
        "PYTHONPATH": f"{folder}:{REPOSITORY}",
    }
    environment = {name: value for name, value in os.environ.items() if name != "OUTBOX_CONSUMERS"} | own
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_rows_are_locked_for_erasure_in_the_one_order_of_locks() -> None:
    names = [type(one).__name__ for one in keepers()]
    in_order = ["CartsOfPerson", "OrdersOfPerson", "PaymentsOfPerson", "ShipmentsOfPerson", "AccountOfPerson"]

    assert [name for name in names if name in in_order] == in_order
    assert names[-1] == "AccountOfPerson"


def test_rows_move_in_after_those_that_they_refer_to() -> None:
    order = list(all_entities())
    for entity in all_entities().values():
        for field in entity.fields:
            assert field.refers_to is None or order.index(field.refers_to) <= order.index(entity.name)


def test_a_table_that_two_apps_audit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CartsConfig, "audited", {"catalog.product": Audited()})

    with pytest.raises(ImproperlyConfigured, match=r"catalog\.product is declared twice"):
        tracked_tables.__wrapped__()


def test_rights_that_two_apps_give_one_role_on_one_model_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CartsConfig, "roles", {"catalogue": {"catalog.*": ALL}})

    with pytest.raises(ImproperlyConfigured, match=r"catalogue is given rights twice on catalog\.\*"):
        all_roles.__wrapped__()


def test_a_menu_entry_in_no_section_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CartsConfig, "menu", (MenuEntry("cellar", "Wine", "wine_bar", "carts.cart"),))

    with pytest.raises(ImproperlyConfigured, match="no app declares the menu section cellar"):
        navigation_of_apps.__wrapped__()


def test_two_beat_tasks_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CartsConfig, "beat_tasks", CatalogConfig.beat_tasks)

    with pytest.raises(ImproperlyConfigured, match="two apps declare the beat task"):
        beat_schedule()


def test_loaders_that_wait_for_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    without_products = tuple(path for path in CatalogConfig.data_imports if "PRODUCT" not in path)
    monkeypatch.setattr(CatalogConfig, "data_imports", without_products)

    with pytest.raises(ImproperlyConfigured, match="in a circle, or to an unknown entity"):
        all_loaders.__wrapped__()


def test_every_app_of_the_shop_declares_itself() -> None:
    own = {path.parent.name for path in REPOSITORY.glob("*/apps.py")}

    assert own - {"config"} == {app.label for app in souk_apps()}
