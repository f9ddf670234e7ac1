"""Pairs of words that were exchanged together, and the words that rewriters prefer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from quality.features.spinning_terms import MOST_SOURCES, Terms
from quality.training.spinning_counts import count, rewriter_rates
from quality.training.spinning_terms import named_pairs, term_arrays

TEXT = ["the artificial intelligence of the machine"] * 200 + ["counterfeit money and plain consciousness"] * 3
TABLE = {
    "artificial": {"counterfeit": (0.5, "thesaurus"), "the": (0.5, "rules")},
    "intelligence": {"consciousness": (0.25, "thesaurus")},
}


def test_named_pairs_leave_out_the_terms_that_are_held_back(tmp_path: Path) -> None:
    path = tmp_path / "tortured.tsv"
    path.write_text("phrase\texpected\nprofound learning\tdeep learning (DL)\nirregular woodland\trandom forest\n")
    found = named_pairs(["Area Unit"], path, but=lambda term: term == "random forest")
    assert set(found) == {("area", "unit"), ("deep", "learning")}
    assert found["deep", "learning"] > found["area", "unit"]


def test_terms_hold_known_pairs_and_what_each_word_may_stand_for() -> None:
    terms = Terms.from_arrays(term_arrays(TABLE, {("artificial", "intelligence"): 8.0}, count_of_rare()))
    number = {word: at for at, word in enumerate(terms.words)}
    key = number["artificial"] * len(terms.words) + number["intelligence"]
    assert key in terms.pairs.tolist()
    first, last = terms.bounds[number["counterfeit"]], terms.bounds[number["counterfeit"] + 1]
    assert terms.sources[first:last].tolist() == [number["artificial"]]
    assert np.diff(terms.bounds).max() <= MOST_SOURCES


def test_rewriters_prefer_what_they_put() -> None:
    arrays = rewriter_rates({"intelligence": Counter(consciousness=1)}, count(TEXT))
    assert arrays["rewritten"].tolist()[0] > 0


def count_of_rare():  # type: ignore[no-untyped-def]
    """Counts in which so many other words are commoner that those of the text may be part of terms."""
    fillers = " ".join(
        f"filler{'abcdefghijklmnopqrstuvwxyz'[n // 26]}{'abcdefghijklmnopqrstuvwxyz'[n % 26]}" for n in range(200)
    )
    return count([*TEXT, *[fillers] * 400])
