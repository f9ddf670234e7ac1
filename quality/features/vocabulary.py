"""Words with numbers, and what has been found out about each: a question is asked once a word, not once a place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.token_arrays import Tokens, distinct

__all__ = ["Vocabulary"]


class Vocabulary:
    """Numbers words in the order in which they come; safe to share between threads.

    Answers depend on the word alone, so that it makes no difference what a vocabulary has seen before. It only
    grows: who keeps one takes a renewed one when it has grown large. It pickles as an empty one.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        #: The words by number, with room for more. An array hands out many of them five times as fast as a list.
        self._words = np.empty(0, np.object_)
        #: In how many batches of tokens each was, and the vocabulary before this one.
        self._met = np.empty(0, np.int32)
        self._tokens = _ByHash()
        self._answers: dict[Hashable, _Answers] = {}
        self._forms: dict[Hashable, _Answers] = {}
        self._asked: set[Hashable] = set()
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[type[Vocabulary], tuple[()]]:
        return Vocabulary, ()

    def __len__(self) -> int:
        return len(self._numbers)

    def words(self, numbers: NDArray[np.intp]) -> list[str]:
        """The words that have these numbers.

        >>> vocabulary = Vocabulary()
        >>> vocabulary.words(vocabulary.numbers(["mill", "old", "mill"]))
        ['mill', 'old', 'mill']
        """
        words: list[str] = self._words.take(numbers).tolist()
        return words

    def number(self, word: str) -> int:
        """The number of a word."""
        return int(self.numbers([word])[0])

    def numbers(self, words: Sequence[str]) -> NDArray[np.intp]:
        """The numbers of many words, shape (words,).

        >>> Vocabulary().numbers(["the", "old", "mill", "the"]).tolist()
        [0, 1, 2, 0]
        """
        with self._lock:
            known = self._numbers
            new = list(dict.fromkeys([word for word in words if word not in known]))
            size = len(known) + len(new)
            if size > len(self._words):
                room = size * 5 // 4 + 1
                self._words, self._met = _longer(self._words, room), _longer(self._met, room)
            self._words[len(known) : size] = new
            known.update(zip(new, count(len(known))))
            return np.fromiter(map(known.__getitem__, words), np.intp, len(words))

    def numbers_of(self, tokens: Tokens) -> NDArray[np.intp]:
        """The same of the tokens of texts, of which only new ones become strings.

        >>> from quality.token_arrays import find_tokens
        >>> Vocabulary().numbers_of(find_tokens(["the old mill,", "the mill"])).tolist()
        [0, 1, 2, 3, 0, 2]
        """
        with self._lock:
            places = self._tokens.places(tokens.hashes)
            new = np.flatnonzero(self._tokens.numbers.take(places) < 0)
            firsts = new[np.sort(np.unique(places[new], return_index=True)[1])]
            self._tokens.numbers[places[firsts]] = self.numbers(tokens.strings(firsts))
            numbers = self._tokens.numbers.take(places).astype(np.intp)
            self._met[numbers] += 1  # once, however often a number is there
            return numbers

    def renewed(self, most: int) -> Vocabulary:
        """A vocabulary of words that tokens of several batches were, at most so many, with what is known of them.

        >>> from quality.token_arrays import find_tokens
        >>> vocabulary = Vocabulary()
        >>> [vocabulary.numbers_of(find_tokens([text])).tolist() for text in ("the old mill", "the new mill")]
        [[0, 1, 2], [0, 3, 2]]
        >>> vocabulary.renewed(3).numbers_of(find_tokens(["a new mill"])).tolist()
        [2, 3, 1]
        """
        new = Vocabulary()
        with self._lock:
            met = self._met[: len(self)]
            kept = np.flatnonzero(met > 1)
            kept = np.sort(kept[np.argsort(-met[kept], kind="stable")[:most]])
            own = new.numbers(self.words(kept))
            new._met[own] = 1
            renumbered = np.full(len(self), -1, np.int32)
            renumbered[kept] = own
            new._tokens.add(*self._tokens.renumbered(renumbered))
            # What was not asked for since the last time belongs to what is no longer there.
            for key in self._asked & self._answers.keys():
                answers, known = self._answers[key]
                some = kept[: np.searchsorted(kept, len(known))]
                new._answers[key] = answers.take(some), known.take(some)
        return new

    def lower(self, numbers: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers of numbered words in lower case.

        >>> vocabulary = Vocabulary()
        >>> vocabulary.lower(vocabulary.numbers(["The", "mill", "the"])).tolist()
        [2, 1, 2]
        """
        return self.forms(str.lower, str.islower, numbers)

    def forms(
        self, form: Callable[[str], str | None], is_own: Callable[[str], bool], numbers: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """The number of the form of each numbered word, shape (numbers,); -1 for words that have none.

        `is_own` tells of some words, better of many, that they are their own form, and sooner than `form` would.
        """

        def find(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
            found, words = numbers.copy(), self.words(numbers)
            others = np.flatnonzero(~np.fromiter(map(is_own, words), np.bool_, len(words)))
            made = [form(words[at]) for at in others.tolist()]
            found[others] = -1
            some = np.array([one is not None for one in made], np.bool_)
            found[others[some]] = self.numbers([one for one in made if one is not None])
            return found

        return self._ask(self._forms, form, find, numbers, np.intp)

    def ask(
        self, key: Hashable, about: Callable[[str], object], numbers: NDArray[np.intp], dtype: type[Any]
    ) -> NDArray[Any]:
        """What `about` says of each numbered word, shape (numbers,). The same `key` stands for the same function."""
        return self.ask_all(key, partial(map, about), numbers, dtype)

    def ask_all(
        self, key: Hashable, about: Callable[[list[str]], Iterable[object]], numbers: NDArray[np.intp], dtype: type[Any]
    ) -> NDArray[Any]:
        """The same of an `about` that is asked of all new words at once; quickest if it answers with an array."""
        with self._lock:
            self._asked.add(key)
            return self._ask(self._answers, key, lambda missing: about(self.words(missing)), numbers, dtype)

    def _ask(
        self,
        kept: dict[Hashable, _Answers],
        key: Hashable,
        about: Callable[[NDArray[np.intp]], Iterable[object]],
        numbers: NDArray[np.intp],
        dtype: type[Any],
    ) -> NDArray[Any]:
        """The same of an `about` that takes numbers; where the answers are kept."""
        with self._lock:
            answers, known = kept.get(key, (np.zeros(0, dtype), np.zeros(0, np.bool_)))
            if len(known) < len(self):
                room = len(self) * 5 // 4 + 1  # there are dozens of these
                answers, known = _longer(answers, room), _longer(known, room)
                kept[key] = answers, known
            asked_before = known.take(numbers)
            if not asked_before.all():
                new = np.zeros(len(self), np.bool_)
                new[numbers[~asked_before]] = True
                missing = np.flatnonzero(new)
                found = about(missing)
                answers[missing] = found if isinstance(found, np.ndarray) else np.fromiter(found, dtype, len(missing))
                known[missing] = True
            result: NDArray[Any] = answers.take(numbers)
            return result


#: What was answered about each word, and whether it was asked for.
_Answers = tuple[NDArray[Any], NDArray[np.bool_]]


class _ByHash:
    """Numbers by hash: a table that stays half empty, where a hash that finds its place taken goes to the next."""

    def __init__(self) -> None:
        self.numbers = np.full(1 << 10, -1, np.int32)
        self._hashes = np.zeros(1 << 10, np.uint64)
        self._filled = 0

    def places(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """The place of each hash in `numbers`, which has -1 there for a new one. No hash is 0."""
        places = self._find(hashes)
        new = np.flatnonzero(self._hashes.take(places) == 0)
        if len(new):
            added = distinct(hashes[new])
            self._filled += len(added)
            if 2 * self._filled > len(self._hashes):
                self._grow()
                new = np.arange(len(hashes))
            self._insert(added)
            places[new] = self._find(hashes[new])
        return places

    def renumbered(self, numbers: NDArray[np.int32]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """The hashes and new numbers of those that have one; `numbers` has shape (old numbers,), -1 for none."""
        some = np.flatnonzero(self._hashes)
        new = np.where(self.numbers[some] < 0, -1, numbers[self.numbers[some]])
        return self._hashes[some][new >= 0], new[new >= 0]

    def add(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int32]) -> None:
        """Give hashes their numbers."""
        places = self.places(hashes)
        self.numbers[places] = numbers

    def _find(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Where each hash is, or would be: that place is free."""
        places = self._first_places(hashes)
        there = self._hashes.take(places)
        away = np.flatnonzero((there != hashes) & (there != 0))
        while len(away):
            places[away] = self._next(places[away])
            there = self._hashes.take(places[away])
            away = away[(there != hashes[away]) & (there != 0)]
        return places

    def _insert(self, hashes: NDArray[np.uint64]) -> None:
        """Give a place to hashes that have none, all different."""
        places = self._first_places(hashes)
        while len(hashes):
            free = self._hashes.take(places) == 0
            self._hashes[places[free]] = hashes[free]  # of several one gets the place, and the others go on
            away = self._hashes.take(places) != hashes
            hashes, places = hashes[away], self._next(places[away])

    def _next(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        return (places + 1) & (len(self._hashes) - 1)

    def _first_places(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        return (hashes >> np.uint64(65 - len(self._hashes).bit_length())).astype(np.intp)

    def _grow(self) -> None:
        """Make room for twice as many as there are, or more."""
        some = np.flatnonzero(self._hashes)
        hashes, numbers = self._hashes[some], self.numbers[some]
        size = 1 << (2 * self._filled).bit_length()
        self.numbers, self._hashes = np.full(size, -1, np.int32), np.zeros(size, np.uint64)
        self._insert(hashes)
        self.numbers[self._find(hashes)] = numbers


def _longer(values: NDArray[Any], size: int) -> NDArray[Any]:
    longer = np.zeros(size, values.dtype)
    longer[: len(values)] = values
    return longer
