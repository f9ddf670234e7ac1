"""The company that words keep, and a document's habits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.document import Document
from quality.features import Batch
from quality.features.spinning_company import DIMENSIONS, Company
from quality.features.spinning_habits import habits
from quality.features.spinning_words import word_hashes
from quality.segmentation import segment
from quality.training.spinning_company import company_arrays
from quality.training.spinning_counts import count

#: Two subjects that are never met together, and a word of each that is met seldom.
SUBJECTS = (("sea", "ship", "sail", "harbour", "wave", "mast"), ("oven", "flour", "bread", "dough", "salt", "yeast"))


def batch(*texts: str) -> Batch:
    return Batch.of([segment(Document(text)) for text in texts])


def company() -> Company:
    """Vectors by hand: the words of one subject point one way."""
    words = sorted((word for subject in SUBJECTS for word in subject), key=lambda word: int(word_hashes([word])[0]))
    vectors = np.zeros((len(words), DIMENSIONS), np.int8)
    for number, word in enumerate(words):
        vectors[number, 0 if word in SUBJECTS[0] else 1] = 100
        vectors[number, 2 + number] = 20
    return Company(word_hashes(words), vectors)


def test_a_word_among_strangers_keeps_no_company() -> None:
    around = company().kept(batch("the ship and the sail, the bread and the mast of the wave")).around
    known = around[~np.isnan(around)]
    assert len(known) == 5
    assert known.argmin() == 2
    assert np.delete(known, 2).min() > 0.5 > known[2]


def test_words_without_a_vector_are_not_measured() -> None:
    kept = company().kept(batch("of the 12 … zzz"))
    assert np.isnan(kept.around).all()
    assert np.isnan(kept.beside).all()


def test_a_word_alone_has_no_company() -> None:
    assert np.isnan(company().kept(batch("the ship\nthe sail")).around).all()


def test_a_repeated_word_is_no_company_to_itself() -> None:
    kept = company().kept(batch("bread, bread and bread"))
    assert np.isnan(kept.around).all()
    assert np.isnan(kept.beside).all()


def test_what_stands_beside_a_word_is_the_nearer_friend() -> None:
    kept = company().kept(batch("ship bread dough"))
    beside = kept.beside[~np.isnan(kept.beside)]
    assert beside[0] < 0.1
    assert beside[1] == beside[2] > 0.9


def test_an_original_of_the_right_subject_would_keep_the_company() -> None:
    measured = batch("the ship, the odd thing and the mast")
    at = measured.channel.words.index("odd")
    place = int(np.flatnonzero(measured.channel.ids == at)[0])
    sail, bread, unknown = company().would_keep(measured.channel, place, 2, ["sail", "bread", "zzz"])
    assert sail > 0.9
    assert bread < 0.1
    assert unknown == 0.0


LINES = st.lists(st.sampled_from(["ship sail bread", "the mast, the mast", "", "Oven zzz salt sea", "12"]), max_size=6)


@settings(max_examples=40, deadline=None)
@given(LINES, LINES, LINES)
def test_company_is_measured_within_the_paragraph(before: list[str], lines: list[str], after: list[str]) -> None:
    words = company()
    alone = words.kept(batch("\n".join(lines))).around
    among = words.kept(batch("\n".join(before), "\n".join(lines), "\n".join(after))).around
    start = len(batch("\n".join(before)).channel.ids)
    np.testing.assert_array_equal(among[start : start + len(alone)], alone)


def test_learned_vectors_tell_subjects_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(0)
    texts = [" ".join(chance.permutation(SUBJECTS[number % 2])) for number in range(200)]
    monkeypatch.setattr("quality.training.spinning_company._COMMONEST", 0)
    monkeypatch.setattr("quality.training.spinning_company.DIMENSIONS", 4)
    learned = Company.from_arrays(company_arrays(count(texts), seed=0))
    assert len(learned.keys) == 12
    around = learned.kept(batch("ship sail mast bread wave sea")).around
    assert around.argmin() == 3
    assert around[0] > 0.8


def test_vectors_are_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quality.training.spinning_company._COMMONEST", 0)
    monkeypatch.setattr("quality.training.spinning_company.DIMENSIONS", 4)
    counts = count(" ".join(SUBJECTS[number % 2]) for number in range(60))
    first, second = (company_arrays(counts, seed=7)["company"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_many_strong_members_make_the_next_one_likelier() -> None:
    weights = np.array([3.0] * 6 + [-3.0] * 6)
    groups = np.repeat([0, 1], 6)
    strong, weak, none = habits(weights, groups, 3, spun=2.0, sound=2.0)
    assert strong > 1.0
    assert weak < -1.0
    assert none == 0.0


def test_a_habit_is_a_matter_of_its_own_group() -> None:
    weights, groups = np.array([2.0, -1.0, 0.5]), np.array([0, 0, 1])
    together = habits(weights, groups, 2, spun=1.0, sound=3.0)
    alone = habits(weights[:2], groups[:2], 1, spun=1.0, sound=3.0)
    assert together[0] == alone[0]
