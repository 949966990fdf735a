"""The files a user and LEAN's command line read: settings, pinned packages, commands of the README."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from spreads.settings import DEFAULTS

PROJECT = Path(__file__).resolve().parent.parent
LEAN_FILES = ("lean.json", "lean.synthetic.json")


def refuse(text: str) -> None:
    pytest.fail(f"{text} is not JSON")


def read(name: str) -> Any:
    return json.loads((PROJECT / name).read_text(encoding="utf-8"), parse_constant=refuse)


# --- lean.json, config.json


@pytest.mark.parametrize("name", LEAN_FILES)
def test_lean_json_written_as_the_cli_writes_it_stays_the_same_bytes(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    as_cli_would = read(name) | {
        "data-provider": "QuantConnect.Lean.Engine.DataFeeds.DefaultDataProvider",
        "id": "Local",
    }
    assert text == json.dumps(as_cli_would, indent=4)


@pytest.mark.parametrize("name", LEAN_FILES)
def test_lean_json_never_asks_for_the_daily_database_download(name: str) -> None:
    assert read(name)["file-database-last-update"] == "12/31/2099"


@pytest.mark.parametrize("name", LEAN_FILES)
def test_lean_json_holds_no_secret_and_no_organization(name: str) -> None:
    settings = read(name)
    allowed = re.compile(r"(QuantConnect\.[\w.]+|DataChannelProvider|Local|12/31/2099|data|synthetic-data|)")
    assert {key: value for key, value in settings.items() if not allowed.fullmatch(value)} == {}
    assert settings["organization-id"] == ""
    secret = re.compile(r"token|password|secret|user|account|api-key|cash|holdings|job-organization")
    assert [key for key in settings if secret.search(key)] == []


def test_synthetic_lean_json_differs_in_the_data_folder_alone() -> None:
    real, synthetic = read("lean.json"), read("lean.synthetic.json")
    assert list(real) == list(synthetic)
    assert {key for key in real if real[key] != synthetic[key]} == {"data-folder"}
    assert (real["data-folder"], synthetic["data-folder"]) == ("data", "synthetic-data")


def test_config_json_written_as_the_cli_writes_it_stays_the_same_bytes() -> None:
    text = (PROJECT / "config.json").read_text(encoding="utf-8")
    assert text == json.dumps(read("config.json"), indent=4) + "\n"


def test_config_json_is_that_of_a_python_project_with_a_fixed_local_id() -> None:
    config = read("config.json")
    assert set(config) == {"algorithm-language", "parameters", "description", "local-id"}
    assert config["algorithm-language"] == "Python"
    assert config["local-id"] == 117314613


def test_config_json_parameters_are_texts() -> None:
    parameters = read("config.json")["parameters"]
    assert {key: value for key, value in parameters.items() if not isinstance(value, str)} == {}


def test_config_json_parameters_equal_the_defaults_in_code() -> None:
    parameters = read("config.json")["parameters"]
    wanted = json.dumps(DEFAULTS, indent=4).replace("\n", "\n    ")
    assert list(parameters.items()) == list(DEFAULTS.items()), (
        f'config.json differs from spreads/settings.py; its "parameters" must read:\n{wanted}'
    )


# --- pinned packages


def pins(name: str) -> dict[str, str]:
    """Package name to version of a requirements file, those it includes too."""
    found: dict[str, str] = {}
    for line in (PROJECT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= pins(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            pinned = re.fullmatch(r"([\w.-]+)==([\w.]+)( ; .+)?", line)
            assert pinned, f"{name}: {line!r} is not pinned; write name==version"
            found[canonicalize_name(pinned[1])] = pinned[2]
    return found


@pytest.mark.parametrize("name", ["requirements-run.txt", "requirements-dev.txt"])
def test_every_package_that_a_pinned_one_needs_is_pinned_too(name: str) -> None:
    pinned = pins(name)
    missing = []
    for package in pinned:
        try:
            needs = importlib.metadata.requires(package) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        for text in needs:
            need = Requirement(text)
            applies = need.marker is None or need.marker.evaluate({"extra": ""})
            if applies and canonicalize_name(need.name) not in pinned:
                missing.append(f"{package} needs {text}")
    assert missing == []


def test_every_direct_dependency_has_its_reason_and_its_pin() -> None:
    page = (PROJECT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    run, dev = page.split("## To test")
    listed = re.compile(r"^\| `([\w.-]+)` \| \S.{8,} \|$", re.MULTILINE)
    assert {canonicalize_name(name) for name in listed.findall(run)} <= pins("requirements-run.txt").keys()
    named_dev = {canonicalize_name(name) for name in listed.findall(dev)}
    assert {"lean", "quantconnect-stubs", "pytest"} <= named_dev <= pins("requirements-dev.txt").keys()


def test_dev_set_includes_the_run_set() -> None:
    assert pins("requirements-run.txt").items() <= pins("requirements-dev.txt").items()


# --- the commands


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^ *|`)make ([a-z]+)", readme, re.MULTILINE))
    assert {"test"} <= named <= targets


def test_every_make_target_is_written_once_and_is_no_file() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert len(targets) == len(set(targets))
    [phony] = re.findall(r"^\.PHONY: (.*) FORCE$", makefile, re.MULTILINE)
    assert phony.split() == targets


def test_ci_runs_the_check_and_the_tests_of_the_readme() -> None:
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make (\w+)", script, re.MULTILINE) == ["check", "test"]


def test_make_without_target_lists_every_target() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("needs make")
    listed = subprocess.run([make], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE):
        assert re.search(rf"^  {target} +\S", listed, re.MULTILINE)


def test_links_of_the_pages_lead_somewhere() -> None:
    broken = []
    for page in [*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in link and not (page.parent / link).exists():
                broken.append(f"{page.name}: {link}")
    assert broken == []
