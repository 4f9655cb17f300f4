"""The outbox: nothing is lost, nothing is told twice, and what is told of one thing is told in order."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from core import clock
from core.db.advisory_locks import AdvisoryLock, LockTaken, advisory_lock
from core.errors import InvalidTransition
from core.outbox import relay
from core.outbox.models import RELAY, OutboxCursor, OutboxDelivery, OutboxEvent
from core.outbox.selectors import lag
from core.outbox.services import emit, prune_outbox, replay
from tests.core.outbox_consumers import TABLE, Choosy
from tests.factories.accounts import UserFactory
from tests.races import SECONDS, at_once, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

REPOSITORY = Path(configured.BASE_DIR)
LISTENER, CHOOSY = "tests.core.outbox_consumers.Listener", "tests.core.outbox_consumers.Choosy"


@pytest.fixture(autouse=True)
def _consumers(settings: Settings) -> Iterator[None]:
    settings.OUTBOX_CONSUMERS = [LISTENER]
    Choosy.refused = set()
    with connection.cursor() as cursor:
        columns = "id bigint GENERATED ALWAYS AS IDENTITY, aggregate_id uuid, word text, position bigint"
        cursor.execute(f"CREATE TABLE {TABLE} ({columns})")
    relay.run_once()
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def say(user: User, *words: str) -> None:
    for word in words:
        emit(event_type="test.said", aggregate=user, word=word)  # type: ignore[arg-type]  # tells of more than an id


def heard() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT word FROM {TABLE} ORDER BY id")
        return [word for (word,) in cursor.fetchall()]


def heard_of(user_id: UUID) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT word FROM {TABLE} WHERE aggregate_id = %s ORDER BY id", [user_id])
        return [word for (word,) in cursor.fetchall()]


def positions() -> list[int | None]:
    return sorted(OutboxEvent.objects.values_list("position", flat=True))


def test_an_event_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        say(UserFactory(), "alone")


def test_an_event_goes_with_the_transaction_of_its_change() -> None:
    user = UserFactory()
    with transaction.atomic():
        say(user, "undone")
        transaction.set_rollback(True)
    relay.run_once()
    assert (OutboxEvent.objects.count(), heard()) == (0, [])


def test_what_is_told_has_positions_from_one_in_the_order_in_which_it_was_written() -> None:
    user = UserFactory()
    with transaction.atomic():
        say(user, "one", "two")
    report = relay.run_once()
    assert (report.placed, report.delivered, report.failed) == (2, 2, 0)
    assert positions() == [1, 2]
    assert heard() == ["one", "two"]


def test_a_second_run_tells_nothing_again() -> None:
    with transaction.atomic():
        say(UserFactory(), "once")
    relay.run_once()
    assert relay.run_once().delivered == 0
    assert heard() == ["once"]


def test_a_transaction_that_began_earlier_and_commits_later_is_not_skipped() -> None:
    early, late = UserFactory(), UserFactory()
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                say(early, "first written")
                written.set()
                assert may_commit.wait(SECONDS)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(slow)
        assert written.wait(SECONDS)
        with transaction.atomic():
            say(late, "first committed")
        relay.run_once()
        assert heard() == ["first committed"]
        may_commit.set()
        writer.result(SECONDS)
    relay.run_once()
    assert heard() == ["first committed", "first written"]
    assert positions() == [1, 2]


@pytest.mark.slow
def test_concurrent_writers_get_gapless_positions_while_the_relay_runs() -> None:
    people = [UserFactory() for _ in range(6)]
    rounds = 40

    def write(person: User) -> None:
        try:
            for number in range(rounds):
                with transaction.atomic():
                    User.objects.select_for_update().get(pk=person.pk)
                    say(person, f"{number:03}")
                    other = people[number % len(people)]
                    if number % 5 == 0:
                        OutboxEvent.objects.filter(aggregate_id=other.pk).count()
                    if number % 7 == 3:
                        transaction.set_rollback(True)  # leaves a hole in the sequence, not in the positions
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        writers = [pool.submit(write, person) for person in people]
        while not all(writer.done() for writer in writers):
            relay.run_once()
        for writer in writers:
            writer.result()
    relay.run_once()
    kept = [f"{number:03}" for number in range(rounds) if number % 7 != 3]
    assert positions() == list(range(1, len(people) * len(kept) + 1))
    assert all(heard_of(person.pk) == kept for person in people)


class TestWhatCannotBeTaken:
    @pytest.fixture(autouse=True)
    def _choosy(self, settings: Settings, _consumers: None) -> None:
        settings.OUTBOX_CONSUMERS = [CHOOSY]
        relay.run_once()

    def test_holds_up_its_own_aggregate_and_no_other(self) -> None:
        Choosy.refused = {"bad"}
        with transaction.atomic():
            say(mine := UserFactory(), "good", "bad", "after")
            say(UserFactory(), "other")
        report = relay.run_once()
        assert (report.delivered, report.failed) == (2, 1)
        assert heard() == ["good", "other"]
        assert OutboxDelivery.objects.filter(aggregate_id=mine.pk, status="waiting").count() == 2
        assert (lag().parked, lag().dead) == (2, 0)

    def test_has_no_effect_until_it_is_taken_and_is_followed_by_what_waited(self) -> None:
        Choosy.refused = {"bad"}
        now = clock.now()
        with transaction.atomic():
            say(user := UserFactory(), "bad", "after")
        relay.run_once(now=now)
        Choosy.refused = set()
        with transaction.atomic():
            say(user, "last")
        relay.run_once(now=now)  # not due yet
        assert heard() == []
        relay.run_once(now=now + relay.FIRST_DELAY)
        assert heard() == ["bad", "after", "last"]
        assert not OutboxDelivery.objects.exists()

    def test_is_given_up_with_its_reason_and_those_behind_it_go_on(self) -> None:
        Choosy.refused = {"bad"}
        with transaction.atomic():
            say(UserFactory(), "bad", "after")
        for _ in range(relay.MAX_ATTEMPTS):
            relay.run_once(now=clock.now() + timedelta(hours=1))
            OutboxDelivery.objects.filter(status="waiting").update(next_attempt_at=clock.now())
        dead = OutboxDelivery.objects.get()
        assert (dead.status, dead.attempts) == ("dead", relay.MAX_ATTEMPTS)
        assert dead.error == "ValueError: does not like bad"
        assert heard() == ["after"]

    def test_waits_longer_from_attempt_to_attempt(self) -> None:
        Choosy.refused, now = {"bad"}, clock.now()
        with transaction.atomic():
            say(UserFactory(), "bad")
        delays = []
        for _ in range(3):
            relay.run_once(now=now)
            delays.append(OutboxDelivery.objects.get().next_attempt_at - now)
            now = OutboxDelivery.objects.get().next_attempt_at
        assert delays == [relay.FIRST_DELAY, relay.FIRST_DELAY * 2, relay.FIRST_DELAY * 4]

    def test_is_told_again_when_staff_asks_for_it(self) -> None:
        Choosy.refused = {"bad"}
        with transaction.atomic():
            say(UserFactory(), "bad")
        relay.run_once()
        OutboxDelivery.objects.update(status="dead")
        Choosy.refused = set()
        replay(delivery_id=OutboxDelivery.objects.get().pk)
        relay.run_once()
        assert heard() == ["bad"]
        assert not OutboxDelivery.objects.exists()

    def test_is_replayed_only_when_it_was_given_up(self) -> None:
        Choosy.refused = {"bad"}
        with transaction.atomic():
            say(UserFactory(), "bad")
        relay.run_once()
        with pytest.raises(InvalidTransition):
            replay(delivery_id=OutboxDelivery.objects.get().pk)


def test_a_new_consumer_hears_of_what_comes_and_not_of_the_past(settings: Settings) -> None:
    user = UserFactory()
    with transaction.atomic():
        say(user, "past")
    relay.run_once()
    settings.OUTBOX_CONSUMERS = [LISTENER, CHOOSY]
    relay.run_once()
    with transaction.atomic():
        say(user, "present")
    relay.run_once()
    assert heard() == ["past", "present", "present"]


def test_while_one_relay_works_another_does_not(settings: Settings) -> None:
    def other() -> object:
        try:
            return relay.run_once(wait_seconds=0)
        finally:
            connection.close()

    with advisory_lock(AdvisoryLock.OUTBOX_RELAY, ""), ThreadPoolExecutor(1) as pool, pytest.raises(LockTaken):
        pool.submit(other).result(SECONDS)


def test_two_relays_at_once_tell_everything_once_even_without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cursors' row locks hold where an advisory lock was lost with its session."""
    people = [UserFactory() for _ in range(20)]
    with transaction.atomic():
        for person in people:
            say(person, "a", "b", "c")

    def work() -> None:
        while relay._pass(relay.Report(), None):
            pass

    assert at_once(work, work, work) == [None] * 3
    assert positions() == list(range(1, 61))
    assert len(heard()) == 60
    assert all(heard_of(person.pk) == ["a", "b", "c"] for person in people)


def test_the_lag_tells_what_is_not_placed_and_what_is_behind() -> None:
    with transaction.atomic():
        say(UserFactory(), "one", "two")
    OutboxEvent.objects.update(recorded_at=clock.now() - timedelta(seconds=90))
    waiting = lag()
    assert waiting.waiting == 2
    assert waiting.oldest_seconds >= 90
    relay.run_once()
    OutboxCursor.objects.filter(name=LISTENER).update(position=1)
    assert (lag().waiting, lag().oldest_seconds, lag().behind) == (0, 0.0, {LISTENER: 1})


class TestPruning:
    def test_forgets_what_is_old_and_told_and_positions_go_on(self) -> None:
        with transaction.atomic():
            say(user := UserFactory(), "old")
        relay.run_once()
        assert prune_outbox() == 0
        assert prune_outbox(now=clock.now() + timedelta(days=configured.OUTBOX_KEEP_DAYS, seconds=1)) == 1
        with transaction.atomic():
            say(user, "new")
        relay.run_once()
        assert positions() == [2]

    def test_keeps_what_a_consumer_has_not_had(self) -> None:
        with transaction.atomic():
            say(UserFactory(), "old")
        relay.run_once()
        OutboxCursor.objects.filter(name=LISTENER).update(position=0)
        assert prune_outbox(now=clock.now() + timedelta(days=400)) == 0

    def test_keeps_what_was_never_placed_and_what_was_given_up(self, settings: Settings) -> None:
        settings.OUTBOX_CONSUMERS = [CHOOSY]
        relay.run_once()
        Choosy.refused = {"bad"}
        with transaction.atomic():
            say(UserFactory(), "bad")
        relay.run_once()
        with transaction.atomic():
            say(UserFactory(), "never placed")
        assert prune_outbox(now=clock.now() + timedelta(days=400)) == 0


class TestTheCommand:
    def test_run_once_tells_what_it_did(self, capsys: pytest.CaptureFixture[str]) -> None:
        with transaction.atomic():
            say(UserFactory(), "word")
        call_command("relay", "--once")
        assert capsys.readouterr().out == "1 placed, 1 delivered, 0 failed.\n"

    def test_run_once_fails_when_a_delivery_did(self, settings: Settings) -> None:
        settings.OUTBOX_CONSUMERS = [CHOOSY]
        relay.run_once()
        Choosy.refused = {"bad"}
        with transaction.atomic():
            say(UserFactory(), "bad")
        with pytest.raises(CommandError):
            call_command("relay", "--once")


@pytest.mark.slow
class TestProcesses:
    @pytest.fixture
    def start(self, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
        database = connection.settings_dict
        url = f"postgres://{database['USER']}@/{database['HOST']}/{database['NAME']}"
        redis = configured.CACHES["default"]["LOCATION"]
        own = {"DATABASE_URL": url, "REDIS_URL": redis, "DATA_DIR": str(tmp_path), "OUTBOX_CONSUMERS": LISTENER}
        processes: list[subprocess.Popen[bytes]] = []
        with (tmp_path / "relay.log").open("wb") as log:

            def start() -> subprocess.Popen[bytes]:
                command = [sys.executable, "manage.py", "relay"]
                process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | own, stdout=log, stderr=log)
                processes.append(process)
                return process

            yield start
            for process in processes:
                process.kill()
                process.wait(SECONDS)
        print((tmp_path / "relay.log").read_text())  # pytest shows it when the test fails

    def test_killed_relays_lose_nothing_and_tell_nothing_twice(
        self, start: Callable[[], subprocess.Popen[bytes]]
    ) -> None:
        people = [UserFactory() for _ in range(10)]
        words = [f"{number:03}" for number in range(60)]
        running, waiting = start(), start()
        for kill_at in range(3):
            for word in words[kill_at * 20 : kill_at * 20 + 20]:
                with transaction.atomic():
                    for person in people:
                        say(person, word)
            wait_until(lambda seen=kill_at: len(heard()) > seen * 200)
            running.send_signal(signal.SIGKILL)
            running.wait(SECONDS)
            running, waiting = waiting, start()
        wait_until(lambda: len(heard()) >= 600)
        assert positions() == list(range(1, 601))
        assert all(heard_of(person.pk) == words for person in people)

    def test_sigterm_ends_a_relay_cleanly(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        process = start()
        with transaction.atomic():
            say(UserFactory(), "word")
        wait_until(lambda: heard() == ["word"])
        process.terminate()
        assert process.wait(SECONDS) == 0
        assert OutboxCursor.objects.get(name=RELAY).position == 1

    def test_a_relay_whose_session_is_cut_while_it_waits_goes_on(
        self, start: Callable[[], subprocess.Popen[bytes]]
    ) -> None:
        process, user = start(), UserFactory()
        with transaction.atomic():
            say(user, "before")
        wait_until(lambda: heard() == ["before"])
        wait_until(lambda: cut_the_idle_relay() == 1)
        with transaction.atomic():
            say(user, "after")
        wait_until(lambda: heard() == ["before", "after"] or process.poll() is not None)
        assert (process.poll(), heard()) == (None, ["before", "after"])


def cut_the_idle_relay() -> int:
    """End the database session of the relay at work, as a restarted server does, if it only listens."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity AS activity USING (pid) "
            "WHERE locktype = 'advisory' AND classid = %s AND state = 'idle' AND datname = current_database() "
            "AND query NOT LIKE '%%pg_advisory%%' AND state_change < clock_timestamp() - interval '50 ms'",
            [AdvisoryLock.OUTBOX_RELAY],
        )
        return int(cursor.fetchone()[0])
