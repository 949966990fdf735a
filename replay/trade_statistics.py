"""Statistics over closed trades, under the names of LEAN's result file.

Formulas: Common/Statistics/TradeStatistics.cs. Money in dollars, ratios plain, durations as .NET prints them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from statistics import pstdev
from typing import Any

from replay.trades import Trade

ZERO = Decimal(0)
TEN = Decimal(10)


def rounded(value: Decimal | float, places: int = 4) -> str:
    """A number as LEAN's result file writes statistics: text, bankers' rounding, no trailing zeros added."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not exact.is_finite():
        return "0"
    step = Decimal(1).scaleb(-places)
    short = exact.quantize(step) if exact.as_tuple().exponent < -places else exact  # type: ignore[operator]
    text = format(short if short else abs(short), "f")  # a .NET decimal of zero shows no sign
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def duration_text(span: timedelta) -> str:
    """A .NET TimeSpan: [d.]hh:mm:ss[.fffffff]."""
    seconds = span.days * 86400 + span.seconds
    hours, rest = divmod(seconds % 86400, 3600)
    text = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    if span.microseconds:
        text += f".{span.microseconds * 10:07d}"
    return f"{seconds // 86400}.{text}" if seconds >= 86400 else text


def _average(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO) / len(values) if values else ZERO


def _deviation(values: Sequence[Decimal]) -> Decimal:
    """Sample standard deviation, 0 for fewer than two values."""
    if len(values) < 2:
        return ZERO
    return Decimal(repr(pstdev([float(v) for v in values]) * sqrt(len(values) / (len(values) - 1))))


def _spans(trades: Sequence[Trade]) -> tuple[str, str]:
    if not trades:
        return duration_text(timedelta()), duration_text(timedelta())
    seconds = [trade.duration.total_seconds() for trade in trades]
    ordered = sorted(seconds)
    half = len(ordered) // 2
    middle = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    mean = sum(seconds) / len(seconds)
    return duration_text(timedelta(seconds=round(mean, 3))), duration_text(timedelta(seconds=middle))


class _Runs:
    """Walks the trades once for streaks and drawdowns, which depend on their order."""

    def __init__(self, trades: Sequence[Trade]) -> None:
        self.wins = self.losses = 0
        self.closed_drawdown = self.open_drawdown = ZERO
        self.longest = timedelta()
        total = peak = peak_open = ZERO
        wins = losses = 0
        peak_time: datetime | None = None
        below = False
        for trade in trades:
            peak_time = peak_time or trade.entry_time
            peak_open = max(peak_open, total + trade.mfe)
            self.open_drawdown = min(self.open_drawdown, total + trade.mae - peak_open)
            total += trade.profit_loss
            won = trade.profit_loss > 0 or trade.is_win
            wins, losses = (wins + 1, 0) if won else (0, losses + 1)
            self.wins, self.losses = max(self.wins, wins), max(self.losses, losses)
            if trade.profit_loss > 0:
                if total > peak:
                    peak = total
                    if below:
                        self.longest = max(self.longest, trade.exit_time - peak_time)
                    peak_time, below = trade.exit_time, False
            else:
                self.closed_drawdown = min(self.closed_drawdown, total - peak)
                below = True


def trade_statistics(trades: Sequence[Trade]) -> dict[str, Any]:
    """`totalPerformance.tradeStatistics` of the result file."""
    gains = [trade for trade in trades if trade.profit_loss > 0]
    others = [trade for trade in trades if trade.profit_loss <= 0]
    profits, losses = [t.profit_loss for t in gains], [t.profit_loss for t in others]
    results = [t.profit_loss for t in trades]
    # LEAN counts an option that expired in the money as won even when its premium was lost.
    won = len(gains) + sum(trade.is_win for trade in others)
    lost = len(trades) - won
    runs, total, profit, loss = _Runs(trades), sum(results, ZERO), sum(profits, ZERO), sum(losses, ZERO)
    mean, deviation, downside = _average(results), _deviation(results), _deviation(losses)
    average_mfe = _average([t.mfe for t in trades])
    win_rate = Decimal(won) / len(trades) if trades else ZERO
    all_spans, gain_spans, loss_spans = _spans(trades), _spans(gains), _spans(others)
    numbers: dict[str, Decimal] = {
        "totalProfitLoss": total,
        "totalProfit": profit,
        "totalLoss": loss,
        "largestProfit": max(profits, default=ZERO),
        "largestLoss": min(losses, default=ZERO),
        "averageProfitLoss": mean,
        "averageProfit": _average(profits),
        "averageLoss": _average(losses),
        "profitLossRatio": _average(profits) / abs(_average(losses)) if _average(losses) else ZERO,
        "winLossRatio": (Decimal(won) / lost if lost > 0 else TEN) if trades else ZERO,
        "winRate": win_rate,
        "lossRate": 1 - win_rate if trades else ZERO,
        "averageMAE": _average([t.mae for t in trades]),
        "averageMFE": average_mfe,
        "largestMAE": min((t.mae for t in trades), default=ZERO),
        "largestMFE": max((t.mfe for t in trades), default=ZERO),
        "maximumClosedTradeDrawdown": runs.closed_drawdown,
        "maximumIntraTradeDrawdown": runs.open_drawdown,
        "profitLossStandardDeviation": deviation,
        "profitLossDownsideDeviation": downside,
        "profitFactor": (profit / abs(loss) if loss else TEN) if profit else ZERO,
        "sharpeRatio": mean / deviation if deviation else ZERO,
        "sortinoRatio": mean / downside if downside else ZERO,
        "profitToMaxDrawdownRatio": (total / abs(runs.closed_drawdown) if runs.closed_drawdown else TEN)
        if total
        else ZERO,
        "maximumEndTradeDrawdown": max((t.end_trade_drawdown for t in trades), default=ZERO),
        "averageEndTradeDrawdown": mean - average_mfe,
        "totalFees": sum((t.total_fees for t in trades), ZERO),
    }
    return {
        "startDateTime": _stamp(min((t.entry_time for t in trades), default=None)),
        "endDateTime": _stamp(max((t.exit_time for t in trades), default=None)),
        "totalNumberOfTrades": len(trades),
        "numberOfWinningTrades": won,
        "numberOfLosingTrades": lost,
        "averageTradeDuration": all_spans[0],
        "averageWinningTradeDuration": gain_spans[0],
        "averageLosingTradeDuration": loss_spans[0],
        "medianTradeDuration": all_spans[1],
        "medianWinningTradeDuration": gain_spans[1],
        "medianLosingTradeDuration": loss_spans[1],
        "maxConsecutiveWinningTrades": runs.wins,
        "maxConsecutiveLosingTrades": runs.losses,
        "maximumDrawdownDuration": duration_text(runs.longest),
        **{name: rounded(value) for name, value in numbers.items()},
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
