"""Limits: buckets in the database, the same for pages and API."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory
from pytest_django import Settings

from core.limits import LimitReached, Standing, Use, caller_use, mailbox, prune_rate_buckets, use_limits
from core.models import RateBucket
from core.rates import Rate, parse_rate
from tests.races import at_once

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
ME = Use("tea", "net:192.0.2.1")


@pytest.fixture(autouse=True)
def _three_an_hour(settings: Settings) -> None:
    settings.RATE_LIMITS = {"tea": "3/hour", "free": ""}


def passed(use: Use = ME, *, now: datetime = NOW) -> bool:
    try:
        use_limits([use], now=now)
    except LimitReached:
        return False
    return True


def test_as_many_pass_as_the_rate_says_and_no_more() -> None:
    assert [passed() for _ in range(5)] == [True, True, True, False, False]


def test_who_is_refused_hears_when_it_is_worth_trying_again_and_then_passes() -> None:
    for _ in range(3):
        use_limits([ME], now=NOW)
    with pytest.raises(LimitReached) as refusal:
        use_limits([ME], now=NOW + timedelta(minutes=5))
    assert refusal.value.retry_after == 15 * 60
    assert passed(now=NOW + timedelta(minutes=20))
    assert not passed(now=NOW + timedelta(minutes=20))


def test_refused_tries_do_not_make_the_wait_longer() -> None:
    for minutes in range(20):
        passed(now=NOW + timedelta(minutes=minutes))
    assert passed(now=NOW + timedelta(minutes=20))


def test_everybody_is_counted_for_themselves() -> None:
    assert [passed() for _ in range(3)] == [True] * 3
    assert passed(Use("tea", "net:192.0.2.2"))


@pytest.mark.parametrize("limit", ["free", "unknown"])
def test_a_limit_without_a_rate_lets_everything_pass(limit: str) -> None:
    assert all(passed(Use(limit, "anybody")) for _ in range(10))
    assert not RateBucket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_do_not_pass_the_limit_together(settings: Settings) -> None:
    settings.RATE_LIMITS = {"tea": "3/hour"}
    assert sorted(at_once(*[passed] * 12)) == [False] * 9 + [True] * 3


def test_of_ipv6_the_network_counts_and_who_is_signed_in_counts_by_person() -> None:
    one, other, next_door = (
        RequestFactory().get("/", REMOTE_ADDR=address)
        for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    )
    assert caller_use(one, "tea") == caller_use(other, "tea") != caller_use(next_door, "tea")


@pytest.mark.parametrize("address", ["Victim@souk.example", "victim+1@souk.example", " victim+a+b@SOUK.example "])
def test_one_mailbox_counts_once_however_it_is_written(address: str) -> None:
    assert mailbox(address) == "victim@souk.example"


def test_a_bucket_shows_no_address() -> None:
    use_limits([Use("tea", "mail:victim@souk.example")], now=NOW)
    assert "victim" not in RateBucket.objects.get().key


def test_buckets_that_are_full_again_are_forgotten() -> None:
    use_limits([ME], now=NOW)
    assert prune_rate_buckets(now=NOW + timedelta(minutes=19)) == 0
    assert prune_rate_buckets(now=NOW + timedelta(minutes=21)) == 1


def test_counting_waits_for_no_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'core_ratebucket'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30/min", Rate(30, timedelta(minutes=1))),
        ("10/10min", Rate(10, timedelta(minutes=10))),
        ("5/day", Rate(5, timedelta(days=1))),
        ("2/s", Rate(2, timedelta(seconds=1))),
    ],
)
def test_a_rate_is_read_as_it_is_written(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "30", "0/min", "-1/min", "30/fortnight", "min/30", "30/0min", "٣/min", "3/min/h"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "in 20 seconds"), (1, "in 1 second."), (600, "in 10 minutes"), (86_400, "in 24 hours")],
)
def test_the_sentence_tells_the_wait_in_the_unit_that_people_use(seconds: int, words: str) -> None:
    assert words in str(LimitReached(Standing("tea", parse_rate("3/hour"), 0, seconds)))


def test_who_passes_learns_what_is_left() -> None:
    standings = [standing for _ in range(3) for standing in use_limits([ME], now=NOW)]
    assert [(one.left, one.seconds_to_more) for one in standings] == [(2, 1200), (1, 1200), (0, 1200)]
