"""Tokens found by array operations, and their numbers: the same as of one text and one token after another."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.features import Vocabulary
from quality.token_arrays import Tokens, find_tokens
from quality.tokens import TOKEN

#: Letters, digits and marks of several planes, joiners, separators, kinds of white space, half a pair of surrogates.
SIGNS = "ab1 2.,:-'’‑\n\t_éß\u0301中𝟗𝐀😀\ud800\u200b9()…—\u00a0\x85\x1c٣"
TEXTS = st.lists(st.text(SIGNS, max_size=30) | st.text(max_size=30), max_size=4)


def by_text(found: Tokens) -> list[list[str]]:
    tokens, bounds = found.strings(), found.bounds.tolist()
    return [tokens[start:end] for start, end in pairwise(bounds)]


@given(TEXTS)
def test_tokens_are_those_of_the_pattern(texts: list[str]) -> None:
    assert by_text(find_tokens(texts)) == [TOKEN.findall(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    ["3.5km 5-3.5 12a.5 a1.5 1.5.6 1,5:7", "1.5 2.5  3.5x", "x" * 1000, "1.5" * 500, "a-b--c 'd' e-", "-1.5 1.5-", ""],
)
def test_numbers_and_joined_words_are_those_of_the_pattern(text: str) -> None:
    assert by_text(find_tokens([text, text])) == [TOKEN.findall(text)] * 2


@given(TEXTS)
def test_equal_tokens_and_no_others_have_equal_hashes(texts: list[str]) -> None:
    long = "ab" * 20
    found = find_tokens([*texts, long, f"{long} {long}b {long[1:]}"])
    hashes = found.hashes.tolist()
    assert len(set(hashes)) == len(set(found.strings())) == len(set(zip(hashes, found.strings(), strict=True)))
    assert 0 not in hashes


@given(st.lists(TEXTS, max_size=4))
def test_tokens_are_numbered_as_they_come_however_they_come(batches: list[list[str]]) -> None:
    by_hash, by_word = Vocabulary(), Vocabulary()
    for texts in batches:
        found = find_tokens(texts)
        numbers = by_hash.numbers_of(found).tolist()
        assert numbers == by_word.numbers(found.strings()).tolist()
        assert by_hash.numbers(found.strings()).tolist() == numbers
    everything = np.arange(len(by_hash))
    assert by_hash.words(everything) == by_word.words(everything)


def test_a_vocabulary_grows_with_what_it_is_given() -> None:
    vocabulary = Vocabulary()
    for size in (3, 3000, 20, 50_000):
        found = find_tokens([" ".join(f"w{number}" for number in range(size))])
        assert vocabulary.numbers_of(found).tolist() == list(range(size))
    assert len(vocabulary) == 50_000


def test_hashes_that_want_one_place_get_places_of_their_own() -> None:
    text = "one two three four five six"
    found = find_tokens([text])
    for hashes in (np.arange(1, 7, dtype=np.uint64), np.uint64(2**64 - 1) - np.arange(6, dtype=np.uint64)):
        crowded = Tokens(found.text, found.starts, found.ends, found.bounds, hashes)
        vocabulary = Vocabulary()
        assert vocabulary.numbers_of(crowded).tolist() == list(range(6))
        assert vocabulary.numbers_of(crowded).tolist() == list(range(6))


def test_a_vocabulary_pickles_as_an_empty_one() -> None:
    vocabulary = Vocabulary()
    vocabulary.numbers_of(find_tokens(["some words"]))
    copied = pickle.loads(pickle.dumps(vocabulary))
    assert len(copied) == 0
    assert copied.numbers_of(find_tokens(["other words"])).tolist() == [0, 1]


def met(vocabulary: Vocabulary, *texts: str) -> Vocabulary:
    """The vocabulary after it met the tokens of each text."""
    for text in texts:
        vocabulary.numbers_of(find_tokens([text]))
    return vocabulary


def test_a_renewed_vocabulary_keeps_the_words_that_came_again_and_what_is_known_of_them() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    old = met(Vocabulary(), "the old mill the", "the new mill")
    assert old.ask("length", length, np.arange(len(old)), np.int64).tolist() == [3, 3, 4, 3]
    new = old.renewed(100)
    numbers = new.numbers_of(find_tokens(["the new mill stood"]))
    assert new.words(np.arange(len(new))) == ["the", "mill", "new", "stood"]
    asked.clear()
    assert new.ask("length", length, numbers, np.int64).tolist() == [3, 3, 4, 5]
    assert asked == ["new", "stood"]
    assert new.numbers(["mill", "new"]).tolist() == [1, 2]


def test_the_commonest_words_are_kept_and_have_to_come_again() -> None:
    once = met(Vocabulary(), "a b c", "a b c", "c b", "c").renewed(2)
    assert once.words(np.arange(len(once))) == ["b", "c"]
    again = met(once, "c d").renewed(2)
    assert again.words(np.arange(len(again))) == ["c"]


def test_forms_are_those_of_a_renewed_vocabulary() -> None:
    old = met(Vocabulary(), "x y Mill z", "Mill and mill", "z Mill")
    old.lower(np.arange(len(old)))
    new = old.renewed(100)
    lower = new.lower(new.numbers(["Mill", "z"]))
    assert new.words(lower) == ["mill", "z"]


def test_answers_that_nobody_asks_for_any_more_are_not_kept_for_ever() -> None:
    asked: list[str] = []
    first = met(Vocabulary(), "mill", "mill")
    first.ask("old question", asked.append, np.array([0]), np.object_)
    second = met(first.renewed(9), "mill")
    third = second.renewed(9)
    third.ask("old question", asked.append, np.array([0]), np.object_)
    assert asked == ["mill", "mill"]


def test_a_question_that_was_asked_of_no_word_yet_is_none_to_keep() -> None:
    vocabulary = Vocabulary()
    vocabulary.ask("length", len, np.zeros(0, np.intp), np.int64)
    assert met(vocabulary, "mill", "mill").renewed(9).words(np.array([0])) == ["mill"]
