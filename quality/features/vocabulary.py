"""Words with numbers, and what has been found out about each: a question is asked once a word, not once a place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Vocabulary"]


class Vocabulary:
    """Numbers words in the order in which they come; safe to share between threads.

    Answers depend on the word alone, so that it makes no difference what a vocabulary has seen before. It only
    grows: who keeps one takes a new one when it has grown large. It pickles as an empty one.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self._numbers: dict[str, int] = _Numbers(self.words)
        self._answers: dict[Hashable, tuple[NDArray[Any], NDArray[np.bool_]]] = {}
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[type[Vocabulary], tuple[()]]:
        return Vocabulary, ()

    def __len__(self) -> int:
        return len(self.words)

    def number(self, word: str) -> int:
        """The number of a word: `words[number(word)]` is the word."""
        with self._lock:
            return self._numbers[word]

    def numbers(self, words: Iterable[str]) -> NDArray[np.intp]:
        """The numbers of many words, shape (words,).

        >>> Vocabulary().numbers(["the", "old", "mill", "the"]).tolist()
        [0, 1, 2, 0]
        """
        with self._lock:
            return np.fromiter(map(self._numbers.__getitem__, words), np.intp)

    def ask(
        self, key: Hashable, about: Callable[[str], object], numbers: NDArray[np.intp], dtype: type[Any]
    ) -> NDArray[Any]:
        """What `about` says of each numbered word, shape (numbers,). The same `key` stands for the same function."""
        with self._lock:
            answers, known = self._answers.get(key, (np.zeros(0, dtype), np.zeros(0, np.bool_)))
            if len(known) < len(self.words):
                room = len(self.words) * 5 // 4 + 1  # there are dozens of these
                answers, known = _longer(answers, room), _longer(known, room)
                self._answers[key] = answers, known
            asked_before = known.take(numbers)
            if not asked_before.all():
                new = np.zeros(len(self.words), np.bool_)
                new[numbers[~asked_before]] = True
                missing = np.flatnonzero(new)
                words = map(self.words.__getitem__, missing.tolist())
                answers[missing] = np.fromiter(map(about, words), dtype, len(missing))
                known[missing] = True
            result: NDArray[Any] = answers.take(numbers)
            return result


class _Numbers(dict[str, int]):
    def __init__(self, words: list[str]) -> None:
        self._words = words

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self._words)
        self._words.append(word)
        return number


def _longer(values: NDArray[Any], size: int) -> NDArray[Any]:
    longer = np.zeros(size, values.dtype)
    longer[: len(values)] = values
    return longer
