"""The README, run: its commands print what it shows, its algorithm trades and is stopped."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
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


def first_commands() -> list[str]:
    """Every make command of the README's first part, in its order, those inside sentences too."""
    first = README.split("## On real quotes")[0].replace("```", "")
    return re.findall(r"`(make [^`]+)`", re.sub(r"^(make .*)$", r"`\1`", first, flags=re.MULTILINE))


@pytest.fixture(scope="module")
def fresh_copy(tmp_path_factory: pytest.TempPathFactory, synthetic_market: Path) -> Path:
    """The project in a folder of its own with a set-up environment, and nothing beside it."""
    folder = tmp_path_factory.mktemp("newcomer") / "option-spread-stops"
    rooms = ("spreads", "replay", "market", "reports", "docs", ".ci")
    folder.mkdir()
    for path in PROJECT.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
        elif path.name in rooms:
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(synthetic_market, folder / "synthetic-data")
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    for name in ("run.stamp", "dev.stamp"):
        (folder / ".venv" / name).touch()
    return folder


def test_commands_of_the_first_part_are_known() -> None:
    """`make test` is what runs this; CI runs it from a clone."""
    assert first_commands() == [
        "make backtest",
        "make market ARGS=--list",
        "make report",
        "make sweep",
        'make sweep ARGS="--vary stop-credit-percent 50 100 150"',
        "make test",
    ]


@pytest.mark.slow
def test_commands_of_the_first_part_work_one_after_the_other_in_a_clean_environment(fresh_copy: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make")
    environment = {"PATH": os.environ["PATH"], "HOME": str(fresh_copy.parent)}
    for command in first_commands():
        if command not in ("make test", "make sweep"):  # this test itself; a sweep over nothing
            ended = subprocess.run(
                shlex.split(command), cwd=fresh_copy, env=environment, capture_output=True, text=True, check=False
            )
            assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
            assert "Setting up" not in ended.stderr
    assert list(fresh_copy.glob("backtests/*/report.html"))


@pytest.mark.parametrize(("kind", "told"), [("nowhere", "no such folder"), ("locked", "may not be read")])
def test_data_folder_that_cannot_be_used_is_named_with_what_it_must_be(kind: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    folder = tmp_path / kind
    if kind == "locked" and os.access(folder, os.R_OK):
        pytest.skip("this user may read everything")
    command = ["-m", "reports.backtest", "--data-folder", str(folder), "--results", str(tmp_path / "results")]
    ended = subprocess.run([sys.executable, *command], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert f"data folder {folder}: {told}" in ended.stderr
    assert not (tmp_path / "results").exists()


def test_data_folder_that_is_read_only_is_enough(synthetic_market: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in synthetic_market.rglob("*")}
    output_of("make backtest", synthetic_market, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in synthetic_market.rglob("*")} == before
