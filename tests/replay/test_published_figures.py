"""The figures LEAN publishes for its own regression algorithms, met by algorithms that trade the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.session import run

from .recordings import DATA, needs_data

ALGORITHMS = Path(__file__).with_name("published_algorithms.py")
# name, orders, end equity, fees, OrderListHash
PUBLISHED = [
    ("OptionEquityBearCallSpreadSetHoldings", 2, "998807.85", "$7.15", "735ec0801dd3dcf9e03eaf3b67931910"),
    ("OptionEquityCoveredCall", 2, "199479.25", "$5.75", "7bbdaa6bb6a8e92177dbab76992cfea6"),
    ("OptionEquityCoveredPut", 2, "199628.5", "$11.50", "89db7ece35155c62319cbbb810d9a58e"),
    ("OptionEquityOverlappingBullCallSpreads", 4, "199756", "$4.00", "4f2d6ca65efe107133bf6baff5fe5512"),
    ("OptionShortCallMarginCallEvents", 2, "160332.5", "$7.50", "039fb1adfb5366ea629e3f5e0646ab8b"),
    ("LargeQuantityOptionStrategy", 2, "95130.3", "$24.70", "574530af8e007d4b770b3782bbe31b1b"),
    ("NullMarginComboOrder", 2, "10658.5", "$11.50", "06de8022dfcb44c5eb0a2199bd7a7232"),
    ("DefaultMarginComboOrder", 2, "10000", "$0.00", "73b6f756bf1eacbe11b72be54bc13103"),
    ("RevertComboOrderPositions", 6, "5764", "$36.00", "89a786ad77fd17f19037676d3fc66d94"),
    ("ComboLegLimitOrders", 3, "198524", "$26.00", "6168ffaa5b9f3c389f5da52e90455889"),
    ("CoveredCallComboLimitOrder", 2, "200671.1", "$6.90", "e36c11e174486d80060855efed57a2a9"),
    ("LiquidatingMultipleOptionStrategies", 8, "499592", "$8.00", "7e6fb74d29704118659d2fcc59b6cd78"),
    (
        "RollOutFrontMonthToBackMonthOptionUsingCalendarSpread",
        3,
        "499792",
        "$3.00",
        "860bacced1208f152cfc0aad369a111e",
    ),
    ("OptionAssignmentStatistics", 5, "100267", "$3.00", "9d48744bc10d9c00aeba0f7a11dbbee0"),
    (
        "InsufficientBuyingPowerForAutomaticExercise",
        4,
        "101959.28",
        "$3.30",
        "2f22fc5e9584c2d201b9e0b767a7160d",
    ),
    ("SingleLotOptionStrategyMarginCall", 4, "55475", "$0.00", "e69ca5560c0621ec31adcc1bc1f7a932"),
    ("DelistedIndexOptionDivested", 2, "73985", "$0.00", "eea2a6b8ea827058d695cd5a7bb338ab"),
    ("OptionExerciseOnExpiryAndNonTradableDate", 4, "101172", "$0.00", "a1f4c8031a753d2b73655adf94f9889b"),
    (
        "OptionExerciseOnExpiryAndNonTradableDateWithOptionSelection",
        4,
        "101172",
        "$0.00",
        "a1f4c8031a753d2b73655adf94f9889b",
    ),
    ("OptionEquityBoxSpread", 4, "197624", "$26.00", "153196ec52843cf95d979e14d18b98b5"),
    ("OptionEquityShortBoxSpread", 4, "197924", "$26.00", "4f1e402bd285c0ac07a5611fe4776c5f"),
    ("OptionEquityBullCallLadder", 3, "199790.25", "$9.75", "9412b7091b1e677c662a6bd8acc688a7"),
    ("OptionEquityBearPutLadder", 3, "198940.25", "$9.75", "344a4a84239e83eda686ea21d086b6fd"),
    ("NakedShortOptionStrategyOverMargin", 6, "998775.9", "$9.10", "67fba235c5efade156e60ed66e4b8031"),
    ("DuplicateOptionAssignment", 3, "100730", "$1.00", "79ecc4dd8b045ddf0aa38057b8eb69bf"),
    ("RemoveUnderlying", 1, "99961.5", "$1.00", "35f9749f41b6fd30dfcd6b74f172a93a"),
    ("AddRemoveOptionUniverse", 6, "98784", "$6.00", "f418de0673fc166487daf80991dfe3a0"),
]


@needs_data
@pytest.mark.parametrize(("name", "orders", "equity", "fees", "orders_hash"), PUBLISHED, ids=lambda value: str(value))
def test_algorithm_of_lean_gives_the_published_figures(
    name: str, orders: int, equity: str, fees: str, orders_hash: str
) -> None:
    result = run(ALGORITHMS, data_folder=DATA, algorithm_class=name)

    assert (result.state, result.error if result.state != "Completed" else []) == ("Completed", [])
    names = ("Total Orders", "End Equity", "Total Fees", "OrderListHash")
    assert [result.statistics[key] for key in names] == [str(orders), equity, fees, orders_hash]
