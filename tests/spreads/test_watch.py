"""The hot loop against the plain arithmetic it stands for: whatever is read, shared, of any shape, or unreadable."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreads.legs import Leg, Right
from spreads.path import Path
from spreads.times import next_round, plain
from spreads.valuation import Value
from spreads.view import Band
from spreads.watch import Watchlist
from spreads.watched import Watched

NOW = datetime(2024, 1, 3, 10, 1)
EXPIRY = date(2024, 1, 19)
STRIKES = (100, 105, 110, 115)
SHAPES = {
    "A": ((100, -1), (105, 1)),
    "B": ((105, -1), (110, 1)),
    "C": ((110, 1), (105, -1)),
    "D": ((100, -1), (105, 1), (110, 1), (115, -1)),
    "E": ((100, -1), (110, 2)),
}


@dataclass
class Quoted:
    """Bid and ask, and how often each was read."""

    bid: float = 1.0
    ask: float = 1.2
    broken: bool = False
    reads: list[str] = field(default_factory=list)

    @property
    def bid_price(self) -> float:
        return self._read("bid", self.bid)

    @property
    def ask_price(self) -> float:
        return self._read("ask", self.ask)

    def _read(self, side: str, price: float) -> float:
        if self.broken:
            raise RuntimeError("cannot be read")
        self.reads.append(side)
        return price


class Scene:
    """A watchlist over four contracts, scanned minute by minute."""

    def __init__(self, *names: str, band: Band | None = None) -> None:
        self.quotes = {strike: Quoted() for strike in STRIKES}
        self.sound: list[str] = []
        self.unsound: set[str] = set()
        self.watch = Watchlist(self._is_sound)
        self.now = NOW
        for name in names:
            legs = [
                (Leg(f"C{k}", ratio, Right.CALL, k * 10_000, EXPIRY, f"C{k}"), self.quotes[k])
                for k, ratio in SHAPES[name]
            ]
            self.watch.add(name, legs)
            self.watch.set_band(name, band or Band())
        self.scan()

    def _is_sound(self, watched: Watched, now: datetime) -> bool:
        self.sound.append(watched.spread_id)
        return watched.spread_id not in self.unsound

    def scan(self, minutes: float = 1) -> list[str]:
        self.now += timedelta(minutes=minutes)
        touched = self.watch.scan(self.now)
        for watched in touched:
            watched.forced = False
        return [watched.spread_id for watched in touched]

    def of(self, name: str) -> Watched:
        found = self.watch.get(name)
        assert found is not None
        return found

    def natural(self, name: str) -> float:
        return sum(-r * (self.quotes[k].bid if r > 0 else self.quotes[k].ask) for k, r in SHAPES[name])

    def mid(self, name: str) -> float:
        return -sum(r * (self.quotes[k].bid + self.quotes[k].ask) for k, r in SHAPES[name]) / 2


cents = st.integers(1, 900).map(lambda n: n / 100)
quotes = st.tuples(cents, cents).map(sorted)
levels = st.none() | st.integers(-90_000, 90_000)


@given(
    names=st.sets(st.sampled_from(sorted(SHAPES)), min_size=1),
    bands=st.lists(st.tuples(levels, levels, levels, levels), min_size=5, max_size=5),
    prices=st.lists(st.lists(quotes, min_size=4, max_size=4), min_size=1, max_size=6),
)
def test_scan_names_exactly_the_spreads_outside_their_band(
    names: set[str],
    bands: list[tuple[int | None, int | None, int | None, int | None]],
    prices: list[list[tuple[float, float]]],
) -> None:
    scene = Scene(*sorted(names))
    by_name = dict(zip(sorted(SHAPES), bands, strict=True))
    for name in names:
        low, high, mid_low, mid_high = by_name[name]
        scene.watch.set_band(name, Band(natural_low=low, natural_high=high, mid_low=mid_low, mid_high=mid_high))
    for row in prices:
        for strike, (bid, ask) in zip(STRIKES, row, strict=True):
            scene.quotes[strike].bid, scene.quotes[strike].ask = bid, ask
        touched = scene.scan()
        for name in names & set(touched):  # asked in full, each gets the band of where it is now
            scene.watch.set_band(name, scene.of(name).band)
        nearer = set(touched) - set(scene.scan(0))
        touched = [name for name in touched if name not in nearer]
        for name in names:
            low, high, mid_low, mid_high = by_name[name]
            natural, mid = round(scene.natural(name) * 10_000), round(scene.mid(name) * 10_000)
            outside = (
                (low is not None and natural <= low)
                or (high is not None and natural >= high)
                or (mid_low is not None and mid <= mid_low)
                or (mid_high is not None and mid >= mid_high)
            )
            assert (name in touched) is outside, (name, natural, mid, by_name[name])
            assert name not in nearer or (mid_high is not None and natural >= mid_high)
            assert round(scene.of(name).natural * 10_000) == natural
            assert tuple(round(one * 10_000) for one in scene.of(name).debits()) == (natural, mid)
        assert touched == sorted(touched)


@pytest.mark.parametrize(("mid", "sides"), [(None, 1), (5_000, 2)])
@pytest.mark.parametrize("names", ["A", "AB", "ABC", "ABCDE", "DE"])
def test_a_contract_is_read_once_however_many_spreads_hold_it(names: str, mid: int | None, sides: int) -> None:
    scene = Scene(*names, band=Band(mid_low=-90_000 if mid else None))
    for quoted in scene.quotes.values():
        quoted.reads.clear()
    scene.scan()
    for strike, quoted in scene.quotes.items():
        ratios = [ratio for name in names for k, ratio in SHAPES[name] if k == strike]
        wanted = {side for ratio in ratios for side in (("bid",) if ratio > 0 else ("ask",))}
        if mid and ratios:
            wanted = {"bid", "ask"}
        assert sorted(quoted.reads) == sorted(wanted), strike


def test_contract_that_cannot_be_read_costs_no_other_spread_its_look() -> None:
    scene = Scene("A", "C", "D")
    scene.watch.force("C")
    scene.quotes[100].broken = True
    scene.quotes[105].ask = 3.0
    assert scene.scan() == ["A", "C", "D"]  # A and D hold what is broken, C was to be asked
    assert scene.of("C").natural == scene.natural("C")
    scene.quotes[100].broken = False
    assert scene.scan() == []


def test_spread_outside_its_band_is_named_beside_one_that_cannot_be_read() -> None:
    scene = Scene("B", "E", band=Band(natural_high=15_000))
    scene.quotes[100].broken = True
    scene.quotes[105].ask = 3.0
    assert scene.scan() == ["B", "E"]


def test_worst_debit_is_the_highest_of_any_slice_that_was_not_refused() -> None:
    scene = Scene("A")
    for ask in (2.0, 4.0, 3.0):
        scene.quotes[100].ask = ask
        scene.scan()
    assert scene.of("A").worst == pytest.approx(3.0)
    scene.quotes[100].ask = 90.0
    scene.scan()
    scene.of("A").judged(None, scene.now)
    assert scene.of("A").worst == pytest.approx(3.0)


def test_judgement_of_a_vanished_bid_stands_while_the_prices_rest() -> None:
    scene = Scene("A")
    scene.of("A").judged(Value(12_000, 11_000, 11_000), scene.now)
    scene.scan()
    assert scene.of("A").debits() == (1.2, 1.1)
    scene.quotes[100].ask = 1.5
    scene.scan()
    assert scene.of("A").natural == pytest.approx(0.5)


@pytest.mark.parametrize("names", ["A", "D", "AB"])
def test_prices_that_move_together_move_the_heartbeat(names: str) -> None:
    scene = Scene(*names)
    scene.scan()
    for quoted in scene.quotes.values():
        quoted.ask += 0.25
        quoted.bid += 0.25
    scene.scan()
    assert scene.watch.heartbeat == scene.now
    scene.scan()
    assert scene.watch.heartbeat == scene.now - timedelta(minutes=1)


def test_price_that_vanishes_is_asked_about() -> None:
    scene = Scene("A", "D")
    scene.quotes[100].ask = scene.quotes[100].bid = 0.0
    assert scene.scan() == ["A", "D"]


class TestAudit:
    def moving(self, scene: Scene, *strikes: int, minutes: int = 5) -> list[str]:
        touched = []
        for _ in range(minutes):
            for strike in strikes:
                scene.quotes[strike].ask += 0.01
                scene.quotes[strike].bid += 0.01
            touched += scene.scan()
        return touched

    @pytest.mark.parametrize("name", ["A", "D"])
    def test_spread_all_of_whose_legs_move_is_not_even_looked_at(self, name: str) -> None:
        scene = Scene(name)
        strikes = [strike for strike, _ in SHAPES[name]]
        for _ in range(60):
            for place, strike in enumerate(strikes):
                scene.quotes[strike].ask += 0.01 * (place + 1)
            for place, strike in enumerate(strikes):
                scene.quotes[strike].bid += 0.01 * (place + 2)
            scene.scan()
        assert scene.sound == []

    @pytest.mark.parametrize("strikes", [(100, 105), (105, 100)])
    def test_leg_that_moved_once_between_two_audits_lives(self, strikes: tuple[int, int]) -> None:
        scene = Scene("A")
        for _ in range(4):
            for strike in strikes:
                scene.quotes[strike].bid += 0.01
                scene.quotes[strike].ask += 0.02
                scene.scan()
                scene.quotes[strike].bid -= 0.01  # back where it was at the last audit
                scene.quotes[strike].ask -= 0.02
                scene.scan()
            scene.scan()
        assert scene.sound == []

    @pytest.mark.parametrize("name", ["A", "D"])
    def test_bid_that_rests_is_looked_at_although_its_ask_moves(self, name: str) -> None:
        scene = Scene(name, band=Band(mid_low=-90_000))
        for _ in range(10):
            for strike, ratio in SHAPES[name]:
                scene.quotes[strike].ask += 0.01
                scene.quotes[strike].bid += 0.01 if ratio < 0 else 0.0
            scene.scan()
        assert scene.sound == [name, name]

    @pytest.mark.parametrize("name", ["A", "D"])
    def test_leg_that_rests_is_looked_at_once_a_round_and_asked_in_full_only_when_unsound(self, name: str) -> None:
        scene = Scene(name)
        assert self.moving(scene, 100, minutes=20) == []
        assert scene.sound == [name] * len(scene.sound) and 3 <= len(scene.sound) <= 4
        scene.unsound.add(name)
        assert self.moving(scene, 100, minutes=5) == [name]

    def test_error_of_the_look_counts_as_unsound(self) -> None:
        scene = Scene("A")
        scene.watch._is_sound = lambda watched, now: [][1]
        assert set(self.moving(scene, 100, minutes=10)) == {"A"}


def test_rule_with_a_clock_is_asked_at_its_time_and_until_it_says_otherwise() -> None:
    scene = Scene("A", band=Band(wake=NOW + timedelta(minutes=3)))
    assert [scene.scan(), scene.scan()] == [[], ["A"]]
    scene.watch.set_band("A", Band(wake=NOW + timedelta(minutes=3)))
    assert scene.scan() == ["A"]
    scene.watch.set_band("A", Band())
    assert scene.scan() == []


def test_spread_that_is_removed_is_read_no_more_and_leaves_the_others() -> None:
    scene = Scene("A", "B", "D")
    scene.watch.remove("B")
    scene.watch.remove("D")
    for quoted in scene.quotes.values():
        quoted.reads.clear()
    scene.quotes[100].ask = 4.0
    scene.watch.set_band("A", Band(natural_high=25_000))
    assert scene.scan() == ["A"]
    assert [quoted.reads for quoted in scene.quotes.values()] == [["ask"], ["bid"], [], []]


class LeanTime(datetime):
    """As pythonnet makes it: a subclass with comparisons of its own."""

    def __lt__(self, other: date) -> bool:
        raise AssertionError("slow")


def test_time_of_the_engine_becomes_a_plain_one() -> None:
    moment = plain(LeanTime(2024, 1, 3, 10, 1, 2, 3))
    assert type(moment) is datetime and moment == datetime(2024, 1, 3, 10, 1, 2, 3)


@pytest.mark.parametrize(
    ("now", "then"), [("09:31", "09:35"), ("09:35", "09:40"), ("09:34:59", "09:35"), ("23:58", "00:00")]
)
def test_rounds_fall_on_multiples_of_their_interval(now: str, then: str) -> None:
    found = next_round(datetime.fromisoformat(f"2024-01-03T{now}"), timedelta(minutes=5))
    assert f"{found:%H:%M:%S}".startswith(then) and found.second == 0


@pytest.mark.parametrize("name", ["A", "D"])
def test_mid_without_an_ask_of_a_long_leg_is_asked_about_on_every_slice(name: str) -> None:
    """The loop takes the missing ask for nothing, the judge leaves the leg's bid: only the judge's mid is right."""
    scene = Scene(name, band=Band(mid_low=-90_000))
    scene.quotes[105].ask = 0.0
    assert [scene.scan(), scene.scan(), scene.scan()] == [[name]] * 3
    scene.quotes[105].ask = 1.2
    assert scene.scan() == []


def test_point_of_a_path_that_cannot_be_read_is_a_hole() -> None:
    scene, path = Scene("A"), Path(NOW)
    path.add(NOW, scene.of("A"))
    scene.quotes[105].broken = True
    path.add(NOW + timedelta(minutes=5), scene.of("A"))
    assert path.record()["natural"] == [2_000, None]
