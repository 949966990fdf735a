"""The README, run: its commands print what it shows, its algorithm trades and is stopped."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```sh\n(make backtest.*?)\n```\n\n```text\n(.*?)```", README, re.DOTALL)
[SYNTHETIC] = [pair for pair in SHOWN if "DATA=" not in pair[0]]
REAL = [pair for pair in SHOWN if "DATA=" in pair[0]]
OF_ONE_RUN = re.compile(r"^(Results:|Synthetic market|Setting up)")


def lines(text: str) -> list[str]:
    """Lines as they read: column widths, rules of the table and what differs from run to run left out."""
    plain = [re.sub(r"[\s─]+", " ", line).strip() for line in text.splitlines()]
    return [line for line in plain if line and line != "..." and not OF_ONE_RUN.match(line)]


def output_of(command: str, data_folder: Path, results: Path) -> list[str]:
    """What a `make backtest` line prints, run without make, on this data folder."""
    words = dict(word.split("=", 1) for word in shlex.split(command.replace("\\\n", "")) if "=" in word)
    arguments = ["--data-folder", str(data_folder), "--results", str(results), *shlex.split(words.get("ARGS", ""))]
    ended = subprocess.run(
        [sys.executable, "-m", "reports.backtest", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return lines(ended.stdout)


def assert_shows(shown: str, printed: list[str]) -> None:
    invented = [line for line in lines(shown) if line not in printed]
    assert invented == [], "the README shows lines that the command no longer prints; it prints:\n" + "\n".join(printed)


def test_backtest_on_the_synthetic_market_prints_what_the_readme_shows(synthetic_market: Path, tmp_path: Path) -> None:
    assert_shows(SYNTHETIC[1], output_of(SYNTHETIC[0], synthetic_market, tmp_path))


@pytest.mark.parametrize(("command", "shown"), REAL, ids=["SPXW", "GOOG"])
def test_backtest_on_real_quotes_prints_what_the_readme_shows(
    command: str, shown: str, lean_data: Path, tmp_path: Path
) -> None:
    assert_shows(shown, output_of(command, lean_data, tmp_path))


def test_algorithm_of_the_readme_trades_and_is_watched(synthetic_market: Path, tmp_path: Path) -> None:
    [source] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    algorithm = tmp_path / "mine.py"
    algorithm.write_text(source.replace("CreditLost(100)", "CreditLost(10)"))
    command = ["-m", "replay", str(algorithm), "--data-folder", str(synthetic_market), "--output", str(tmp_path)]
    ended = subprocess.run([sys.executable, *command], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    orders = json.loads((tmp_path / "Mine.json").read_text(encoding="utf-8"))["orders"]
    closing = [order for order in orders.values() if "stop-credit-percent" in order.get("tag", "")]
    assert len(closing) >= 2
