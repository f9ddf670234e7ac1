from __future__ import annotations

import json
import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import Run

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


def test_the_command_writes_a_table_that_score_and_check_use(quality: Run, tmp_path: Path) -> None:
    for number, document in enumerate(corpus(8, 2)):
        (tmp_path / f"{number}.txt").write_text(document.text, encoding="utf-8")
    done = quality("repeats", "--min-documents", "4", "--output", "repeats.tsv", ".")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"quality: 1 line in at least 4 of 8 documents\n"
    signature = Repeats.load(tmp_path / "repeats.tsv").signature
    scored = quality("score", "--format", "jsonl", "--repeats", "repeats.tsv", "2.txt")
    report = json.loads(scored.stdout)
    assert report["signature"].endswith(f" | repeats {signature}")
    assert report["paragraphs"][3]["scores"]["boilerplate"] == 1.0
    checked = quality("check", "--repeats", "repeats.tsv", "--fail-on", "boilerplate", "2.txt")
    assert checked.returncode == 1
    assert b"2.txt:4:1: B316 stands in 4 documents of the corpus\n" in checked.stdout


def test_the_command_counts_what_it_can_read_and_says_what_not(quality: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "One line."}\n{"text": "One line."}\nno record\n', encoding="utf-8")
    done = quality("repeats", "--min-documents", "2", "--output", "-", "a.jsonl")
    assert done.returncode == 3
    head, row = done.stdout.decode().splitlines()
    assert head.startswith("# quality-repeats/1 documents=2 min_documents=2 missed=0 lines=1 sha256=")
    assert row.split("\t")[1:] == ["2", "One line."]
    assert b"a.jsonl:3: " in done.stderr


def test_a_table_that_was_changed_stops_scoring(quality: Run, tmp_path: Path) -> None:
    (tmp_path / "repeats.tsv").write_text("something else\n", encoding="utf-8")
    done = quality("score", "--repeats", "repeats.tsv", "-", stdin=b"Fine words.")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"quality: repeats.tsv: not a table of repeats; write one with `quality repeats`\n"
