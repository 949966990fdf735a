"""The snapshot's text: never a crash, never a lost spread, whatever happened to the file."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spreads.store import MIGRATIONS, VERSION, BadState, StateStore, decode, encode
from stop_rules import CreditLost, NetDebit, TrailingDebit
from tests.spreads.live_rig import LiveRig, MemoryFiles
from tests.spreads.paper_broker import call, put

NOW = datetime(2024, 1, 3, 10, 0)
STATE = {"spreads": [{"id": "Ä1", "lots": 1}], "registered": 1}
SHORT, LONG = call(100, -1), call(105, 1)
SHORT_PUT, LONG_PUT = put(90, -1), put(85, 1)


def with_two_spreads() -> LiveRig:
    rig = LiveRig()
    rig.broker.price(3.00, 3.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG)
    rig.broker.price(2.00, 2.10, SHORT_PUT)
    rig.broker.price(0.50, 0.60, LONG_PUT)
    rig.open("A", (SHORT, LONG), [NetDebit("3.60"), TrailingDebit("2.00")])
    rig.open("B", (SHORT_PUT, LONG_PUT), [CreditLost(100)])
    rig.gate.state = rig.gate.state.pause("lunch")
    rig.step()
    rig.continuity.save(rig.broker.now)
    return rig


def newest(rig: LiveRig) -> str:
    return max(rig.files.kept, key=lambda key: decode(rig.files.kept[key]).sequence)


def kept_aside(rig: LiveRig) -> list[bytes]:
    return [text for key, text in rig.files.kept.items() if "aside" in key]


# -- one document --------------------------------------------------------------------------------------------------


def test_document_written_reads_back() -> None:
    text = encode(STATE, 7, NOW)
    stored = decode(text.encode())
    assert (stored.state, stored.sequence, stored.saved_at) == (STATE, 7, NOW)
    assert '\n  "spreads": [' in text  # for people


def test_document_truncated_anywhere_is_refused() -> None:
    raw = encode(STATE, 7, NOW).encode().rstrip()
    for length in range(len(raw)):
        with pytest.raises(BadState):
            decode(raw[:length])


def test_document_with_any_bit_flipped_is_refused_or_the_same() -> None:
    raw = encode(STATE, 7, NOW).encode()
    for place in range(len(raw)):
        for bit in range(8):
            spoilt = bytearray(raw)
            spoilt[place] ^= 1 << bit
            try:
                stored = decode(bytes(spoilt))
            except BadState:
                continue
            assert (stored.state, stored.sequence, stored.saved_at) == (STATE, 7, NOW)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": VERSION + 1}, "newer program"),
        ({"version": 0}, "cannot be migrated"),
        ({"version": "1"}, "version"),
        ({"sequence": None}, "sequence"),
        ({"saved_at": "yesterday"}, "Invalid isoformat"),
        ({"state": []}, "state"),
        ({"format": "other"}, "format"),
        ({"more": 1}, "unknown fields: more"),
    ],
)
def test_document_of_another_kind_is_refused_with_the_field(change: dict[str, Any], said: str) -> None:
    import hashlib

    document = {key: value for key, value in json.loads(encode(STATE, 1, NOW)).items() if key != "sha256"} | change
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    document["sha256"] = hashlib.sha256(canonical.encode()).hexdigest()
    with pytest.raises(BadState, match=said):
        decode(json.dumps(document).encode())


def test_older_version_is_migrated_step_by_step() -> None:
    raw = encode({"n": 1}, 1, NOW).encode()
    steps = {VERSION: lambda state: {"m": state["n"] + 1}, VERSION + 1: lambda state: {"k": state["m"] * 10}}
    assert decode(raw, steps, VERSION + 2).state == {"k": 20}


def test_migration_that_fails_is_a_bad_state() -> None:
    with pytest.raises(BadState, match="migrated"):
        decode(encode({}, 1, NOW).encode(), {VERSION: lambda state: {"m": state["n"]}}, VERSION + 1)


def test_every_older_version_has_a_migration() -> None:
    assert set(MIGRATIONS) == set(range(1, VERSION))


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_never_crash(raw: bytes) -> None:
    with pytest.raises(BadState):
        decode(raw)


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_any_json_is_refused_and_never_crashes(value: object) -> None:
    with pytest.raises(BadState):
        decode(json.dumps(value).encode())


# -- two keys in turn ----------------------------------------------------------------------------------------------


def test_two_keys_are_written_in_turn_and_the_newest_wins() -> None:
    files = MemoryFiles()
    store = StateStore(files, "s", lambda text: pytest.fail(text))
    for number in range(5):
        assert store.save({"n": number}, NOW)
    assert files.writes == ["s-a.json", "s-b.json", "s-a.json", "s-b.json", "s-a.json"]
    assert StateStore(files, "s", lambda text: pytest.fail(text)).load().state == {"n": 4}


def test_same_state_is_not_written_again() -> None:
    files = MemoryFiles()
    store = StateStore(files, "s", lambda text: None)
    store.save({"n": 1}, NOW)
    store.save({"n": 1}, NOW)
    assert len(files.writes) == 1


def test_after_a_load_the_newest_document_is_not_written_over() -> None:
    files = MemoryFiles()
    store = StateStore(files, "s", lambda text: None)
    for number in range(2):
        store.save({"n": number}, NOW)
    again = StateStore(files, "s", lambda text: None)
    again.load()
    again.save({"n": 2}, NOW)
    assert files.writes[-1] == "s-a.json"
    assert decode(files.kept["s-b.json"]).state == {"n": 1}


def test_store_that_raises_is_told_and_the_next_save_tries_the_same_key() -> None:
    told: list[str] = []
    files = MemoryFiles(refuse=True)
    store = StateStore(files, "s", told.append)
    assert not store.save({"n": 1}, NOW)
    files.refuse = False
    assert store.save({"n": 1}, NOW)
    assert files.writes == ["s-a.json"] and "refused" in told[0]


def test_two_processes_on_one_store_are_told_and_both_go_on() -> None:
    files = MemoryFiles()
    told: list[str] = []
    one, other = (StateStore(files, "s", told.append) for _ in range(2))
    one.load()
    other.load()
    assert one.save({"n": 1}, NOW) and told == []
    assert other.save({"n": 2}, NOW)
    assert told == ["s-a.json was written by somebody else: two processes must not share a project and a store"]


def test_own_document_that_failed_halfway_is_not_taken_for_somebody_elses() -> None:
    files = MemoryFiles()
    told: list[str] = []
    store = StateStore(files, "s", told.append)
    store.load()
    store.save({"n": 1}, NOW)
    files.refuse, files.kept["s-b.json"] = True, b"{"  # a full disk leaves a part
    store.save({"n": 2}, NOW)
    files.refuse = False
    told.clear()
    assert store.save({"n": 2}, NOW) and told == []


def test_half_a_surrogate_pair_in_a_command_is_stored_and_reads_back() -> None:
    text = encode({"reason": "\ud800"}, 1, NOW)
    assert decode(text.encode("utf-8")).state == {"reason": "\ud800"}


def test_save_that_was_refused_is_tried_again_by_the_next_step_though_nothing_changed() -> None:
    rig = with_two_spreads()
    for _ in range(3):
        rig.step()
    rig.files.refuse = True
    rig.continuity.first_time("entry", rig.broker.now)
    rig.step()
    rig.files.refuse = False
    rig.step()
    assert "entry" in decode(rig.files.kept[newest(rig)]).state["remembered"]


# -- a whole book --------------------------------------------------------------------------------------------------


def assert_both_spreads_are_there(rig: LiveRig) -> None:
    assert [spread.id for spread in rig.book.open_spreads()] == ["A", "B"]
    assert [len(rig.book.orders_of(name)) for name in "AB"] == [2, 1]
    rig.step()
    assert rig.sent() == []


@pytest.mark.parametrize("part", range(0, 100, 4))
def test_newest_document_cut_short_falls_back_to_the_one_before(part: int) -> None:
    rig = with_two_spreads()
    key = newest(rig)
    raw = rig.files.kept[key]
    rig.files.kept[key] = raw[: len(raw) * part // 100]
    rig.kill()
    assert_both_spreads_are_there(rig)
    assert kept_aside(rig) == [raw[: len(raw) * part // 100]]
    assert any("is not used" in text for _, text in rig.alarms)


def test_newest_document_with_flipped_bits_falls_back_to_the_one_before() -> None:
    dice = random.Random(7)
    for _ in range(40):
        rig = with_two_spreads()
        key = newest(rig)
        spoilt = bytearray(rig.files.kept[key])
        spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        rig.files.kept[key] = bytes(spoilt)
        rig.kill()
        assert_both_spreads_are_there(rig)


def test_both_documents_damaged_are_kept_aside_and_the_account_is_named() -> None:
    rig = with_two_spreads()
    for key in list(rig.files.kept):
        rig.files.kept[key] = rig.files.kept[key][:-9]
    rig.kill()
    assert rig.book.open_spreads() == []
    assert len(kept_aside(rig)) == 2
    assert sum("no spread knows" in text for _, text in rig.alarms) == 4
    rig.step()
    assert rig.sent() == []
    assert len(kept_aside(rig)) == 2


def spoil(data: Any, dice: random.Random) -> None:
    """Put something of another type, or nothing, in one random place of JSON data."""
    inner = [
        value
        for value in (data.values() if isinstance(data, dict) else data)
        if isinstance(value, dict | list) and value
    ]
    if inner and dice.random() < 0.8:
        return spoil(dice.choice(inner), dice)
    place = dice.choice(list(data) if isinstance(data, dict) else range(len(data)))
    if isinstance(data, dict) and dice.random() < 0.2:
        del data[place]
    else:
        data[place] = dice.choice([None, -1, 0, "", "x", [], {}, 1.5, True, 10**30, ["x"], {"x": 1}, "9" * 50])


def test_wrong_types_anywhere_in_a_valid_document_never_crash_and_never_lose_a_spread() -> None:
    """Each of the two spreads is either watched, or kept as it stands and named; nothing is ordered."""
    dice = random.Random(11)
    good = with_two_spreads()
    text = good.files.kept[newest(good)]
    for _ in range(150):
        stored = decode(text)
        spoil(stored.state, dice)
        rig = with_two_spreads()
        rig.files.kept = {"state-a.json": encode(stored.state, stored.sequence, stored.saved_at).encode()}
        rig.kill()
        rig.step()
        rig.continuity.save(rig.broker.now)
        watched = {spread.id for spread in rig.book.spreads.values()}
        texts = b"".join(rig.files.kept.values()).decode()
        for name, key in (("A", "C100"), ("B", "P90")):
            assert name in watched or f'"{key}"' in texts or rig.alarms, stored.state
        if len(watched) < 2 or len(rig.book.orders) < 3:
            assert rig.alarms, stored.state
        assert not [order for order in rig.sent() if order[1] * rig.broker.holdings.get(order[0], 0) > 0]


def test_one_unreadable_spread_is_kept_and_the_other_is_watched() -> None:
    rig = with_two_spreads()
    stored = decode(rig.files.kept[newest(rig)])
    stored.state["spreads"][0]["lots"] = "two"
    rig.files.kept = {"state-a.json": encode(stored.state, 1, stored.saved_at).encode()}
    rig.kill()
    assert [spread.id for spread in rig.book.open_spreads()] == ["B"]
    assert any(name == "A" and "spread.lots = 'two'" in text for name, text in rig.alarms)
    rig.step()
    assert decode(rig.files.kept[newest(rig)]).state["unreadable"] == [stored.state["spreads"][0]]


def test_unreadable_spread_is_tried_again_by_the_next_process() -> None:
    rig = with_two_spreads()
    stored = decode(rig.files.kept[newest(rig)])
    stored.state["unreadable"] = [stored.state["spreads"].pop(0)]
    rig.files.kept = {"state-a.json": encode(stored.state, 1, stored.saved_at).encode()}
    rig.kill()
    assert {spread.id for spread in rig.book.open_spreads()} == {"A", "B"}


def test_rule_nobody_knows_leaves_the_spread_with_its_other_orders() -> None:
    rig = with_two_spreads()
    stored = decode(rig.files.kept[newest(rig)])
    stored.state["spreads"][0]["orders"][0]["rule"] = {"kind": "MyOwnRule"}
    rig.files.kept = {"state-a.json": encode(stored.state, 1, stored.saved_at).encode()}
    rig.kill()
    assert [order.rule.name for order in rig.book.orders_of("A")] == ["stop-trail-debit"]
    assert any(name == "A" and "MyOwnRule" in text for name, text in rig.alarms)


def test_error_of_ours_while_restoring_keeps_the_snapshot_aside_before_it_is_written_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = with_two_spreads()
    good = rig.files.kept[newest(rig)]
    rig.broker.restart()
    rig.start()

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.book, "put_back", broken)
    rig.continuity.restore(rig.broker.now)
    for minute in range(3):
        rig.continuity.first_time(str(minute), rig.broker.now)
        rig.step()
    assert any("internal error while restoring: RuntimeError: a bug" in text for _, text in rig.alarms)
    assert [decode(raw).state["spreads"] for raw in kept_aside(rig)] == [decode(good).state["spreads"]]
    assert sum("no spread knows" in text for _, text in rig.alarms) == 4


@pytest.mark.parametrize("part", ["alarms", "guards"])
def test_one_damaged_part_of_the_state_does_not_lose_a_command(part: str) -> None:
    rig = with_two_spreads()
    rig.command(action="close_spread", spread_id="A")
    stored = decode(rig.files.kept[newest(rig)])
    stored.state[part] = {"paused": 7} if part == "guards" else [7]
    rig.files.kept = {"state-a.json": encode(stored.state, 1, stored.saved_at).encode()}
    rig.kill()
    assert any(f"the saved {part} cannot be read" in text for _, text in rig.alarms)
    rig.step()
    assert rig.sent() == [("C100", 1), ("C105", -1)]


def test_state_of_a_later_time_is_set_aside() -> None:
    rig = with_two_spreads()
    rig.broker.now = NOW.replace(year=2023)
    rig.kill()
    assert rig.book.open_spreads() == []
    assert len(kept_aside(rig)) == 1
    assert any("not used" in text for _, text in rig.alarms)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.sampled_from(["fire", "quiet", "kill", "hand", "spoil"]), max_size=8), st.integers(0, 2**32))
def test_any_sequence_of_kills_and_damage_ends_flat_or_alarmed(steps: list[str], seed: int) -> None:
    dice = random.Random(seed)
    rig = with_two_spreads()
    heard = False
    for step in steps:
        if step == "fire":
            rig.broker.price(5.00, 5.20, SHORT)
        elif step == "kill":
            heard |= bool(rig.alarms)
            rig.kill()
        elif step == "hand":
            rig.broker.holdings["C105"] = 0
        elif step == "spoil":
            key = dice.choice(list(rig.files.kept))
            rig.files.kept[key] = rig.files.kept[key][: dice.randrange(len(rig.files.kept[key]) + 1)]
        rig.step()
    for _ in range(8):
        rig.step()
    assert abs(rig.broker.holdings["C100"]) <= 1 and rig.broker.holdings["C100"] <= 0
    assert 0 <= rig.broker.holdings["C105"] <= 1
    if "fire" in steps and rig.broker.holdings["C100"]:
        assert heard or rig.alarms
