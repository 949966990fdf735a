"""What LEAN's own command line does with this folder, by its own code; without Docker, account or network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lean.constants", reason="needs the package lean")

PROJECT = Path(__file__).resolve().parent.parent
LARGEST_FILE = 32 * 1024  # the cloud's limit for a file on its free tier
# lean.models downloads a list of brokers and data vendors when it is imported; none of it is used here
OFFLINE = """
import importlib.util, json, logging, sys, types
from pathlib import Path
[home] = importlib.util.find_spec("lean").submodule_search_locations
models = types.ModuleType("lean.models")
models.__path__, models.json_modules = [str(Path(home, "models"))], {}
sys.modules["lean.models"] = models
"""
SAVE_LEAN_JSON = """
from lean.components.config.lean_config_manager import LeanConfigManager
from lean.components.config.storage import Storage
manager = LeanConfigManager(logging, None, None, None, Storage("cache"))
manager.set_properties({"data-provider": "QuantConnect.Lean.Engine.DataFeeds.DefaultDataProvider", "id": "Local"})
"""
SAVE_CONFIG_JSON = """
from lean.components.config.storage import Storage
storage = Storage("config.json")
storage.set("local-id", storage.get("local-id"))
"""
LIST_SOURCES = """
from lean.components.util.project_manager import ProjectManager
manager = object.__new__(ProjectManager)
print(json.dumps([str(path) for path in manager.get_source_files(Path.cwd())]))
"""


def cli(script: str, folder: Path) -> str:
    command = [sys.executable, "-c", OFFLINE + script]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("name", ["lean.json", "lean.synthetic.json"])
def test_lean_json_saved_by_the_cli_stays_the_same_bytes(name: str, tmp_path: Path) -> None:
    shutil.copy(PROJECT / name, tmp_path / "lean.json")
    cli(SAVE_LEAN_JSON, tmp_path)
    assert (tmp_path / "lean.json").read_bytes() == (PROJECT / name).read_bytes()


def test_config_json_saved_by_the_cli_stays_the_same_bytes(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "config.json", tmp_path)
    cli(SAVE_CONFIG_JSON, tmp_path)
    assert (tmp_path / "config.json").read_bytes() == (PROJECT / "config.json").read_bytes()


def test_files_that_the_cli_compiles_and_pushes_are_ours_and_fit_the_cloud() -> None:
    """No data, no results, no environment; every one below the limit, as UTF-8 text."""
    sources = [Path(text).relative_to(PROJECT) for text in json.loads(cli(LIST_SOURCES, PROJECT))]
    rooms = {path.parts[0] for path in sources if len(path.parts) > 1}
    assert rooms <= {"spreads", "replay", "market", "reports", "bench", "tests"}
    top = {path.name for path in sources if len(path.parts) == 1}
    assert top == {"main.py", "spread_manager.py", "stop_rules.py", "research.ipynb"}
    assert [path for path in sources if len((PROJECT / path).read_text(encoding="utf-8").encode()) > LARGEST_FILE] == []
