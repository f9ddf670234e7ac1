"""What the fuzzer found (tests/fuzzed/, by benchmarks/fuzz.py) goes well for ever after."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from bad_input import RECORDS, TEXT, WARC, tarred, zipped
from fuzzed import NAMES, attempt
from hypothesis import given, settings
from hypothesis import strategies as st

CASES = sorted((Path(__file__).parent / "fuzzed").glob("*"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_once_broke_reading_or_scoring_is_an_error_or_a_report(case: Path) -> None:
    attempt(case.read_bytes())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(NAMES) - 1), st.text(max_size=400))
def test_any_text_under_any_name_is_an_error_or_a_report(name: int, text: str) -> None:
    attempt(bytes([name]) + text.encode("utf-8", "surrogatepass"))


SOUND = {
    "a.txt.gz": gzip.compress(TEXT[:2000]),
    "a.jsonl.gz": gzip.compress(RECORDS[:2000]),
    "a.jsonl": RECORDS[:300],
    "a.csv": b'id,text\n1,"Some, words"\n2,More words\n',
    "a.zip": zipped(("a.txt", TEXT[:2000]), ("b.jsonl", RECORDS[:300])),
    "a.tar": tarred(("a.txt", TEXT[:300]), ("b.jsonl", RECORDS[:300])),
    "a.warc": WARC % (b"5", b"words\r\n\r\n") * 2,
}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SOUND)), st.data())
def test_a_sound_file_with_some_bytes_changed_is_an_error_or_a_report(name: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes([NAMES.index(name)]) + content[: data.draw(st.integers(1, len(content)))])
