"""Each scripted day does what its story says, seen in the files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.scenarios import BY_NAME, ENTRY, SCENARIOS, SHORT_CALLS, Rows, Scenario, standard_strikes
from market.sessions import clock, sessions
from tests.market.reading import credit, debits, filled, index_closes, quotes

AT_ENTRY = clock(ENTRY) - 1


class Story:
    """One day's index and standard spreads as the files tell them; minutes are bar starts since the open."""

    def __init__(self, root: Path, scenario: Scenario) -> None:
        self.root, self.day = root, scenario.date
        self.index = index_closes(root, self.day)
        self.minutes = max(self.index) + 1
        self.spot = round(self.index[AT_ENTRY] * 100)

    def strikes(self, right: str) -> tuple[int, int]:
        return standard_strikes(right, self.spot)

    def credit(self, right: str) -> int:
        return credit(self.root, self.day, right, *self.strikes(right), AT_ENTRY)

    def debits(self, right: str) -> list[int | None]:
        return debits(self.root, self.day, right, *self.strikes(right), self.minutes)

    def breaches(self, right: str, multiple: float) -> list[int]:
        """Minutes after the entry in which the natural debit is at or above that multiple of the credit."""
        level = self.credit(right) * multiple
        return [m for m, d in enumerate(self.debits(right)) if m > AT_ENTRY and d is not None and d >= level]

    def worth_at_close(self, right: str) -> float:
        short, long = self.strikes(right)
        close = self.index[self.minutes - 1]
        sign = 1 if right == "C" else -1
        return max((close - short) * sign, 0) - max((close - long) * sign, 0)


@pytest.fixture
def story(synthetic_market: Path, request: pytest.FixtureRequest) -> Story:
    return Story(synthetic_market, BY_NAME[request.param])


of = pytest.mark.parametrize


def test_dates_are_consecutive_sessions_with_one_true_half_day() -> None:
    days = [s.date for s in SCENARIOS]
    assert tuple(days) == sessions().from_day(days[0], len(days))
    assert [s.name for s in SCENARIOS if sessions().minutes(s.date) == 210] == ["half_day"]


@of("scenario", SCENARIOS, ids=lambda s: s.name)
def test_every_day_has_standard_spreads_of_both_sides_worth_selling(synthetic_market: Path, scenario: Scenario) -> None:
    told = Story(synthetic_market, scenario)
    for right in "CP":
        assert 2_000 <= told.credit(right) <= 40_000, right
        expiries = list(sessions().within(told.day, 5))
        for distance in (30, 40):
            for width in (10, 25):
                sign = 1 if right == "C" else -1
                short = (told.spot // 500 + 1) * 5 + sign * distance
                for expiry in expiries:
                    assert quotes(synthetic_market, told.day, right, short, expiry)
                    assert quotes(synthetic_market, told.day, right, short + sign * width, expiry)


@of("story", ["quiet", "wide_open", "half_day"], indirect=True)
def test_calm_day_never_doubles_a_credit_and_both_expire_worthless(story: Story) -> None:
    for right in "CP":
        assert not story.breaches(right, 2)
        assert story.worth_at_close(right) == 0


@of("story", ["grind_up"], indirect=True)
def test_grind_up_doubles_the_bear_calls_debit_before_two_and_ends_beyond_both_strikes(story: Story) -> None:
    assert story.breaches("C", 2)[0] < clock("14:00")
    assert story.worth_at_close("C") == 10
    assert not story.breaches("P", 2)


@of("story", ["crash_down"], indirect=True)
def test_crash_hits_the_bull_put_after_one_only_and_ends_beyond_both_strikes(story: Story) -> None:
    assert clock("13:10") <= story.breaches("P", 2)[0] < clock("13:25")
    assert story.worth_at_close("P") == 10
    assert not story.breaches("C", 2)


@of("story", ["whipsaw"], indirect=True)
def test_whipsaw_touches_twice_the_credit_on_both_sides_and_comes_back(story: Story) -> None:
    calls, puts = story.breaches("C", 2), story.breaches("P", 2)
    assert calls and clock("11:40") <= calls[0] and calls[-1] < clock("12:10") and len(calls) <= 25
    assert puts and clock("13:30") <= puts[0] and puts[-1] < clock("13:36") and len(puts) <= 4
    assert story.worth_at_close("C") == story.worth_at_close("P") == 0


@of("story", ["absurd_quote"], indirect=True)
def test_absurd_quote_lasts_one_minute_in_one_leg_and_one_other_is_crossed(story: Story) -> None:
    assert story.breaches("C", 2) == [clock("11:17")]
    debit = story.debits("C")[clock("11:17")]
    assert debit is not None and debit > 100_000
    short, long = story.strikes("P")
    crossed = {
        m
        for strike in (short, long)
        for m, q in quotes(story.root, story.day, "P", strike).items()
        if 0 < q.ask < q.bid
    }
    assert crossed == {clock("13:42")}


@of("story", ["dead_leg"], indirect=True)
def test_dead_leg_stops_at_noon_while_the_index_climbs_to_it(story: Story) -> None:
    short, long = story.strikes("C")
    assert max(quotes(story.root, story.day, "C", short)) < clock("12:00")
    assert max(quotes(story.root, story.day, "C", long)) > clock("15:30")
    assert not story.breaches("C", 2)
    assert max(story.index.values()) > short - 5


@of("story", ["zero_bid"], indirect=True)
def test_zero_bid_leaves_the_long_call_an_ask_only_from_eleven(story: Story) -> None:
    short, long = story.strikes("C")
    known = filled(quotes(story.root, story.day, "C", long), 390)
    before, after = known[clock("10:59")], known[clock("11:00") : 390]
    assert before and before.bid > 0
    assert all(q and q.bid == 0 and q.bid_size == 0 and q.ask > 0 for q in after)
    first_short = filled(quotes(story.root, story.day, "C", short), 390)[clock("11:00")]
    assert first_short and first_short.bid > 0


@of("story", ["wide_open"], indirect=True)
def test_wide_open_quotes_are_ten_times_as_wide_at_first_as_at_ten(story: Story) -> None:
    for right in "CP":
        short, long = story.strikes(right)
        known = filled(quotes(story.root, story.day, right, short), 60)
        first, later = known[0], known[AT_ENTRY]
        assert first and later and first.ask - first.bid >= 10 * (later.ask - later.bid)
        opening = filled(quotes(story.root, story.day, right, long), 1)[0]
        assert opening and opening.bid == 0


@of("story", ["half_day"], indirect=True)
def test_half_day_ends_at_one_and_a_quarter_past_for_later_expiries(story: Story) -> None:
    short, _ = story.strikes("C")
    assert story.minutes == 210
    assert max(quotes(story.root, story.day, "C", short)) < 210
    later = sessions().next(story.day)
    assert max(max(quotes(story.root, story.day, "C", k, later)) for k in range(short - 100, short, 5)) >= 210


@of("story", ["feed_gap"], indirect=True)
def test_feed_gap_has_no_row_anywhere_and_a_breach_with_the_first_one_after(story: Story) -> None:
    gap = range(clock("12:30"), clock("12:50"))
    assert not any(m in story.index for m in gap)
    for right in "CP":
        for strike in story.strikes(right):
            assert not any(m in quotes(story.root, story.day, right, strike) for m in gap)
    assert story.breaches("P", 2)[0] == gap.stop


@of("story", ["overnight_gap"], indirect=True)
def test_overnight_gap_breaches_the_bull_put_of_the_day_before_at_once(story: Story) -> None:
    eve = sessions().previous(story.day)
    spot = round(index_closes(story.root, eve)[AT_ENTRY] * 100)
    pair = [
        (filled(quotes(story.root, eve, "P", k, story.day), 30)[AT_ENTRY], quotes(story.root, story.day, "P", k)[0])
        for k in standard_strikes("P", spot)
    ]
    (sold, short_now), (bought, long_now) = pair
    assert sold and bought
    assert short_now.ask - long_now.bid >= 3 * (sold.bid - bought.ask)


@of("story", ["expiry_pin"], indirect=True)
def test_expiry_pin_swings_around_the_short_call_and_closes_just_above(story: Story) -> None:
    short, _ = story.strikes("C")
    closes = list(story.index.values())
    assert closes[-1] == short + 0.37
    last = [c > short for c in closes[clock("14:30") :]]
    assert any(last) and not all(last)


@pytest.mark.parametrize(
    ("strike", "held"), [(5_935, True), (5_930, True), (5_925, False), (5_940, False), (5_905, False)]
)
def test_row_of_strikes_is_measured_from_the_index_at_ten(strike: int, held: bool) -> None:
    assert SHORT_CALLS.holds("C", strike, 590_200) is held
    assert Rows("P", 28, 38).holds("C", strike, 590_200) is False
