from __future__ import annotations

from pathlib import Path

import pytest

from market.generate import Settings, ensure


@pytest.fixture(scope="session")
def small_settings() -> Settings:
    """Two days with few strikes, quick to make."""
    return Settings(seed=7, scenarios=("grind_up", "half_day"), reach=60)


@pytest.fixture(scope="session")
def small_market(tmp_path_factory: pytest.TempPathFactory, small_settings: Settings) -> Path:
    root = tmp_path_factory.mktemp("small") / "synthetic"
    ensure(root, small_settings)
    return root
