"""The report: its numbers are the result's, its text is safe, and a real browser shows it without complaint."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest

from reports.figures import equity
from reports.html import main, write_report
from reports.page import render
from reports.result import read_result
from reports.settlement import Settlement
from tests.reports.browser import EXECUTABLE, Browser
from tests.reports.made_up import MadeUpRun, empty_run, many, one_stop

needs_browser = pytest.mark.skipif(
    EXECUTABLE is None, reason="no Chromium found (install the package chromium, or name one in CHROMIUM)"
)

DRAWN = "[...document.querySelectorAll('details.spread .chart')].filter(c => c.querySelector('.main-svg')).length"


def page(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def visible(text: str) -> str:
    body = text[text.index("<main>") : text.index("</main>")]
    return unescape(re.sub(r"<[^>]+>", " ", body))


def dollars(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", ""))


def test_pnl_of_every_spread_stands_in_the_page_and_sums_to_the_account(tmp_path: Path) -> None:
    folder = many(tmp_path, 40)
    shown = [dollars(text) for text in re.findall(r'<span class="pnl [a-z]*">([^<]+)</span>', page(folder))]
    statistics = json.loads((folder / "MadeUpAlgorithm.json").read_text())["statistics"]
    assert len(shown) == 40
    assert sum(shown) == Decimal(statistics["End Equity"]) - Decimal(statistics["Start Equity"])


def test_headline_equals_the_result_to_the_cent(tmp_path: Path) -> None:
    folder = many(tmp_path, 12)
    result = read_result(folder)
    change = (result.dollars("End Equity") or 0) - (result.dollars("Start Equity") or 0)
    headline = re.search(r'<div class="tile"><b[^>]*>([^<]+)</b><span>P&amp;L', page(folder))
    assert headline is not None
    assert dollars(headline[1]) == change


def test_page_opens_with_what_the_run_was(tmp_path: Path) -> None:
    text = visible(page(many(tmp_path, 12)))
    assert text.index("12 spreads opened on 3 days.") < text.index("Account value")
    for fact in ("MadeUpAlgorithm", "2021-01-04 to 2021-12-31", "0.1.0", "f00dfeed", "stop-credit-percent"):
        assert fact in text


def test_one_stop_shows_trigger_fill_and_verdict(tmp_path: Path) -> None:
    text = " ".join(visible(page(one_stop(tmp_path))).split())
    assert "-$485.20 $197.40 needless 4.00 4.30 4.40 0.30 0.00 0.10 $80.00 1 min 0 s $460.00 natural" in text


def test_page_names_the_settings_that_are_no_defaults_before_the_list_of_all(tmp_path: Path) -> None:
    text = visible(page(one_stop(tmp_path)))
    assert "Settings that differ from the defaults: none." in text
    journal = tmp_path / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"stop-credit-percent":"100"', '"stop-credit-percent":"50"'))
    assert "Settings that differ from the defaults: stop-credit-percent 50." in visible(page(tmp_path))


def test_fall_shown_is_that_of_the_curve_although_leans_statistic_has_one_value_a_day(tmp_path: Path) -> None:
    result = replace(read_result(one_stop(tmp_path)), equity=curve(100, 104, 91, 103, 95))
    assert result.deepest_fall == (Decimal(13), Decimal(13) / 104)
    text = visible(render(result, Settlement(None)))
    assert "$13.00 deepest fall of the account, 12.50%" in " ".join(text.split())


def curve(*values: int) -> tuple[tuple[datetime, Decimal], ...]:
    start = datetime(2021, 1, 4, 15, tzinfo=UTC)
    return tuple((start + timedelta(minutes=n), Decimal(value)) for n, value in enumerate(values))


def test_text_from_the_journal_cannot_become_markup(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    evil = '</script><img src=x onerror="alert(1)">'
    from spreads.journal import What

    run.journal.write(What.REJECTED, run.last, evil, reason=evil)
    run.journal.write(What.ALARM, run.last, text=evil)
    text = page(run.write())
    assert "<img" not in text[: text.index("plotly.js v")]


def test_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    text = page(one_stop(tmp_path))
    head = text[: text.index("<main>")]
    assert not re.search(r"<script[^>]+src=|<link[^>]+href=\"http|@import|url\(", head)
    assert text.count("plotly.js v") == 1


def test_folder_without_results_is_an_error_not_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 1
    assert "should hold one result file" in capsys.readouterr().err


@needs_browser
@pytest.mark.slow
def test_browser_shows_none_one_and_five_hundred_spreads(tmp_path: Path) -> None:
    pages = {
        0: write_report(empty_run(tmp_path / "none")),
        1: write_report(one_stop(tmp_path / "one")),
        500: write_report(many(tmp_path / "many", 500)),
    }
    with Browser() as browser:
        for count, path in pages.items():
            for width in (390, 1280):
                browser.open(path, width)
                assert browser.ask("document.documentElement.dataset.ready") == "yes"
                assert browser.ask("document.querySelectorAll('details.spread').length") == count
                # Nothing makes the page itself scroll sideways; wide tables scroll in their own box.
                assert browser.ask("document.documentElement.scrollWidth") <= width
                charts = browser.ask("document.querySelectorAll('.js-plotly-plot').length")
                assert charts == (1 if count == 0 else 3)
                edges = "[...document.querySelectorAll('.main-svg')].map(s => s.getBoundingClientRect().right)"
                assert max(browser.ask(edges)) <= width
        assert browser.complaints == []
        outside = [url for url in browser.requests if not url.startswith(("file:", "data:", "blob:"))]
        assert outside == []


@needs_browser
@pytest.mark.slow
def test_browser_draws_a_spread_when_it_is_opened_and_filters_the_list(tmp_path: Path) -> None:
    with Browser() as browser:
        browser.open(write_report(many(tmp_path, 30)), 390)
        browser.ask("document.querySelector('details.spread:not([open])').open = true")
        browser.wait_for(f"{DRAWN} === 2")
        names = browser.ask("document.querySelector('details.spread[open] .chart').data.map(t => t.name || '')")
        assert names[1:3] == ["mid", "natural"]
        assert any(name.startswith("credit ") for name in names)
        stopped = sum(1 for story in read_result(tmp_path).run.held if story.shots)
        browser.ask("which.value = 'rule'; which.dispatchEvent(new Event('change'))")
        assert browser.ask("document.getElementById('shown').textContent") == f"{stopped} of 30"
        browser.ask("document.querySelectorAll('details.spread[open]').forEach(d => d.open = false)")
        browser.wait_for(f"{DRAWN} === 0")
        assert browser.complaints == []


@needs_browser
@pytest.mark.slow
def test_drawn_lines_carry_the_journals_figures(tmp_path: Path) -> None:
    with Browser() as browser:
        browser.open(write_report(one_stop(tmp_path)), 1280)
        traces = browser.ask("document.querySelector('details.spread .chart').data.map(t => [t.name, t.x, t.y])")
        by_name = {name: (x, y) for name, x, y in traces if name}
        assert by_name["natural"][1] == [2.2, 2.7, 3.2, 4.05, 4.3]
        assert by_name["natural"][0][0] == "2021-01-04T10:01:00"
        assert by_name["stop-credit-percent 4.00"][1] == [4, 4]
        assert by_name["trigger 4.30"] == (["2021-01-04T10:07:00"], [4.3])
        assert by_name["closed 4.40"] == (["2021-01-04T10:07:00"], [4.4])


def test_account_that_did_not_move_is_drawn_flat_with_labels_that_differ(tmp_path: Path) -> None:
    result = read_result(empty_run(tmp_path))
    assert tuple(equity(replace(result, equity=curve(100, 100, 101))).layout.yaxis.range) == (80, 121)
    start, end = equity(result).layout.xaxis.range  # one sample
    assert end - start == timedelta(hours=2)


def test_data_of_a_run_without_a_note_of_it_is_that_named_for_the_page(tmp_path: Path) -> None:
    folder, data = one_stop(tmp_path / "run"), tmp_path / "my-data"
    data.mkdir()
    (data / "SYNTHETIC.json").write_text(json.dumps({"fingerprint": "0123456789abcdef"}))
    said = "my-data (synthetic), as named for this page 0123456789ab"
    assert said not in write_report(folder, data_folder=data).read_text(encoding="utf-8")
    journal = folder / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"fingerprint":"f00dfeed",', ""))
    assert said in write_report(folder, data_folder=data).read_text(encoding="utf-8")
