"""main.py under the replay as LEAN calls it in live: commands between slices, errors of ours, the status, events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from replay.algorithm import creating
from replay.engine import Run
from replay.loader import algorithm_class, algorithm_module
from replay.session import finish, prepared, start
from spreads.entry_windows import EntryWindows

MAIN = Path(__file__).resolve().parent.parent / "main.py"
DAY = {"start-date": "2024-11-18", "end-date": "2024-11-18", "save-state": "on"}


@dataclass
class Session:
    """A run that a test drives step by step."""

    engine: Run
    store: Path

    @property
    def algorithm(self) -> Any:
        return self.engine.algorithm

    def until(self, at: time) -> None:
        while self.engine.time.time() < at:
            assert self.engine.advance()

    def lines(self) -> str:
        return "\n".join(str(line) for line in self.engine.messages.lines)

    def filled(self) -> int:
        return sum(1 for event in self.engine.orders.events if event.fill_quantity)

    def state(self) -> dict[str, Any]:
        files = [json.loads(file.read_text()) for file in self.store.glob("spread-state-0-?.json")]
        found: dict[str, Any] = max(files, key=lambda document: document["sequence"])["state"]
        return found


@pytest.fixture
def session(synthetic_market: Path, tmp_path: Path) -> Iterator[Session]:
    engine = prepared(synthetic_market, dict(DAY), tmp_path)
    with algorithm_module(MAIN) as module:
        found = algorithm_class(module, MAIN, None)
        assert start(engine, type(found.__name__, (found,), {"live_mode": True}))
        engine.begin()
        yield Session(engine, tmp_path)
    engine.store.close()
    creating(None)


def test_feed_without_sizes_is_valued_in_live(session: Session) -> None:
    """A live bar made of ticks without sizes has size 0 for ever (QuoteBar.Update): no sign of an inherited side."""
    from replay.bars import QuoteBar

    session.until(time(10, 5))
    engine, book = session.algorithm.spreads._engine, session.algorithm.spreads.book
    leg = book.spreads["call1"].legs[0]
    bar = engine.source(leg).cache.get_data(QuoteBar)
    bar.last_bid_size = bar.last_ask_size = 0
    quote = engine.quote(leg)
    assert quote.bid_live and quote.ask_live and quote.bid and quote.ask


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        ("The Tradier brokerage does not support ComboMarket order type. Only supports [Market]", "NOT_SUPPORTED"),
        ("Order Error: ids: [1], Insufficient buying power to complete orders", "BUYING_POWER"),
        ("Brokerage failed to place orders: [1] no route", "OTHER"),
    ],
)
def test_refusal_in_live_is_judged_by_status_and_event_though_the_response_says_none(
    session: Session, message: str, refusal: str
) -> None:
    """lean_live.md 3: `submit_request.response` stays NONE, or is set later than the event."""
    from replay.enums import OrderResponseErrorCode, OrderStatus, OrderType

    engine = session.algorithm.spreads._engine
    response = SimpleNamespace(error_code=OrderResponseErrorCode.NONE, error_message=None)
    fee = SimpleNamespace(value=SimpleNamespace(amount=0.0))
    ticket = SimpleNamespace(
        order_id=0, status=OrderStatus.INVALID, quantity=1.0, quantity_filled=-0.0, average_fill_price=0.0,
        order_events=[SimpleNamespace(id=1, message=message, order_fee=fee)], order_type=OrderType.COMBO_MARKET,
        submit_request=SimpleNamespace(response=response),
    )  # fmt: skip
    facts = engine._facts(ticket, "leg")
    assert (facts.status.name, facts.refusal.name, facts.message) == ("INVALID", refusal, message)
    assert facts.is_done and facts.filled == 0


def test_flatten_command_closes_all_on_the_next_slice_with_tagged_orders(session: Session) -> None:
    session.until(time(10, 5))
    assert session.filled() == 4
    assert session.algorithm.on_command({"action": "flatten", "reason": "fire drill"}) is True
    assert session.filled() == 4
    session.until(time(10, 6))
    assert session.filled() == 8
    assert not session.engine.portfolio.invested
    tags = [order.tag for order in session.engine.orders.orders.values()][-4:]
    assert all("fire drill" in str(tag) for tag in tags)


def test_command_object_with_missing_attributes_is_read_as_lean_gives_it(session: Session) -> None:
    """LEAN's Command answers None for what is missing (Common/Commands/Command.cs)."""

    class Command(SimpleNamespace):
        def __getattr__(self, name: str) -> None:
            return None

    session.until(time(10, 5))
    assert session.algorithm.on_command(Command(action="close_spread", spread_id="call1")) is True
    assert session.algorithm.on_command(Command(action="close_spread")) is False
    assert session.algorithm.on_command(Command()) is False
    assert "spread_id = None is not usable" in session.lines() and "action = ''" in session.lines()
    session.until(time(10, 6))
    assert session.algorithm.spreads.book.spreads["call1"].has_ended


def test_status_command_writes_the_status_object(session: Session) -> None:
    session.until(time(10, 5))
    assert session.algorithm.on_command({"action": "status"}) is True
    status = json.loads((session.store / "spread-status-0.json").read_text())
    assert [spread["id"] for spread in status["spreads"]] == ["call1", "put2"]
    assert all(spread["distance"] > 0 for spread in status["spreads"])
    assert session.engine.runtime_statistics["Open spreads"] == "2"


def test_error_of_ours_is_alarmed_and_the_run_goes_on(session: Session) -> None:
    session.until(time(10, 5))
    book = session.algorithm.spreads.book
    step, failures = book.step, []

    def broken(now: Any, touched: Any) -> Any:
        failures.append(now)
        if len(failures) < 4:
            raise RuntimeError("a bug")
        return step(now, touched)

    book.step = broken
    session.until(time(10, 15))
    assert session.engine.runtime_error is None
    assert "internal error in on_data: RuntimeError: a bug" in session.lines()
    assert [alarm.times for alarm in session.algorithm.spreads.alarms.standing()] == [3]
    while session.engine.advance():
        pass
    assert finish(session.engine) == "Completed"
    assert not session.engine.portfolio.invested


def test_error_in_an_order_event_is_alarmed_and_the_position_is_followed(session: Session) -> None:
    engine = session.algorithm.spreads._engine
    engine.notice = lambda event: 1 // 0
    session.until(time(10, 5))
    assert session.engine.runtime_error is None
    assert "internal error in on_order_event: ZeroDivisionError" in session.lines()
    assert [spread.state.value for spread in session.algorithm.spreads.book.open_spreads()] == ["open", "open"]


def test_status_that_cannot_be_saved_is_alarmed_and_keeps_no_entry_from_being_made(session: Session) -> None:
    display = session.algorithm.spreads._parts.publisher._display
    write = display.write
    display.write = lambda key, text: not key.startswith("spread-status") and write(key, text)
    session.until(time(10, 5))
    assert session.filled() == 4
    assert "internal error in publishing: OSError: spread-status-0.json could not be saved" in session.lines()
    errors = [line for line in session.algorithm.spreads.journal.lines() if '"what":"error"' in line.replace(" ", "")]
    assert errors and all("publishing: OSError" in line for line in errors)


def test_contract_that_left_the_securities_is_said_to_be_gone(session: Session) -> None:
    session.until(time(10, 5))
    engine = session.algorithm.spreads._engine
    leg = session.algorithm.spreads.book.open_spreads()[0].legs[0]
    assert engine.quote(leg).quoted_at is not None
    engine._find = lambda leg: None
    assert engine.quote(leg) is type(engine).quote.__globals__["GONE"]  # of the modules this run has loaded


def test_snapshot_holds_identifiers_that_parse_back(session: Session) -> None:
    from replay.identifier import SecurityIdentifier

    session.until(time(10, 5))
    legs = [leg for spread in session.state()["spreads"] for leg in spread["legs"]]
    assert len(legs) == 4
    held = {str(s.symbol.id) for s in session.engine.securities.values() if s.holdings.invested}
    assert {str(SecurityIdentifier.parse(leg["key"])) for leg in legs} == held


def test_full_disk_that_the_engine_keeps_to_itself_alarms_and_leaves_the_other_copy_whole(session: Session) -> None:
    """LocalObjectStore.PersistData logs the error and `save` answers True: the file is empty or cut short."""
    session.until(time(10, 5))
    good = session.state()
    store = session.algorithm.object_store
    save = store.save_bytes
    store.save_bytes = lambda path, contents: save(path, contents[: len(contents) // 2])
    session.algorithm.on_command({"action": "pause"})
    session.until(time(10, 20))
    assert "ALARM : the state could not be saved under spread-state-0-" in session.lines()
    whole = [file for file in session.store.glob("spread-state-0-?.json") if file.read_text().endswith("}\n")]
    assert len(whole) == 1
    assert json.loads(whole[0].read_text())["state"]["registered"] == good["registered"] == 2
    store.save_bytes = save
    session.until(time(10, 25))
    assert session.state()["guards"]["paused"]


def test_backtest_that_keeps_its_state_does_not_write_over_a_live_ones(synthetic_market: Path, tmp_path: Path) -> None:
    engine = prepared(synthetic_market, dict(DAY), tmp_path)
    with algorithm_module(MAIN) as module:
        assert start(engine, algorithm_class(module, MAIN, None))
        engine.begin()
        Session(engine, tmp_path).until(time(10, 5))
    engine.store.close()
    creating(None)
    kept = sorted(file.name for file in tmp_path.glob("spread-st*"))
    assert kept == ["spread-state-0-backtest-a.json", "spread-state-0-backtest-b.json", "spread-status-0-backtest.json"]


def test_each_live_process_has_a_journal_of_its_own(session: Session) -> None:
    session.until(time(10, 5))
    names = [file.name for file in session.store.glob("spread-journal*")]
    assert names == ["spread-journal-0-20241118-000000.jsonl"]


def test_journal_that_is_off_is_not_written(synthetic_market: Path, tmp_path: Path) -> None:
    engine = prepared(synthetic_market, DAY | {"journal": "off"}, tmp_path)
    with algorithm_module(MAIN) as module:
        assert start(engine, algorithm_class(module, MAIN, None))
        engine.begin()
        Session(engine, tmp_path).until(time(10, 5))
        assert finish(engine) == "Completed"
    engine.store.close()
    creating(None)
    assert not list(tmp_path.glob("spread-journal*"))


@pytest.mark.parametrize(
    ("place", "told"), [("LOCAL_PLATFORM", True), ("LocalPlatform", True), ("CLOUD_PLATFORM", False)]
)
def test_notifications_that_the_engine_would_drop_are_told_at_the_start(
    synthetic_market: Path, tmp_path: Path, place: str, told: bool
) -> None:
    """Outside the cloud LEAN's messaging handler answers "Send not implemented" to e-mail, web and Telegram alike."""
    engine = prepared(synthetic_market, DAY | {"notify-email": "a@b.c"}, tmp_path)
    notify = SimpleNamespace(email=lambda *words: True)
    with algorithm_module(MAIN) as module:
        found = algorithm_class(module, MAIN, None)
        assert start(
            engine, type(found.__name__, (found,), {"live_mode": True, "deployment_target": place, "notify": notify})
        )
        texts = [alarm.text for alarm in engine.algorithm.spreads.alarms.standing()]
    engine.store.close()
    creating(None)
    assert texts == (["LEAN sends no notifications from a machine of one's own: none will reach a@b.c"] if told else [])


def test_notifications_go_out_where_the_settings_say(synthetic_market: Path, tmp_path: Path) -> None:
    sent: list[tuple[str, ...]] = []
    notify = SimpleNamespace(
        email=lambda *words: sent.append(words), web=lambda *words: 1 // 0, telegram=lambda *words: sent.append(words)
    )
    ways = {"notify-email": "a@b.c", "notify-webhook": "https://x", "notify-telegram": "7"}
    engine = prepared(synthetic_market, DAY | ways, tmp_path)
    with algorithm_module(MAIN) as module:
        found = algorithm_class(module, MAIN, None)
        cloud = {"live_mode": True, "deployment_target": "CLOUD_PLATFORM", "notify": notify}
        assert start(engine, type(found.__name__, (found,), cloud))
        engine.algorithm.spreads._parts.bell.ring("call1", "wolf")
    engine.store.close()
    creating(None)
    assert sent == [
        ("a@b.c", "OptionSpreadStops call1", "wolf"),
        ("7", "OptionSpreadStops call1: wolf"),
    ]
    assert any("no notification to https://x" in str(line) for line in engine.messages.lines)


@pytest.mark.parametrize(("brokerage", "starts"), [("default", True), ("tradier", True), ("webull", False)])
def test_lean_that_lacks_a_brokerage_runs_without_it_and_names_the_setting_with_it(
    synthetic_market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brokerage: str, starts: bool
) -> None:
    from replay import loader
    from replay.enums import BrokerageName

    def of_an_older_lean(files: list[Path]) -> Any:
        module = made(files)
        module.__dict__["BrokerageName"] = SimpleNamespace(TRADIER_BROKERAGE=BrokerageName.TRADIER_BROKERAGE)
        return module

    made = loader.algorithm_imports
    monkeypatch.setattr(loader, "algorithm_imports", of_an_older_lean)
    engine = prepared(synthetic_market, DAY | {"brokerage": brokerage}, tmp_path)
    with algorithm_module(MAIN) as module:
        assert start(engine, algorithm_class(module, MAIN, None)) is starts
    engine.store.close()
    creating(None)
    said = "brokerage = 'webull' is not usable: allowed is a brokerage that this LEAN knows"
    assert any(said in str(line) for line in engine.messages.lines) is not starts


def test_entry_window_that_passes_without_a_chain_is_told_once(session: Session) -> None:
    canonical, session.algorithm._canonical = session.algorithm._canonical, session.algorithm._canonical.underlying
    session.until(time(10, 14))
    assert "no option chain" not in session.lines()
    session.until(time(10, 15))
    session.algorithm._canonical = canonical
    session.until(time(10, 20))
    assert session.lines().count("no call entry at 10:00: no option chain came before 10:15") == 1
    assert session.lines().count("no put entry at 10:00: no option chain came before 10:15") == 1


def test_entry_window_over_before_the_start_is_not_told(session: Session) -> None:
    session.until(time(9, 50))
    settings = session.algorithm._settings  # as a process that starts after the window
    session.algorithm._windows = EntryWindows(settings.entry_times, settings.sides)
    look, session.algorithm._look_for_entries = session.algorithm._look_for_entries, lambda slice: None
    session.until(time(10, 20))
    session.algorithm._look_for_entries = look
    session.until(time(10, 25))
    assert "no option chain" not in session.lines()


def test_contract_that_was_added_anew_is_read_from_its_new_security(session: Session) -> None:
    """An older LEAN makes another security of a contract that was removed and added again."""
    session.until(time(10, 5))
    engine, securities = session.algorithm.spreads._engine, session.engine.securities
    old = next(one for one in securities.values() if one.symbol.has_underlying and not one.symbol.is_canonical())
    leg = engine.leg(old.symbol)
    assert engine.source(leg) is old and engine.held(leg) == round(old.holdings.quantity)
    securities._items[old.symbol] = new = copy(old)
    new.holdings = SimpleNamespace(quantity=7.0)
    assert engine.source(leg) is new and engine.held(leg) == 7
    securities._items[old.symbol] = old
    assert engine.quote(engine.leg(old.symbol)).ask == round(old.ask_price * 10_000)
    assert engine.held(leg) == round(old.holdings.quantity)
