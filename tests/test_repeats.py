from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import quality.repeats
from quality import Document, Scorer
from quality.errors import ModelError
from quality.repeats import Repeats, count_repeats, line_hash
from quality.segmentation import segment

TAIL = "Our paper appears on Fridays; write to the office in Mill Lane."


def corpus(documents: int, every: int) -> Iterator[Document]:
    """Documents of their own lines, each `every`th of which ends in the same tail."""
    rng = random.Random(5)
    for number in range(documents):
        lines = [f"The {rng.getrandbits(60):x} of the {rng.getrandbits(60):x} was in the news." for _ in range(3)]
        yield Document("\n".join([*lines, TAIL] if number % every == 0 else lines))


def test_a_line_of_many_documents_is_found_and_no_other() -> None:
    table = count_repeats(corpus(1000, 20))
    assert (table.documents, table.missed, table.counts.tolist()) == (1000, 0, [50])
    assert table.hashes.tolist() == [line_hash(TAIL)]
    assert table.shown == (TAIL[:60].strip(),)
    assert len(count_repeats(corpus(1000, 20), min_documents=51).hashes) == 0


def test_a_document_counts_once_however_often_it_says_a_line() -> None:
    document = Document("\n".join(["Read our newsletter."] * 60))
    assert len(count_repeats([document] * 3, min_documents=4).hashes) == 0
    assert count_repeats([document] * 3, min_documents=3).counts.tolist() == [3]


def test_case_spaces_and_numbers_do_not_count_but_letters_do() -> None:
    assert line_hash("12 Comments") == line_hash("3  comments") != line_hash("comments")
    assert line_hash("12.03.2024 | 5") is None
    assert line_hash("\ud800 x") is not None


def test_memory_is_bounded_and_counts_then_fall_short_but_are_never_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality.repeats, "_BUFFER", 300)
    monkeypatch.setattr(quality.repeats, "_KEPT", 500)
    table = count_repeats(corpus(4000, 10), min_documents=50)
    tail = table.hashes.tolist().index(line_hash(TAIL))
    assert 0 < table.missed < 100
    assert 400 - table.missed <= table.counts[tail] <= 400


def test_a_tail_of_one_percent_is_found_in_little_memory() -> None:
    tracemalloc.start()
    table = count_repeats(corpus(10_000, 100))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table.counts.tolist() == [100]
    assert peak < 50e6


def test_the_order_of_documents_does_not_matter() -> None:
    documents = list(corpus(300, 5))
    assert count_repeats(documents).to_text() == count_repeats(documents[::-1]).to_text()


def test_a_table_survives_its_file(tmp_path: Path) -> None:
    texts = [f"{TAIL}\nA line\twith a tab \u2028 and \ud800 more.\nNumber {n}" for n in range(3)]
    table = count_repeats(map(Document, texts), min_documents=2)
    path = tmp_path / "repeats.tsv"
    path.write_text(table.to_text(), encoding="utf-8")
    again = Repeats.load(path)
    assert again.to_text() == table.to_text()
    assert again.signature == table.signature
    np.testing.assert_array_equal(again.counts, table.counts)


def test_an_empty_table_survives_too(tmp_path: Path) -> None:
    path = tmp_path / "repeats.tsv"
    path.write_text(count_repeats([]).to_text(), encoding="utf-8")
    assert Repeats.load(path).documents_with(segment(Document("One.\nTwo."))).tolist() == [0, 0]


@pytest.mark.parametrize("change", ["missing", "other", "count", "cut", "not a number"])
def test_what_is_no_table_is_refused_with_the_remedy(change: str, tmp_path: Path) -> None:
    path = tmp_path / "repeats.tsv"
    text = count_repeats(corpus(100, 2)).to_text()
    if change != "missing":
        changed = {
            "other": "hash,documents\n",
            "count": text.replace("\t50\t", "\t51\t"),
            "cut": text.split("\n", 1)[0],
            "not a number": text.replace("\t50\t", "\tfifty\t"),
        }[change]
        assert changed != text
        path.write_text(changed, encoding="utf-8")
    with pytest.raises(ModelError, match=f"{path}: .*quality repeats") as error:
        Repeats.load(path)
    assert "\n" not in str(error.value)


def test_a_listed_line_is_furniture_and_the_signature_names_the_table() -> None:
    article = "The council met on Tuesday evening to talk about the bridge, which has been closed since March."
    text = "\n".join([article, f"{article} Nobody knew why.", TAIL])
    table = count_repeats(corpus(1000, 20))
    scorer = Scorer(repeats=table)
    without, with_table = Scorer().score(text), scorer.score(text)
    assert "boilerplate" not in without.paragraphs[2].kinds
    assert with_table.signature == f"{without.signature} | repeats {table.signature}"
    assert with_table.paragraphs[:2] == without.paragraphs[:2]
    listed = with_table.paragraphs[2]
    assert (listed.scores["boilerplate"], listed.kinds) == (1.0, ("boilerplate",))
    finding = next(finding for finding in listed.findings if finding.code == "B316")
    assert (finding.text, finding.message) == (TAIL, "stands in 50 documents of the corpus")
