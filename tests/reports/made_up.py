"""Made-up but consistent runs: journal, order events and result agree to the cent."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from spreads.journal import Journal, What

NEW_YORK = ZoneInfo("America/New_York")
START_CASH = 100_000
FEE = 6_500  # 65 cents a contract, in 1/10000 dollars
MULTIPLIER = 100


class MadeUpRun:
    """Builds a results folder; `write` returns it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal()
        self.events: list[dict[str, object]] = []
        self.total = 0
        self.fees = 0
        self.next_order = 1
        self.closes: list[tuple[datetime, int]] = []
        self.last = datetime(2021, 1, 4, 9, 30)
        self.journal.write(
            What.RUN,
            self.last,
            version="0.1.0",
            algorithm="MadeUpAlgorithm",
            parameters={"stop-credit-percent": "100", "underlying": "SPX"},
            fingerprint="f00dfeed",
            start="2021-01-04",
            end="2021-12-31",
            cash=str(START_CASH),
            mode="backtest",
        )

    def spread(
        self,
        name: str,
        opened: datetime,
        credit: int,
        debits: list[int | None],
        *,
        stop: int | None = None,
        rule: str = "stop-credit-percent",
        basis: str = "natural",
        exit_debit: int | None = None,
        settle: int | None = None,
        expires: datetime | None = None,
        lots: int = 1,
        side: str = "call",
        short_strike: int = 3_700,
    ) -> None:
        """One spread, a mid debit a minute; fires at the first natural at or above `stop`, else is settled at the end.

        The natural is 20 cents above the mid. `exit_debit` is what the fills made of it (default: the natural);
        `settle` is the debit at expiry.
        """
        journal, now = self.journal, opened
        sign = 1 if side == "call" else -1
        expiry = (expires or opened).date().isoformat()
        legs = [
            {
                "name": f"SPXW {expiry} {'C' if side == 'call' else 'P'}{strike}",
                "key": f"K{name}-{ratio}|SPX 31",
                "right": side,
                "strike": strike * 10_000,
                "expiry": expiry,
                "ratio": ratio,
            }
            for strike, ratio in ((short_strike, -1), (short_strike + sign * 25, 1))
        ]
        kind = "bear call" if side == "call" else "bull put"
        facts: dict[str, object] = {"kind": kind, "legs": legs, "lots": lots, "multiplier": MULTIPLIER}
        journal.write(What.OPENING, now, name, natural=credit + 2_000, mid=credit + 1_000, **facts)
        fees = self._trade(name, legs, now, "entry", credit, lots, natural=credit + 2_000)
        level = None if stop is None else stop
        journal.write(
            What.OPENED,
            now,
            name,
            credit=credit,
            fees=fees,
            max_debit=250_000,
            natural=credit + 2_000,
            mid=credit + 1_000,
            stops=[{"order": f"{name}/1", "rule": rule, "text": f"{rule} in words", "level": level, "basis": basis}],
            **facts,
        )
        path, fired, breach = list[tuple[datetime, int]](), False, None
        gap_since: datetime | None = None
        for mid in debits:
            now += timedelta(minutes=1)
            if mid is None:
                if gap_since is None:
                    gap_since = now
                    journal.write(
                        What.UNVALUABLE, now, name, reason="a quote is older than allowed", leg=legs[0]["name"]
                    )
                continue
            if gap_since is not None:
                seconds = int((now - gap_since).total_seconds())
                journal.write(What.VALUABLE, now, name, reason="a quote is older than allowed", seconds=seconds)
                gap_since = None
            natural = mid + 2_000
            path.append((now, mid))
            value = mid if basis == "mid" else natural
            if stop is not None and value >= stop:
                if breach is None:
                    breach = now
                    journal.write(
                        What.CONFIRMING, now, name, order=f"{name}/1", rule=rule, value=value, threshold=stop,
                        natural=natural, mid=mid,
                    )  # fmt: skip
                    continue
                journal.write(
                    What.FIRE,
                    now,
                    name,
                    order=f"{name}/1",
                    rule=rule,
                    basis=basis,
                    value=value,
                    threshold=stop,
                    natural=natural,
                    mid=mid,
                    sentence=f"net debit {value / 10_000:.2f} is at or above {stop / 10_000:.2f}",
                    breach_since=breach,
                    held_seconds=60,
                )
                fired = True
                break
            breach = None
        paid = (natural if exit_debit is None else exit_debit) if fired else (settle or 0)
        if fired:
            fees += self._trade(name, legs, now, "close", paid, lots, natural=natural)
        pnl = (credit - paid) * MULTIPLIER * lots - fees
        self.total += pnl
        self.fees += fees
        journal.write(
            What.PATH,
            now,
            name,
            start=opened,
            t=[int((at - opened).total_seconds()) for at, _ in path],
            natural=[mid + 2_000 for _, mid in path],
            mid=[mid for _, mid in path],
        )
        mids = [mid for _, mid in path]
        journal.write(
            What.ENDED,
            now,
            name,
            kind=kind,
            credit=credit,
            lots=lots,
            exit_debit=paid,
            worst_natural=max(mids) + 2_000 if mids else None,
            worst_mid=max(mids, default=None),
            best_mid=min(mids, default=None),
            reason=f"{rule}: {value / 10_000:.2f} at or above {stop / 10_000:.2f}" if fired and stop else "expired",
            state="closed" if fired else "settled",
            pnl=pnl,
            fees=fees,
            opened_at=opened,
            closed_at=now,
        )
        if fired and settle is not None:
            journal.write(What.WHATIF, now, name, settle={legs[0]["name"]: settle, legs[1]["name"]: 0})
        self.closes.append((now, pnl))
        self.last = max(self.last, now)

    def _trade(
        self, name: str, legs: list[dict[str, object]], now: datetime, purpose: str, net: int, lots: int, natural: int
    ) -> int:
        """Orders and fills of all legs at a net price (ticks); returns the fees."""
        fees = 0
        long_price = 5_000
        for leg, price in zip(legs, (net + long_price, long_price), strict=True):
            ratio = int(str(leg["ratio"]))
            quantity = ratio * lots if purpose == "entry" else -ratio * lots
            order_id, self.next_order = self.next_order, self.next_order + 1
            facts: dict[str, object] = {"order_id": order_id, "leg": leg["name"], "quantity": quantity}
            self.journal.write(
                What.ORDER, now, name, purpose=purpose, tag=f"{name} {purpose}", natural=natural, **facts
            )
            fee = FEE * lots
            self.journal.write(What.FILL, now, name, purpose=purpose, price=price, fee=fee, natural=natural, **facts)
            self.events.append(
                {
                    "orderId": order_id,
                    "symbolValue": leg["name"],
                    "status": "filled",
                    "fillQuantity": quantity,
                    "fillPrice": price / 10_000,
                    "orderFeeAmount": fee / 10_000,
                }
            )
            fees += fee
        return fees

    def write(self) -> Path:
        """Write the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        equity, account = [[_stamp(datetime(2021, 1, 4, 9, 30)), *[float(START_CASH)] * 4]], START_CASH * 10_000
        for at, pnl in sorted(self.closes):
            account += pnl
            equity.append([_stamp(at), *[account / 10_000] * 4])
        statistics = {
            "Total Orders": str(self.next_order - 1),
            "Start Equity": str(START_CASH),
            "End Equity": f"{(START_CASH * 10_000 + self.total) / 10_000:.2f}",
            "Total Fees": f"${self.fees / 10_000:,.2f}",
            "Drawdown": "0.100%",
            "OrderListHash": "0" * 32,
        }
        series = {"Equity": {"name": "Equity", "values": equity}}
        document = {
            "charts": {"Strategy Equity": {"name": "Strategy Equity", "series": series}},
            "statistics": statistics,
        }
        (self.folder / "MadeUpAlgorithm.json").write_text(json.dumps(document), encoding="utf-8")
        (self.folder / "MadeUpAlgorithm-summary.json").write_text("{}", encoding="utf-8")
        (self.folder / "MadeUpAlgorithm-order-events.json").write_text(json.dumps(self.events), encoding="utf-8")
        (self.folder / "journal.jsonl").write_text(
            "".join(f"{line}\n" for line in self.journal.lines()), encoding="utf-8"
        )
        return self.folder


def empty_run(folder: Path) -> Path:
    """A run without a spread."""
    return MadeUpRun(folder).write()


def one_stop(folder: Path) -> Path:
    """One bear call: credit 2.00, stop 4.00, natural 4.30 at the trigger, filled at 4.40; worth 1.00 at expiry."""
    run = MadeUpRun(folder)
    debits: list[int | None] = [20_000, 25_000, None, None, 30_000, 38_500, 41_000]
    opened = datetime(2021, 1, 4, 10, 0)
    run.spread("A1", opened, 20_000, debits, stop=40_000, exit_debit=44_000, settle=10_000, lots=2)
    return run.write()


def many(folder: Path, count: int, seed: int = 7) -> Path:
    """`count` spreads over weekdays, four a day; about a third stopped, some with gaps."""
    chance, run = random.Random(seed), MadeUpRun(folder)
    day = datetime(2021, 1, 4)
    for number in range(count):
        if number and number % 4 == 0:
            day += timedelta(days=3 if day.weekday() == 4 else 1)
        opened = day + timedelta(hours=9, minutes=45 + 10 * (number % 4))
        credit = 100 * chance.randrange(80, 300)
        mid, debits = credit, list[int | None]()
        while opened + timedelta(minutes=len(debits) + 1) <= day + timedelta(hours=16):
            mid = max(500, mid + 50 * chance.randrange(-30, 31))
            debits.append(None if chance.random() < 0.004 else mid)
        side = "call" if number % 2 else "put"
        run.spread(
            f"{'BC' if side == 'call' else 'BP'}{number + 1}",
            opened,
            credit,
            debits,
            stop=2 * credit,
            rule="stop-credit-percent" if number % 3 else "stop-price",
            basis="mid" if number % 5 == 0 else "natural",
            exit_debit=None,
            settle=100 * chance.randrange(0, 6) * chance.randrange(0, 100),
            side=side,
            short_strike=3_700 + 5 * chance.randrange(0, 20),
        )
    return run.write()


def _stamp(local: datetime) -> int:
    return int(local.replace(tzinfo=NEW_YORK).astimezone(UTC).timestamp())
