from limits import parse

from service.platform.pace import Pace


def test_a_burst_as_large_as_the_rate_and_then_one_each_interval() -> None:
    pace = Pace(parse("20/second"))
    assert [pace.allows(5000.123) for _ in range(21)] == [True] * 20 + [False]
    assert [pace.allows(5000.174) for _ in range(2)] == [True, False]
    assert [pace.allows(5002.0) for _ in range(21)] == [True] * 20 + [False]


def test_refusals_wear_patience_out_and_good_conduct_restores_it() -> None:
    pace = Pace(parse("5/second"))
    for _ in range(10):
        pace.allows(100.0)
    assert not pace.exhausted
    for second in range(5):
        pace.allows(101.0 + second)
    for _ in range(9):
        pace.allows(105.0)
    assert not pace.exhausted
    for _ in range(9):
        pace.allows(105.0)
    assert pace.exhausted


def test_a_little_too_fast_for_long_is_slowed_and_not_thrown_out() -> None:
    pace = Pace(parse("20/second"))
    allowed = sum(pace.allows(number / 25) for number in range(2500))
    assert 2000 <= allowed <= 2021
    assert not pace.exhausted


def test_without_a_rate_everything_is_allowed() -> None:
    pace = Pace(None)
    assert all(pace.allows(1.0) for _ in range(1000))
