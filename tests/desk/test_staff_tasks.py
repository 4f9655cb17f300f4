"""Staff tasks: one a cause, closed when it is gone, seen by who may do what they are about."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.bulk.imports.models import ImportJob
from catalog.bulk.imports.services import cancel_import
from checkout.services.cancel_order import cancel_order
from core import clock, integrity
from core.db.ids import new_id
from core.errors import InvalidTransition
from core.integrity import IntegrityDrift, Outcome, Report, integrity_checked
from core.outbox import relay
from desk.errors import AssigneeCannotSee, CauseIsGone
from desk.integrity_tasks import INTEGRITY_FAILED
from desk.kinds import HIGH, Cause, all_kinds
from desk.models import Priority, StaffTask
from desk.selectors import count_for
from desk.services import (
    close_task,
    raise_task,
    refresh_tasks,
    reopen_task,
    settle_all,
    settle_tasks,
    update_task,
)
from desk.states import TaskState
from inventory.services import adjust_stock, receive_stock
from notifications.models import Message
from notifications.services import resend_message, send_message
from notifications.staff_tasks import MAIL_FAILED
from orders.models import Order
from payments.services import capture_payment, refund_payment
from payments.staff_tasks import REFUND_DUE
from tests.api import V1, client_of, codes_of, given, refused
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.checkout import order_awaiting_transfer
from tests.factories.inventory import stocked_variant
from tests.factories.staff import colleague, messages_of, staff_client
from tests.races import at_once

pytestmark = pytest.mark.django_db

TASKS = f"{V1}/staff-tasks"
KIND = INTEGRITY_FAILED


def task(object_id: str = "x", **values: Any) -> StaffTask:
    return raise_task(kind=KIND, cause=Cause(object_id=object_id, params={"check": object_id, "count": 1}, **values))


def order_to_refund() -> Order:
    """An order that was paid and then cancelled, its money still with the shop."""
    order = order_awaiting_transfer()
    capture_payment(payment_id=order.payments.get().pk, actor=None)
    cancel_order(order_id=order.pk, actor=None)
    order.refresh_from_db()
    return order


class TestRaising:
    def test_twice_makes_one_task_that_is_brought_up_to_date(self) -> None:
        first = task()
        again = raise_task(kind=KIND, cause=Cause(object_id="x", params={"check": "x", "count": 7}))

        assert again == first
        assert StaffTask.objects.get().title == "Integrity check x failed: 7 rows"

    @pytest.mark.django_db(transaction=True)
    def test_by_two_at_the_same_moment_makes_one_task(self) -> None:
        raised = at_once(*[lambda: task().pk] * 4)

        assert set(raised) == {StaffTask.objects.get().pk}

    @pytest.mark.django_db(transaction=True)
    def test_while_it_is_being_settled_leaves_a_task_that_is_open(self) -> None:
        for _number in range(5):
            task()
            at_once(lambda: settle_tasks(kind=KIND), task)
            # Whoever came first: what was raised is open, or was there when everything was settled.
            newest = StaffTask.objects.order_by("-id")[0]
            assert newest.state == TaskState.OPEN or newest.cause_gone_at is not None
            assert StaffTask.objects.filter(cause_gone_at=None).count() <= 1

    def test_does_not_bring_back_what_staff_closed_while_the_cause_lasts(self) -> None:
        close_task(task_id=task().pk, to=TaskState.DISMISSED, actor=None)

        assert task().state == TaskState.DISMISSED
        settle_tasks(kind=KIND)
        assert task().state == TaskState.OPEN

    def test_brings_back_a_refund_that_staff_closed_when_another_amount_is_due(self) -> None:
        def refund(amount: str) -> StaffTask:
            return raise_task(kind=REFUND_DUE, cause=Cause(object_id="o", params={"number": "A1", "amount": amount}))

        close_task(task_id=refund("0.50").pk, to=TaskState.DISMISSED, actor=None)
        assert refund("0.50").state == TaskState.DISMISSED

        again = refund("300.00")
        assert (again.state, again.params["amount"], again.closed_at) == (TaskState.OPEN, "300.00", None)

    def test_two_open_tasks_of_a_cause_are_refused_by_the_database(self) -> None:
        task()
        with pytest.raises(IntegrityError, match="desk_stafftask_one_a_cause"), transaction.atomic():
            StaffTask.objects.create(kind=KIND, object_id="x")


class TestStates:
    def test_a_task_is_done_once_by_somebody_at_some_time(self) -> None:
        actor, now = StaffFactory(), clock.now()
        done = close_task(task_id=task().pk, to=TaskState.DONE, actor=actor, now=now)

        assert (done.state, done.closed_by, done.closed_at) == (TaskState.DONE, actor, now)
        with pytest.raises(InvalidTransition):
            close_task(task_id=done.pk, to=TaskState.DISMISSED, actor=actor)

    def test_a_task_is_opened_again_while_its_cause_lasts(self) -> None:
        one = task()
        close_task(task_id=one.pk, to=TaskState.DONE, actor=None)
        assert reopen_task(task_id=one.pk).state == TaskState.OPEN

        settle_tasks(kind=KIND)
        with pytest.raises(CauseIsGone):
            reopen_task(task_id=one.pk)

    def test_a_step_that_the_table_does_not_have_is_refused_by_the_database(self) -> None:
        one = task()
        StaffTask.objects.filter(pk=one.pk).update(state=TaskState.DONE, closed_at=clock.now())
        with pytest.raises(Exception, match="Invalid transition"), transaction.atomic():
            StaffTask.objects.filter(pk=one.pk).update(state=TaskState.DISMISSED)

    @pytest.mark.parametrize("wrong", [{"closed_at": clock.now()}, {"state": "done"}, {"priority": 9}])
    def test_a_row_that_contradicts_itself_is_refused_by_the_database(self, wrong: dict[str, Any]) -> None:
        one = task()
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffTask.objects.filter(pk=one.pk).update(**wrong)

    def test_it_is_assigned_only_to_who_may_do_it(self) -> None:
        one, able, other = task(), colleague("core.view_failedtask"), colleague("orders.view_order")

        assert update_task(task_id=one.pk, assignee_id=able.pk).assignee == able
        for person in (other, UserFactory()):
            with pytest.raises(AssigneeCannotSee):
                update_task(task_id=one.pk, assignee_id=person.pk)


class TestCauses:
    def test_a_refund_that_is_due_is_a_task_until_the_money_went_back(self) -> None:
        order = order_to_refund()
        relay.run_once()

        one = StaffTask.objects.get(kind=REFUND_DUE)
        assert (one.object_id, one.state, one.priority) == (str(order.pk), TaskState.OPEN, HIGH)
        assert order.number in one.title

        refund_payment(payment_id=order.payments.get().pk, amount=order.to_refund, actor=None)
        relay.run_once()
        one.refresh_from_db()
        assert (one.state, one.closed_by) == (TaskState.DONE, None)

    def test_low_and_sold_out_stock_are_tasks_until_it_is_received(self) -> None:
        variant = stocked_variant(20)
        item = variant.stock_items.get()

        def open_kinds() -> list[str]:
            relay.run_once()
            tasks = StaffTask.objects.filter(object_id=str(variant.pk), state=TaskState.OPEN)
            return list(tasks.values_list("kind", flat=True))

        adjust_stock(stock_item_id=item.pk, quantity=-18, reason="Counted", actor=None)
        assert open_kinds() == ["inventory.stock_low"]
        adjust_stock(stock_item_id=item.pk, quantity=-2, reason="Counted", actor=None)
        assert open_kinds() == ["inventory.sold_out"]
        receive_stock(variant_id=variant.pk, location=item.location, quantity=50, actor=None)
        assert open_kinds() == []

    def test_a_mail_that_was_given_up_is_a_task_until_it_is_sent_again(self, settings: Any) -> None:
        order = order_awaiting_transfer()
        message = Message.objects.create(
            template="order_placed", to="a@souk.example", order=order, language="en", subject="Hi", event_id=new_id(),
            attempts=9,
        )  # fmt: skip
        settings.EMAIL_BACKEND = "nowhere.Backend"
        send_message(message_id=message.pk)
        assert StaffTask.objects.get(kind=MAIL_FAILED).title == "The mail “Hi” could not be sent"

        resend_message(message_id=message.pk)
        assert StaffTask.objects.get(kind=MAIL_FAILED).state == TaskState.DONE

    def test_an_import_with_refused_rows_is_a_task_of_who_started_it(self) -> None:
        starter = StaffFactory()
        job = ImportJob.objects.create(
            file_name="teas.csv", file_format="csv", language="en", started_by=starter, rows_total=3, rows_done=3,
            created=1, failed=2, state="running",
        )  # fmt: skip
        ImportJob.objects.filter(pk=job.pk).update(state="succeeded", finished_at=clock.now())
        refresh_tasks(kind="catalog.import_refused", object_ids=[str(job.pk)])

        one = StaffTask.objects.get()
        assert (one.title, one.assignee) == ("Import of teas.csv: refused rows: 2", starter)

    def test_an_import_that_staff_stopped_is_no_task(self) -> None:
        job = ImportJob.objects.create(file_name="a.csv", file_format="csv", language="en", started_by=UserFactory())
        cancel_import(job_id=job.pk)
        assert not StaffTask.objects.exists()

    def test_a_check_that_fails_is_a_task_until_it_holds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        broken = Outcome(code="orders.totals", title="", violations=3)
        for outcome in (broken, Outcome(code="orders.totals", title="")):
            report = Report(started_at=clock.now(), finished_at=clock.now(), outcomes=[outcome])
            integrity_checked.send(sender=Report, report=report)
            [one] = StaffTask.objects.filter(kind=INTEGRITY_FAILED)
            assert one.state == (TaskState.OPEN if outcome is broken else TaskState.DONE)

    def test_the_nightly_look_reports_what_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        broken = Outcome(code="orders.totals", title="", violations=3)
        report = Report(started_at=clock.now(), finished_at=clock.now(), outcomes=[broken])
        monkeypatch.setattr(integrity, "check_integrity", lambda: report)

        with pytest.raises(IntegrityDrift):
            integrity.require_integrity()
        assert StaffTask.objects.get().object_id == "orders.totals"

    def test_a_cause_that_went_without_an_event_is_found_by_the_sweep(self) -> None:
        order = order_to_refund()
        refresh_tasks(kind=REFUND_DUE)
        assert settle_all() == 0

        refund_payment(payment_id=order.payments.get().pk, amount=order.to_refund, actor=None)
        assert settle_all() == 1
        assert settle_all() == 0

    def test_every_kind_with_causes_reads_all_of_them_and_none_of_none(self) -> None:
        for kind in all_kinds().values():
            if kind.causes is not None:
                assert list(kind.causes(None)) == list(kind.causes([])) == []


class TestApi:
    @pytest.fixture
    def one(self) -> StaffTask:
        order_to_refund()
        refresh_tasks(kind=REFUND_DUE)
        return StaffTask.objects.get()

    def test_staff_sees_the_kinds_that_they_may_work_on(self, one: StaffTask) -> None:
        able, other = client_of(colleague("payments.change_payment")), client_of(colleague("catalog.view_product"))

        assert [row["id"] for row in given(able.get(TASKS))] == [str(one.pk)]
        assert given(other.get(TASKS)) == []
        refused(other.get(f"{TASKS}/{one.pk}"), 404, "not_found")
        refused(other.post(f"{TASKS}/{one.pk}/done"), 404, "not_found")
        refused(client_of(UserFactory()).get(TASKS), 403, "not_allowed")
        one.refresh_from_db()
        assert one.state == TaskState.OPEN

    def test_a_task_is_assigned_done_and_opened_again(self, one: StaffTask) -> None:
        actor = colleague("payments.change_payment")
        client, address = client_of(actor), f"{TASKS}/{one.pk}"

        assert given(client.patch(address, {"assignee_id": str(actor.pk)}))["assignee_id"] == str(actor.pk)
        assert [row["id"] for row in given(client.get(TASKS, {"assignee": "me", "state": "open"}))] == [str(one.pk)]
        assert given(client.get(TASKS, {"assignee": "nobody"})) == []
        done = given(client.post(f"{address}/done"))
        assert (done["state"], done["closed_by_id"]) == ("done", str(actor.pk))
        refused(client.post(f"{address}/dismiss"), 409, "invalid_transition")
        refused(client.patch(address, {"priority": 1}), 409, "invalid_transition")
        assert given(client.post(f"{address}/reopen"))["state"] == "open"
        assert given(client.post(f"{address}/dismiss"))["state"] == "dismissed"

    @pytest.mark.parametrize(
        ("language", "title"),
        [("en", "Refund"), ("fr", "Rembours"), ("ar", "رد")],
    )
    def test_the_title_is_in_the_readers_language(self, one: StaffTask, language: str, title: str) -> None:
        row = given(client_of(StaffFactory()).get(f"{TASKS}/{one.pk}", headers={"Accept-Language": language}))
        assert title in row["title"]

    def test_wrong_values_are_named(self, one: StaffTask) -> None:
        client, address = client_of(StaffFactory()), f"{TASKS}/{one.pk}"

        assert codes_of(client.patch(address, {"priority": 9})) == {"priority": "max_value"}
        assert codes_of(client.get(TASKS, {"state": "waiting"})) == {"state": "invalid_choice"}
        stranger = {"assignee_id": str(UserFactory().pk)}
        assert codes_of(client.patch(address, stranger), 422, "assignee_cannot_see") == {
            "assignee_id": "assignee_cannot_see"
        }


class TestAdmin:
    def test_the_first_page_offers_each_their_tasks_with_one_click(self) -> None:
        one, client = task(), staff_client("core.view_failedtask")
        page = client.get(reverse("admin:index"))

        assert [row["task"] for row in page.context["staff_tasks"]] == [one]
        quick = reverse("admin:desk_stafftask_quick", args=[one.pk, "take"])
        assert quick in page.content.decode()

        told = client.post(quick, {"tasks": "mine"}, follow=True)
        assert messages_of(told) == ["The task is yours."]
        assert [row["task"] for row in told.context["staff_tasks"]] == [one]
        done = client.post(reverse("admin:desk_stafftask_quick", args=[one.pk, "done"]), follow=True)
        assert done.context["staff_tasks"] == []

    def test_a_colleague_without_the_permission_neither_sees_nor_closes_it(self) -> None:
        one, client = task(), staff_client("orders.view_order")
        page = client.get(reverse("admin:index"))

        assert "staff_tasks" not in page.context
        assert client.get(reverse("admin:desk_stafftask_changelist")).status_code == 403
        assert client.post(reverse("admin:desk_stafftask_quick", args=[one.pk, "done"])).status_code == 403
        one.refresh_from_db()
        assert one.state == TaskState.OPEN

    def test_the_menu_counts_what_is_ones_own_or_nobodys(self) -> None:
        for object_id in ("mine", "nobodys"):
            task(object_id)
        theirs = task("theirs")
        update_task(task_id=theirs.pk, assignee_id=StaffFactory().pk)

        page = staff_client().get(reverse("admin:desk_stafftask_changelist")).content.decode()
        assert page.count("Integrity check theirs") == 1
        assert count_for(StaffFactory()) == 2

    @pytest.mark.parametrize(("step", "state"), [("done", "done"), ("dismiss", "dismissed")])
    def test_a_step_closes_a_task(self, step: str, state: str) -> None:
        one = task()
        staff_client().post(reverse(f"admin:desk_stafftask_{step}", args=[one.pk]), {})
        one.refresh_from_db()
        assert one.state == state

    def test_a_task_is_planned_for_a_colleague(self) -> None:
        one, able, unable = task(), colleague("core.view_failedtask"), colleague("orders.view_order")
        address = reverse("admin:desk_stafftask_plan", args=[one.pk])
        client = staff_client()

        client.post(address, {"assignee": str(unable.pk), "priority": "3"})
        one.refresh_from_db()
        assert one.assignee is None
        client.post(address, {"assignee": str(able.pk), "priority": "1", "due_at_0": "2026-12-24", "due_at_1": "12:00"})
        one.refresh_from_db()
        assert (one.assignee, one.priority) == (able, Priority.LOW)
        assert one.due_at is not None


def test_the_command_raises_what_was_there_before(capsys: Any) -> None:
    order_to_refund()
    call_command("stafftasks", kind=[REFUND_DUE])
    assert capsys.readouterr().out == "payments.refund_due: 1 open\n"
    with pytest.raises(CommandError, match="knows no nothing"):
        call_command("stafftasks", kind=["nothing"])
