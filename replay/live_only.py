"""What acts in live trading only: in a backtest LEAN answers without doing anything."""

from __future__ import annotations

from typing import Any

from replay.naming import LeanObject


class NotificationManager(LeanObject):
    """``self.notify``: sends nothing in a backtest and answers False (LEAN: NotificationManager.cs)."""

    def email(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is sent."""
        return False

    def sms(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is sent."""
        return False

    def web(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is sent."""
        return False

    def telegram(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is sent."""
        return False

    def ftp(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is sent."""
        return False

    def sftp(self, *args: Any, **kwargs: Any) -> bool:
        """Nothing is sent."""
        return False
