"""Counts of whole texts: damped, brought to one length, the same in any batch."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.document import Document
from quality.features import Batch
from quality.features.ngrams import CHANNELS, EXPERTS, NgramModel
from quality.features.whole_texts import DOCUMENT_NAMES, TextModel, count_texts, document_rows, evidence
from quality.model import default_models
from quality.segmentation import segment
from quality.training.data import Text
from quality.training.ngrams import NgramCorpus, blank_model
from quality.training.weights import quantised
from quality.training.whole_texts import learn_texts, text_matrix

WORDS = ("the", "old", "mill", "by", "river", ",", "which", "nobody", "had", "built", ".", "grinds", "no", "more")


def ngrams(size: int = 1 << 16) -> NgramModel:
    """An n-gram model that knows some words, and weighs nothing."""
    blank = np.zeros((len(CHANNELS), len(EXPERTS), size), np.int8)
    scales, intercepts = np.ones(blank.shape[:2]), np.zeros(len(EXPERTS))
    return NgramModel(WORDS, {"mill": 7}, blank, scales, intercepts, blank[0, 0], 1.0, 0.0)


def weights(size: int = 1 << 16) -> TextModel:
    chance = np.random.default_rng(7)
    return TextModel(chance.integers(-127, 128, (2, size)).astype(np.int8), np.array([0.01, 0.02]), -0.25)


def batch(texts: Sequence[str]) -> Batch:
    return Batch.of([segment(Document(text)) for text in texts])


def damped(counts: Sequence[int]) -> list[int]:
    return [round(float(value)) for value in np.log1p(counts) * 1024]


def test_an_ngram_counts_by_the_logarithm_of_how_often_its_text_has_it() -> None:
    words, _ = count_texts(batch(["mill mill mill", "mill"]), ngrams())
    # Three of one word, two of two, one of three; and the one word alone.
    assert sorted(words.damped[: words.bounds[1]].tolist()) == damped([1, 2, 3])
    assert words.damped[words.bounds[1] :].tolist() == damped([1])


def test_no_ngram_goes_over_the_end_of_a_paragraph_and_paragraphs_count_together() -> None:
    words, _ = count_texts(batch(["old mill\n\nold mill"]), ngrams())
    assert sorted(words.damped.tolist()) == damped([2, 2, 2])


def test_a_text_that_says_the_same_again_and_again_is_hardly_surer() -> None:
    once, often = batch(["the old mill by the river"]), batch(["\n\n".join(["the old mill by the river"] * 50)])
    (single,), (many,) = (evidence(one, weights(), ngrams()) for one in (once, often))
    # Added up over the root of their number, the evidence would be seven times as much.
    assert many + 0.25 == pytest.approx(single + 0.25, rel=0.1)


def test_a_text_without_words_has_no_evidence_and_neither_has_an_empty_batch() -> None:
    assert evidence(batch(["", "the mill"]), weights(), ngrams())[0] == 0.0
    assert evidence(batch([]), weights(), ngrams()).shape == (0,)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), min_size=1, max_size=6), st.randoms())
def test_evidence_is_the_same_to_the_last_digit_in_any_batch_and_order(texts: list[str], chance: random.Random) -> None:
    together = evidence(batch(texts), weights(), ngrams())
    order = list(range(len(texts)))
    chance.shuffle(order)
    shuffled = evidence(batch([texts[at] for at in order]), weights(), ngrams())
    assert [together[at] for at in order] == shuffled.tolist()
    assert [evidence(batch([text]), weights(), ngrams())[0] for text in texts] == together.tolist()


def test_paragraphs_that_do_not_count_might_as_well_not_be_there() -> None:
    whole = batch(["the old mill\n\nder alte mill\n\nby the river", "der river"])
    counted = np.array([True, False, True, False])
    found = evidence(whole, weights(), ngrams(), counted)
    assert found.tolist() == evidence(whole.take(counted), weights(), ngrams()).tolist()
    assert found[1] == 0.0


def test_rows_of_training_are_weighed_as_evidence_weighs_texts() -> None:
    texts, model, names = ["the old mill , the mill", "nobody had built the river"], weights(), ngrams()
    matrix = text_matrix([text(words, "human") for words in texts], names)
    assert matrix.shape == (2, 2 * names.table_size)
    assert np.sqrt(matrix.multiply(matrix).sum(axis=1)) == pytest.approx(np.sqrt(2.0))
    coefficients = (model.weights * model.scales[:, None]).ravel()
    assert matrix @ coefficients + model.intercept == pytest.approx(evidence(batch(texts), model, names))


def test_a_language_of_which_nothing_was_learned_has_no_evidence() -> None:
    rows = document_rows(batch(["the old mill"]), default_models(), ngrams(), language="xx", counted=np.array([True]))
    assert rows[DOCUMENT_NAMES[0]].tolist() == [0.0]


def test_what_is_learned_tells_texts_of_a_group_it_has_not_seen() -> None:
    chance = random.Random(3)
    texts = []
    for number in range(80):
        label = ("human", "mt")[number % 2]
        phrases = {"human": ("the mill", "by the river", "nobody had"), "mt": ("mill the", "by river", "had nobody")}
        pairs = phrases[label]
        texts.append(text(" ".join(chance.choice(pairs) for _ in range(120)), label))
    names = blank_model(WORDS, {"mill": 7})
    labels = np.array([one.label == "mt" for one in texts], np.int64)
    corpus = NgramCorpus(tuple(texts), text_matrix(texts, names), labels, WORDS, {"mill": 7})
    folds = np.arange(80) // 2 % 4
    learned = learn_texts(corpus, folds, 4, names, "en")
    assert learned is not None
    for fold, model in enumerate(learned.held_out):
        own = folds == fold
        found = evidence(batch([one.text for one, seen in zip(texts, own, strict=True) if seen]), model, names)
        assert ((found > 0) == (labels[own] == 1)).all()
    assert learn_texts(corpus, folds, 4, names, "de") is None


def test_the_largest_weights_are_kept_where_they_are_not_cut_off() -> None:
    coefficients = np.append(np.random.default_rng(1).normal(0.0, 0.01, 5000), [2.0, -3.0])
    rounded, scale = quantised(coefficients, clipped=False)
    assert np.abs(rounded * scale - coefficients).max() <= scale / 2 + 1e-12
    cut, fine = quantised(coefficients)
    assert np.abs(cut * fine)[-2:] == pytest.approx([np.quantile(np.abs(coefficients), 0.999)] * 2)
    assert np.abs(cut * fine - coefficients)[:4000].mean() < np.abs(rounded * scale - coefficients)[:4000].mean()
    for nothing, _ in (quantised(np.zeros(3)), quantised(np.zeros(3), clipped=False)):
        assert nothing.tolist() == [0, 0, 0]


def text(words: str, label: str) -> Text:
    """A text of a translation task."""
    return Text(words, "en", label, "mt/wmt13.en", "wmt13", "d", year=2013, domain="news")
