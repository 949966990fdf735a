"""A market for measuring speed: any number of sessions with a new quote of every contract each minute.

100 contracts over 26 days of 405 minutes make 1.06 million data points with the index's bars. All contracts expire on
the session after the last one, so that the same are there all the time.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from market.chain import contracts_of
from market.days import walk_day
from market.generate import Progress, Settings
from market.options import write_chain
from market.pricing import INDEX
from market.products import SPXW
from market.scenarios import START_SPOT, Scenario, at
from market.sessions import sessions
from market.static import write_static
from market.underlyings import write_index
from market.universe import Eve, write_universe

FIRST_DAY = dt.date(2025, 2, 3)
"""A Monday with 100 sessions after it without a half day."""


def bench_dates(count: int) -> tuple[dt.date, ...]:
    """The benchmark's sessions."""
    return sessions().from_day(FIRST_DAY, count)


def write_bench(root: Path, settings: Settings, progress: Progress) -> None:
    """Write the benchmark's days."""
    calendar, dates = sessions(), bench_dates(settings.bench_days)
    write_static(root, calendar)
    expiry = calendar.next(dates[-1])
    first = START_SPOT * 100 // SPXW.step * SPXW.step - settings.bench_contracts // 4 * SPXW.step
    chain = [(expiry, [first + SPXW.step * i for i in range(settings.bench_contracts // 2)])]
    eve = Eve(calendar.previous(dates[0]), (START_SPOT,) * 4)
    for done, date in enumerate(dates):
        progress(done, len(dates), f"{date} bench")
        write_universe(root / SPXW.universes, calendar, eve, contracts_of(chain), INDEX, settings.seed)
        scenario = Scenario(f"bench {date}", date, "", at("09:30 0, 10:00 0, 16:00 0"), noise=0.8)
        day = walk_day(settings.seed, scenario, eve.prices[3])
        write_index(root, day)
        write_chain(root, SPXW, day, chain, settings.seed, every_minute=True)
        eve = day.eve
    progress(len(dates), len(dates), "")
