"""Words that do not fit their company."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.document import Document
from quality.features import Batch, WordTable, spinning
from quality.features.fluency import Reading, language_model, read
from quality.features.spinning_words import CELLS, RATE_STEP, SELDOM, Words, cells, word_hashes
from quality.model import bundled_models
from quality.segmentation import segment


class Reader:
    """A language model that knows three words and likes "the" before each of them."""

    KNOWN: ClassVar = {"the": -1.0, "house": -4.0, "domicile": -6.2}

    def full_scores(self, text: str, bos: bool, eos: bool) -> list[tuple[float, int, bool]]:
        words = text.split(" ") if text else []
        scores = []
        for at, word in enumerate(words):
            fits = word == "house" and at > 0 and words[at - 1] == "the"
            scores.append((self.KNOWN.get(word, -7.0) + 2.0 * fits, 2 if fits else 1, word not in self.KNOWN))
        return scores

    def NullContextWrite(self, state: object) -> None: ...

    def BaseScore(self, before: object, word: str, after: object) -> float:
        return self.KNOWN[word]

    def __contains__(self, word: str) -> bool:
        return word in self.KNOWN


def batch(*texts: str) -> Batch:
    return Batch.of([segment(Document(text)) for text in texts])


def words(**puts: float) -> Words:
    """A model that weighs nothing but how often spinners put a word: one nat a class."""
    names = sorted(puts, key=lambda name: int(word_hashes([name])[0]))
    weights = np.zeros(CELLS + 1, np.float32)
    first = 10 * 10 * 3 + 5 * 5 * 5  # where the pairs of (put, rate) start
    for put in range(12):
        weights[first + 10 * put : first + 10 * put + 10] = float(put) - 6.0
    return Words(word_hashes(names), np.array([puts[name] / RATE_STEP for name in names], np.int8), weights)


def test_words_that_spinners_put_weigh_more_than_others() -> None:
    model = words(domicile=2.5)
    evidence = model.evidence(batch("the house, the domicile"), Reader())
    assert evidence.tolist() == [-3.0, -3.0, 0.0, -3.0, 4.0]


def test_marks_and_numbers_are_not_judged() -> None:
    assert words(a=1.0).evidence(batch("12 . 3.5 !"), Reader()).tolist() == [0.0] * 4


def test_words_are_looked_up_in_lower_case() -> None:
    model = words(domicile=1.0)
    assert model.puts(batch("Domicile domicile house")).tolist() == [1.0, 1.0, SELDOM]


def test_a_word_that_fits_is_in_another_class_than_one_that_does_not() -> None:
    table = WordTable.of([("the", "house"), ("house", "the")])
    reading = Reading(*np.array([(-1.0, 1, 0), (-2.0, 2, 0), (-4.0, 1, 0), (-1.0, 1, 0)], np.float64).T)
    rates, puts = np.array([-1.0, -4.0]), np.array([SELDOM, SELDOM])
    chosen, found = cells(table, reading, rates, puts)
    assert chosen.tolist() == [0, 1, 2, 3]
    fitting, alone = found[1], found[2]
    assert fitting[0] != alone[0]
    assert fitting[4] == alone[4]


def test_every_word_is_read_as_the_language_model_reads_it() -> None:
    model = language_model(bundled_models(), "en")
    assert model is not None
    measured = batch("The zzqx mill stood, 3.50 m high.\nThe\n…\nThe mill of Zzqx.", "The mill stood.")
    reading = read(measured, model)
    told = [tuple(scores) for text in measured.channel.texts() for scores in model.full_scores(text, True, False)]
    found = zip(reading.log_probability.tolist(), reading.order.tolist(), reading.unknown.tolist(), strict=True)
    assert list(found) == told
    assert sum(reading.unknown) == 2


@pytest.mark.parametrize("text", ["", "house", "…", "the\n\nhouse", "x" * 3000, "İı ß \u0301"])
def test_odd_texts_are_judged(text: str) -> None:
    measured = batch(text)
    assert len(words(house=1.0).evidence(measured, Reader())) == len(measured.channel.ids)


LINES = st.lists(st.sampled_from(["the house", "domicile", "the, the", "The domicile the house zzz"]), max_size=5)


@settings(max_examples=30, deadline=None)
@given(LINES, LINES, LINES)
def test_a_word_is_judged_by_its_paragraph_alone(before: list[str], lines: list[str], after: list[str]) -> None:
    model = words(domicile=1.5, house=-1.0)
    alone = model.evidence(batch("\n".join(lines)), Reader()).tolist()
    among = model.evidence(batch("\n".join(before), "\n".join(lines), "\n".join(after)), Reader()).tolist()
    start = len(batch("\n".join(before)).channel.ids)
    assert among[start : start + len(alone)] == alone


def test_a_word_that_reads_odd_again_and_again_proves_less() -> None:
    """Who writes of domiciles means domiciles."""
    texts = "the house, the domicile of the house", "the domicile, the domicile of the domicile"
    once, thrice = (_strongest(text) for text in texts)
    assert 0.0 < thrice < once


def _strongest(text: str) -> float:
    measured = batch(text)
    misfit = words(domicile=2.5).evidence(measured, Reader())
    evidence = spinning.evidence_of(measured, None, None, misfit, explain=False)
    return float(evidence.column("misfit_strongest")[0])


def test_two_misfits_side_by_side_are_a_pair() -> None:
    measured = batch("the domicile domicile the house", "the domicile the house domicile")
    misfit = np.where(measured.channel.ids == measured.channel.words.index("domicile"), 3.0, -1.0)
    evidence = spinning.evidence_of(measured, None, None, misfit, explain=False)
    together, apart = evidence.column("misfit_pair")
    assert apart == 0.0
    # The same word twice counts once.
    assert together == 0.0
    misfit = np.where(measured.channel.rows == 0, 3.0, -1.0)
    together, _ = spinning.evidence_of(measured, None, None, misfit, explain=False).column("misfit_pair")
    assert together > 2.5
