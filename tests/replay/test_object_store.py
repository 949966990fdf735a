from __future__ import annotations

from pathlib import Path

import pytest

from replay.errors import ArgumentException, KeyNotFoundException
from replay.object_store import ObjectStore


def test_saved_text_is_read_back_and_survives_a_new_store(tmp_path: Path) -> None:
    assert ObjectStore(tmp_path).save("spreads/state.json", "Stopp für 1 €")
    store = ObjectStore(tmp_path)
    assert store.contains_key("spreads/state.json") and store.Read("spreads/state.json") == "Stopp für 1 €"
    assert store.keys == ["spreads/state.json"]


def test_missing_key_raises_on_read_and_answers_false_on_delete(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)
    with pytest.raises(KeyNotFoundException):
        store.read("none")
    assert store.delete("none") is False


@pytest.mark.parametrize("key", ["", "a?b", "../out"])
def test_key_outside_leans_pattern_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ArgumentException, match="path is not supported"):
        ObjectStore(tmp_path / "store").save(key, "x")
    assert not (tmp_path / "out").exists()


def test_empty_text_blank_in_key_and_bytes_are_stored(tmp_path: Path) -> None:
    store = ObjectStore(tmp_path)
    assert store.save("a b", "") and store.read("a b") == ""
    assert store.save_bytes("raw", b"\x00\xff") and store.read_bytes("raw") == b"\x00\xff"
    store.clear()
    assert store.keys == []
