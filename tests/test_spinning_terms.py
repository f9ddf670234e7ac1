"""Pairs of words that were exchanged together, sentences with one exchanged term, and the words rewriters prefer."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from quality.document import Document
from quality.features import Batch, Span, spinning
from quality.features.spinning_terms import MOST_SOURCES, Pairs, Terms
from quality.segmentation import segment
from quality.training.spinning_counts import Counts, count, rewriter_rates
from quality.training.spinning_sentences import Exchanger
from quality.training.spinning_terms import named_pairs, term_arrays

TEXT = ["the artificial intelligence of the machine"] * 200 + ["counterfeit money and plain consciousness"] * 3
TABLE = {
    "artificial": {"counterfeit": (0.5, "thesaurus"), "the": (0.5, "rules"), "Artificial": (0.1, "thesaurus")},
    "intelligence": {"consciousness": (0.25, "thesaurus"), "mother wit": (0.25, "thesaurus")},
}
NAMED = {("artificial", "intelligence"): 8.0}


class Reader:
    """A language model to which every word is a surprise (log10 probability)."""

    def full_scores(self, text: str, bos: bool, eos: bool) -> list[tuple[float, int, bool]]:
        return [(-5.0, 1, False)] * len(text.split(" "))

    def __contains__(self, word: str) -> bool:
        return True


@pytest.fixture(scope="module")
def terms() -> Terms:
    return Terms.from_arrays(term_arrays(TABLE, NAMED, counted()))


def found(terms: Terms, text: str) -> tuple[Batch, Pairs]:
    batch = Batch.of([segment(Document(text))])
    return batch, terms.found(batch, Reader(), np.ones(len(batch.channel.ids)))  # type: ignore[arg-type]


def findings(terms: Terms, text: str) -> list[tuple[str, str, str | None]]:
    batch, pairs = found(terms, text)
    (spans,) = spinning.evidence_of(batch, None, None, None, pairs=pairs, explain=True).spans
    return [(span.code, text[span.start : span.end], span.suggestion) for span in spans]


def test_named_pairs_leave_out_the_terms_that_are_held_back(tmp_path: Path) -> None:
    path = tmp_path / "tortured.tsv"
    path.write_text("phrase\texpected\nprofound learning\tdeep learning (DL)\nirregular woodland\trandom forest\n")
    found = named_pairs(["Area Unit"], path, but=lambda term: term == "random forest")
    assert set(found) == {("area", "unit"), ("deep", "learning")}
    assert found["deep", "learning"] > found["area", "unit"]


def test_terms_hold_known_pairs_and_what_each_word_may_stand_for(terms: Terms) -> None:
    assert ("artificial", "intelligence") in terms.known
    assert ("counterfeit", "consciousness") not in terms.known
    number = {word: at for at, word in enumerate(terms.words)}
    first, last = terms.bounds[number["counterfeit"]], terms.bounds[number["counterfeit"] + 1]
    assert terms.sources[first:last].tolist() == [number["artificial"]]
    assert np.diff(terms.bounds).max() <= MOST_SOURCES


def test_two_exchanged_words_are_found_and_named_together(terms: Terms) -> None:
    text = "We use Counterfeit consciousness in all of it"
    assert findings(terms, text) == [("S201", "Counterfeit consciousness", "Artificial intelligence")]


def test_a_word_that_was_left_alone_is_no_part_of_the_finding(terms: Terms) -> None:
    assert findings(terms, "the artificial consciousness of it") == [("S201", "consciousness", "intelligence")]


@pytest.mark.parametrize("text", ["artificial intelligence in all of it", "plain consciousness of counterfeit money"])
def test_known_pairs_and_words_apart_are_sound(terms: Terms, text: str) -> None:
    assert findings(terms, text) == []


def test_a_pair_takes_the_place_of_lighter_findings_alone() -> None:
    text = "the counterfeit consciousness of it"
    batch = Batch.of([segment(Document(text))])
    pairs = Pairs(np.array([1]), np.array([3.0]), np.array([3.0]), np.array([1]), ("artificial", "intelligence"))
    for weight, left in ((2.0, ["artificial intelligence"]), (4.0, ["fake"])):
        spans = [[Span("S201", 4, 15, weight, "fake")]]
        spinning._add_pairs(spans, batch, pairs)
        assert [span.suggestion for span in spans[0]] == left


def test_only_the_words_of_known_pairs_are_exchanged() -> None:
    exchanger = Exchanger.of({("artificial", "intelligence")}, TABLE)
    sentence = "Of all the plain money Artificial intelligence needs much."
    (term,) = exchanger.terms(sentence)
    made = {exchanger.spin(sentence, term, random.Random(seed)).text for seed in range(40)}
    assert "Of all the plain money Counterfeit mother wit needs much." in made
    assert all(text.startswith("Of all the plain money ") and text.endswith(" needs much.") for text in made)
    spun = exchanger.spin(sentence, term, random.Random(0))
    assert [edit.original for edit in spun.edits] == ["Artificial intelligence"]
    assert exchanger.terms("The artificial, intelligence. ARTIFICIAL intelligence") == []


def test_rewriters_prefer_what_they_put() -> None:
    arrays = rewriter_rates({"intelligence": Counter(consciousness=1)}, count(TEXT))
    assert arrays["rewritten"].tolist()[0] > 0


def counted() -> Counts:
    """Counts in which so many other words are commoner that those of the text may be part of terms."""
    fillers = " ".join(
        f"filler{'abcdefghijklmnopqrstuvwxyz'[n // 26]}{'abcdefghijklmnopqrstuvwxyz'[n % 26]}" for n in range(200)
    )
    return count([*TEXT, *[fillers] * 400])
