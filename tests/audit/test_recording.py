"""What the triggers record, whoever writes and however."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from celery import current_app, shared_task
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from accounts.models import ExternalIdentity, User
from audit.models import Change
from audit.recording import announce
from audit.services import prune_changes, redact_changes
from audit.tracked import DERIVED, SECRET, tracked_tables
from catalog.models import Category, ImportJob, VariantPicture
from checkout.services.edit_order import Edit, edit_order
from core import clock
from core.context import Door, Work, through, working
from core.db.ids import new_id
from core.models import ShopSetting
from core.postgresql.base import Cursor
from core.registry import souk_apps
from core.web.middleware import DoorMiddleware
from desk.integrity_tasks import INTEGRITY_FAILED
from desk.kinds import Cause
from desk.services import raise_task
from notifications.models import MessageText
from pricing.discounts import Discount, DiscountTarget
from tests.factories.accounts import AddressFactory, MembershipFactory, UserFactory
from tests.factories.catalog import CategoryFactory, VariantFactory, VariantOptionFactory
from tests.factories.checkout import confirmed_order, shipped_order
from tests.factories.pricing import TaxRateFactory

pytestmark = pytest.mark.django_db


def changes(model: str) -> list[Change]:
    return list(Change.objects.filter(model=model).order_by("id"))


def sql(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


class Undone(Exception):
    """Rolls back what a test wrote."""


@contextmanager
def work_of(actor: Any, **about: str) -> Iterator[None]:
    with working(Work(actor=lambda: actor, **about)):
        yield


def test_every_tracked_table_has_the_triggers_that_are_listed() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_object_table, event_manipulation, action_statement FROM information_schema.triggers "
            "WHERE trigger_name LIKE 'audit\\_%%' ORDER BY 1, 2"
        )
        found = set(cursor.fetchall())
    hidden = ",".join((*DERIVED, *SECRET))
    listed = {
        (tracked.table, operation, f"EXECUTE FUNCTION audit_record('{model}', '{tracked.parent}', '{hidden}')")
        for model, tracked in tracked_tables().items()
        for operation in ("INSERT", "UPDATE", "DELETE")
    }
    assert found == listed


def test_every_table_of_the_shop_is_audited_or_has_a_reason_not_to_be() -> None:
    ours = {
        model._meta.label_lower
        for app in apps.get_app_configs()
        if Path(app.path).parent == settings.BASE_DIR
        for model in app.get_models(include_auto_created=True)
    }
    reasons = {app.label_of(model): reason for app in souk_apps() for model, reason in app.unaudited.items()}
    assert ours - set(tracked_tables()) == set(reasons)
    assert all(reasons.values())


@pytest.fixture
def world() -> None:
    """A row in every tracked table."""
    permission = Permission.objects.get(codename="view_product")
    group = Group.objects.create(name="Packers")
    group.permissions.add(permission)
    user = UserFactory()
    user.groups.add(group)
    user.user_permissions.add(permission)
    TaxRateFactory()
    order, _shipment = shipped_order(customer=user)
    discount = Discount(target=DiscountTarget.GOODS, reason="Late", percent=Decimal(10))
    edit_order(order_id=confirmed_order().pk, edit=Edit(discount=discount), actor=None)
    variant = order.lines.get().variant
    VariantPicture.objects.create(variant=variant, image=variant.product.images.get())
    ImportJob.objects.create(file_name="spring.csv", file_format="csv", language="en", started_by=user)
    ShopSetting.objects.create(name="low_stock_units", value=7)
    AddressFactory(user=user)
    VariantOptionFactory(variant=variant)
    MembershipFactory(customer=user)
    raise_task(kind=INTEGRITY_FAILED, cause=Cause(object_id="origins", params={"check": "origins", "count": 1}))
    MessageText.objects.create(code="order_placed", language="en")
    ExternalIdentity.objects.create(user=user, issuer="https://issuer.example", subject="person-1")
    EmailAddress.objects.get_or_create(user=user, email=user.email)


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("model", sorted(tracked_tables()))
def test_each_tracked_table_tells_of_what_is_added_changed_and_deleted_in_sql(model: str) -> None:
    table = tracked_tables()[model].table
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(f"SELECT id::text FROM {table}")
        keys = {key for (key,) in cursor.fetchall()}
        assert keys
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD COLUMN probe integer")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"UPDATE {table} SET probe = 1")
        cursor.execute(f"DELETE FROM {table}")
        for operation in Change.Operation:
            assert {c.object_id for c in changes(model) if c.operation == operation} == keys, operation
        transaction.set_rollback(True)


def test_an_insert_an_update_and_a_deletion_leave_before_and_after() -> None:
    category = CategoryFactory(name_en="Lamps")
    category.is_active = False
    category.save()
    key = str(category.pk)
    category.delete()
    added, changed, deleted = changes("catalog.category")
    assert [added.operation, changed.operation, deleted.operation] == ["insert", "update", "delete"]
    assert added.before is None
    assert added.after["name_en"] == "Lamps"
    assert (changed.before, changed.after) == ({"is_active": True}, {"is_active": False})
    assert deleted.after is None
    assert deleted.before["is_active"] is False
    assert {added.object_id, changed.object_id, deleted.object_id} == {key}


def test_writes_of_many_rows_leave_a_change_for_each() -> None:
    rows = [Category(name=f"C{n}", name_en=f"C{n}", slug=f"c{n}", position=n) for n in range(3)]
    Category.objects.bulk_create(rows)
    Category.objects.filter(slug="c0").update(is_active=False)
    for row in rows:
        row.position += 10
    Category.objects.bulk_update(rows, ["position"])
    sql("UPDATE catalog_category SET is_active = false")
    sql("DELETE FROM catalog_category")
    kinds = [change.operation for change in changes("catalog.category")]
    assert kinds == ["insert"] * 3 + ["update"] * (1 + 3 + 2) + ["delete"] * 3


def test_a_save_that_changes_nothing_leaves_nothing() -> None:
    category = CategoryFactory()
    before = len(changes("catalog.category"))
    category.save()
    assert len(changes("catalog.category")) == before


def test_copied_rows_are_recorded_with_whoever_copies() -> None:
    key, who = new_id(), new_id()
    with work_of(who, door=Door.IMPORT, reference="run"), connection.cursor() as cursor:
        announce(connection)
        with cursor.copy("COPY catalog_category (id, name, slug, position) FROM STDIN") as copy:
            copy.write_row((key, "Lamps", "lamps", 1))
    (change,) = changes("catalog.category")
    assert (change.object_id, change.actor_id, change.door) == (str(key), who, "import")


def test_a_changed_key_is_a_deletion_and_an_insertion() -> None:
    category, key = CategoryFactory(), new_id()
    sql("UPDATE catalog_category SET id = %s WHERE id = %s", key, category.pk)
    moved = {(change.operation, change.object_id) for change in changes("catalog.category")[1:]}
    assert moved == {("delete", str(category.pk)), ("insert", str(key))}


def test_a_table_that_gains_a_column_is_recorded_with_it() -> None:
    CategoryFactory()
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE catalog_category ADD COLUMN season text NOT NULL DEFAULT 'all'")
    sql("UPDATE catalog_category SET season = 'summer'")
    assert changes("catalog.category")[-1].after == {"season": "summer"}


def test_a_price_is_told_as_a_part_of_its_product() -> None:
    variant = VariantFactory(price_minor=1000)
    sql("UPDATE catalog_variant SET price_minor = 900")
    change = changes("catalog.variant")[-1]
    assert (change.before, change.after) == ({"price_minor": 1000}, {"price_minor": 900})
    assert change.parent_id == str(variant.product_id)


def test_that_a_password_changed_is_recorded_with_who_did_it() -> None:
    user, boss = UserFactory(), new_id()
    before = len(changes("accounts.user"))
    with work_of(boss):
        user.set_password("a new passphrase 42")
        user.save()
    (change,) = changes("accounts.user")[before:]
    assert (change.before, change.after, change.actor_id) == ({"password": "…"}, {"password": "…"}, boss)


def test_passwords_and_last_logins_are_never_recorded() -> None:
    user = UserFactory()
    user.set_password("a new passphrase 42")
    user.last_login = clock.now()
    user.save()
    hashes = (user.password, user.password.rpartition("$")[2], "last_login")
    recorded = json.dumps([[change.before, change.after] for change in changes("accounts.user")])
    assert changes("accounts.user")
    assert not any(secret in recorded for secret in hashes)


def test_permissions_are_recorded_where_they_are_given() -> None:
    user, group = UserFactory(), Group.objects.create(name="Packers")
    permission = Permission.objects.get(codename="view_product")
    user.groups.add(group)
    user.user_permissions.add(permission)
    group.permissions.add(permission)
    user.groups.clear()
    told = [
        (c.model, c.operation, c.parent_id)
        for c in Change.objects.order_by("id")
        if c.parent_id in {str(user.pk), str(group.pk)}
    ]
    assert told == [
        ("accounts.user_groups", "insert", str(user.pk)),
        ("accounts.user_user_permissions", "insert", str(user.pk)),
        ("auth.group_permissions", "insert", str(group.pk)),
        ("accounts.user_groups", "delete", str(user.pk)),
    ]


def test_work_is_told_with_its_door_activity_and_reference() -> None:
    who = new_id()
    with work_of(who, door=Door.API, activity="50% of O'Hara \\ %s", reference="r1"):
        Category.objects.create(name="A", slug="a")
        Category.objects.filter(name__contains="%").update(is_active=False)
        Category.objects.update(is_active=False)
    for change in changes("catalog.category"):
        assert (change.door, change.actor_id, change.reference) == ("api", who, "r1")
        assert change.activity == "50% of O'Hara \\ %s"


def test_work_ends_where_it_ends_in_one_transaction() -> None:
    with work_of(new_id(), door=Door.ADMIN):
        CategoryFactory()
    CategoryFactory()
    first, second = (c for c in changes("catalog.category") if c.operation == "insert")
    assert first.actor_id is not None
    assert (second.actor_id, second.door) == (None, "command")


def test_work_is_told_once_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    told, execute = [], Cursor.execute

    def noted(cursor: Cursor, query: Any, *arguments: Any, **options: Any) -> Cursor:
        told.extend([query] if "set_config" in query else [])
        return execute(cursor, query, *arguments, **options)

    monkeypatch.setattr(Cursor, "execute", noted)
    with work_of(who := new_id()), transaction.atomic():
        for _number in range(3):
            CategoryFactory()
    assert len(told) == 1
    assert {change.actor_id for change in changes("catalog.category")} == {who}


def test_work_is_told_again_where_a_rollback_has_undone_it() -> None:
    with work_of(who := new_id()), transaction.atomic():
        with suppress(Undone), transaction.atomic():
            CategoryFactory()
            raise Undone
        CategoryFactory()
    [change] = changes("catalog.category")
    assert change.actor_id == who


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [None, Undone])
def test_work_is_told_again_in_the_next_transaction(end: type[Exception] | None) -> None:
    with work_of(who := new_id()):
        with suppress(Undone), transaction.atomic():
            CategoryFactory()
            if end:
                raise end
        with transaction.atomic():
            last = CategoryFactory()
        alone = CategoryFactory()
    found = {str(change.object_id): change.actor_id for change in changes("catalog.category")}
    assert found[str(last.pk)] == found[str(alone.pk)] == who


@pytest.mark.django_db(transaction=True)
def test_work_that_was_told_of_outside_of_a_transaction_is_told_again() -> None:
    with work_of(who := new_id()):
        announce(connection)
        CategoryFactory()
    assert [change.actor_id for change in changes("catalog.category")] == [who]


@pytest.mark.django_db(transaction=True)
def test_work_is_told_again_where_transactions_are_begun_by_hand() -> None:
    transaction.set_autocommit(False)
    try:
        with work_of(who := new_id()):
            for end in (transaction.commit, transaction.rollback, transaction.commit):
                CategoryFactory()
                end()
    finally:
        transaction.set_autocommit(True)
    assert [change.actor_id for change in changes("catalog.category")] == [who, who]


def test_statements_of_many_rows_carry_the_work() -> None:
    with work_of(who := new_id()), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO catalog_category (name, slug, position) VALUES (%s, %s, 1)", [("A", "a"), ("B", "b")]
        )
    assert [change.actor_id for change in changes("catalog.category")] == [who, who]


@pytest.mark.django_db(transaction=True)
def test_what_is_written_past_the_application_has_no_door_even_on_its_connection() -> None:
    with work_of(new_id(), door=Door.ADMIN):
        CategoryFactory()
    connection.connection.execute("UPDATE catalog_category SET is_active = false")
    change = changes("catalog.category")[-1]
    assert (change.door, change.actor_id, change.activity) == ("", None, "")


def test_no_query_is_added_to_a_write(django_assert_num_queries: Any) -> None:
    category = CategoryFactory()
    with django_assert_num_queries(1):
        Category.objects.filter(pk=category.pk).update(is_active=False)
    with django_assert_num_queries(1), work_of(new_id()):
        assert Category.objects.filter(pk=category.pk).update(is_active=True) == 1


def test_a_page_a_form_of_the_admin_and_the_api_carry_whoever_is_logged_in() -> None:
    admin_user = User.objects.create_superuser(email="boss@souk.example", username="boss", password="x")
    category = CategoryFactory(name="Lamps")
    client = Client()
    client.force_login(admin_user)
    data = {"name_en": "Lights", "slug": category.slug, "position": 1, "is_active": "on", "parent": ""}
    for code in ("fr", "ar"):
        data |= {f"name_{code}": "", f"description_{code}": ""}
    client.post(f"/admin/catalog/category/{category.pk}/change/", data | {"description_en": ""})
    change = changes("catalog.category")[-1]
    assert change.after["name_en"] == "Lights"
    assert (change.door, change.actor_id) == ("admin", admin_user.pk)
    assert change.activity == f"POST /admin/catalog/category/{category.pk}/change/"
    assert change.reference


def test_the_api_carries_whom_its_token_names() -> None:
    user = UserFactory()
    client = APIClient()
    client.force_authenticate(user)
    answer = client.patch("/api/v1/users/me", {"first_name": "Nour"}, format="json")
    assert answer.status_code == 200, answer.content
    change = changes("accounts.user")[-1]
    assert (change.door, change.actor_id, change.after) == ("api", user.pk, {"first_name": "Nour"})


def through_middleware(view: Any, user: User) -> HttpResponse:
    request = RequestFactory().get("/anything")
    request.user = user
    return DoorMiddleware(view)(request)


def test_a_page_carries_its_shopper_and_what_it_streams_does_too() -> None:
    user, category = UserFactory(), CategoryFactory()

    def view(request: HttpRequest) -> StreamingHttpResponse:
        def write() -> Iterator[bytes]:
            yield b"a"
            Category.objects.filter(pk=category.pk).update(is_active=False)
            yield b"b"

        return StreamingHttpResponse(write())

    answer = through_middleware(view, user)
    CategoryFactory()
    assert b"".join(answer.streaming_content) == b"ab"
    *_, other, streamed = changes("catalog.category")
    assert (other.actor_id, other.door) == (None, "command")
    assert (streamed.actor_id, streamed.door, streamed.activity) == (user.pk, "page", "GET /anything")


@shared_task(name="tests.audit.rename")
def rename() -> None:
    with through(Door.TASK):
        Category.objects.update(is_active=False)


def test_a_task_carries_its_name_and_nobody_of_who_sent_it() -> None:
    CategoryFactory()
    with work_of(new_id(), door=Door.ADMIN, activity="POST /admin/", reference="r"):
        current_app.tasks["tests.audit.rename"].apply(task_id="t-1")
        CategoryFactory()
    task = next(c for c in changes("catalog.category") if c.activity == "tests.audit.rename")
    assert (task.door, task.actor_id, task.reference) == ("task", None, "t-1")
    assert changes("catalog.category")[-1].reference == "r"


@pytest.mark.parametrize("statement", ["UPDATE audit_change SET door = ''", "DELETE FROM audit_change"])
def test_the_audit_cannot_be_rewritten(statement: str) -> None:
    CategoryFactory()
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        sql(statement)
    assert changes("catalog.category")


def test_old_changes_are_forgotten_on_command() -> None:
    CategoryFactory()
    out = io.StringIO()
    call_command("prune_audit", stdout=out)
    assert "kept" in out.getvalue()
    call_command("prune_audit", days=1, stdout=out)
    assert len(changes("catalog.category")) > 0
    assert prune_changes(before=clock.now(), dry_run=True) > 0
    assert prune_changes(before=clock.now()) > 0
    assert changes("catalog.category") == []


def test_an_erased_person_is_blackened_in_what_is_recorded() -> None:
    user = UserFactory(first_name="Amira")
    other = UserFactory(first_name="Karim")
    User.objects.filter(pk=user.pk).update(first_name="")
    assert redact_changes(model="accounts.user", object_ids=[user.pk], columns=["first_name", "email"]) == 2
    added, last = (c for c in changes("accounts.user") if c.object_id == str(user.pk))
    assert (added.after["first_name"], added.after["email"], added.before) == ("…", "…", None)
    assert (last.before, last.after) == ({"first_name": "…"}, {"first_name": "…"})
    assert changes("accounts.user")[1].after["first_name"] == other.first_name
