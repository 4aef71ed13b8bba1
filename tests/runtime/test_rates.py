"""Rate limits: how many requests a name may send, and what its address is counted by."""

from __future__ import annotations

import pytest

from a8n.runtime import rates
from a8n.runtime.rates import Rate, RateError, neighbourhood


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def taken(rate: Rate, name: str = "a") -> int:
    """How many requests go through at one moment."""
    count = 0
    try:
        while count < 10_000:
            rate.take(name)
            count += 1
    except RateError:
        pass
    return count


@pytest.mark.parametrize(("per_second", "at_once"), [(5.0, 10), (1.0, 2), (0.1, 1), (0.3, 1)])
def test_two_seconds_worth_may_come_at_once_and_then_as_many_as_time_allows(per_second: float, at_once: int) -> None:
    clock = Clock()
    rate = Rate("it", per_second, clock)
    assert taken(rate) == at_once
    clock.time += 1 / per_second
    assert taken(rate) == 1
    clock.time += 1000
    assert taken(rate) == at_once, "more are not saved up"


def test_each_name_has_its_own() -> None:
    rate = Rate("it", 1.0, Clock())
    assert (taken(rate, "a"), taken(rate, "b"), taken(rate, "a")) == (2, 2, 0)


def test_the_error_says_when_to_come_back() -> None:
    clock = Clock()
    rate = Rate("this webhook", 0.1, clock)
    rate.take("a")
    with pytest.raises(RateError, match=r"this webhook takes 0\.1 requests per second; try again in 10 s") as refused:
        rate.take("a")
    clock.time += refused.value.retry_after
    rate.take("a")


def test_no_rate_is_no_limit() -> None:
    assert taken(Rate("it", 0.0, Clock())) == 10_000


def test_forgotten_names_bound_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "NAMES", 2)
    rate = Rate("it", 1.0, Clock())
    assert [taken(rate, name) for name in "abc"] == [2, 2, 2]
    assert taken(rate, "c") == 0
    assert taken(rate, "a") == 2, "it was forgotten first"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_what_an_address_is_counted_by(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted
