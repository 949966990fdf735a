"""Any text in any parameter: an error that names the field, or settings that every part of the book can be made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.assembly import book_guards, book_settings, exit_settings
from spreads.errors import BadSetting
from spreads.settings import DEFAULTS, as_texts, read_settings

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "1e9", "nan", "inf", "1.5", "100", "on", "off", "10:00", "10:00,11:00", "25:00", "2024-11-18",
         "SPX", "50 after 20", "1 at 15:30", "touch", "10:20, 30:0", "1_000", "0x10", "١", "1" * 400, "1e999999"]
    ),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(sorted(DEFAULTS.values())),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(DEFAULTS)), TEXTS, max_size=4))
def test_any_parameter_text_names_its_field_or_makes_a_book(values: dict[str, str]) -> None:
    try:
        read = read_settings(values)
    except BadSetting as refused:
        assert refused.field and "allowed is" in str(refused)
        return
    book_settings(read)
    exit_settings(read)
    book_guards(read)
    assert as_texts(read)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=20), TEXTS)
def test_any_other_name_is_ignored_or_named(name: str, text: str) -> None:
    try:
        read_settings({name: text})
    except BadSetting as refused:
        assert refused.field


@pytest.mark.parametrize("name, text", [("exit-holding-minutes", "1440000000000.0"), ("exit-days-to-expiry", "999999")])
def test_span_that_no_date_can_be_moved_by_is_refused(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match="allowed is"):
        read_settings({name: text})
