"""What is measured together: the paragraphs of several documents in one row, and their words with numbers.

An array operation costs the same for ten words as for thousands, so documents are measured many at once. No
value may depend on what else is in the batch, to the last bit: sums run within a paragraph or a document,
in the order of the text, and never through BLAS, which adds up in an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import accumulate, chain, pairwise
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features.vocabulary import Vocabulary
from quality.token_arrays import find_tokens
from quality.tokens import channel_form, has_letter

__all__ = ["Batch", "WordTable", "begins_with_capital", "begins_with_letter", "compact", "pair_numbers"]

T = TypeVar("T")
#: The first character of a word.
_FIRST = itemgetter(0)


@dataclass(frozen=True, eq=False)
class WordTable:
    """Runs of words (paragraphs, as a rule), by their numbers in a vocabulary.

    Run r is `numbers[bounds[r]:bounds[r + 1]]`.
    """

    vocabulary: Vocabulary
    numbers: NDArray[np.intp]
    bounds: NDArray[np.intp]

    @classmethod
    def of(cls, runs: Sequence[Sequence[str]], vocabulary: Vocabulary | None = None) -> WordTable:
        """The table of runs; a vocabulary that is used again knows already what it was asked before.

        >>> table = WordTable.of([("the", "old", "mill"), (), ("the", "mill")])
        >>> table.words, table.ids.tolist(), table.bounds.tolist(), table.rows.tolist()
        (('the', 'old', 'mill'), [0, 1, 2, 0, 2], [0, 3, 3, 5], [0, 0, 0, 2, 2])
        >>> table.ask("length", len, np.int64).tolist()
        [3, 3, 4, 3, 4]
        """
        vocabulary = Vocabulary() if vocabulary is None else vocabulary
        return cls(vocabulary, vocabulary.numbers(list(chain.from_iterable(runs))), _bounds(runs))

    def ask(self, key: Hashable, about: Callable[[str], object], dtype: type[Any]) -> NDArray[Any]:
        """What `about` says of the word at each place, shape (words of all runs,); `key` stands for the question."""
        return self.ask_all(key, partial(map, about), dtype)

    def ask_all(self, key: Hashable, about: Callable[[list[str]], Iterable[object]], dtype: type[Any]) -> NDArray[Any]:
        """The same of an `about` that is asked of all new words at once."""
        return self.vocabulary.ask_all(key, about, self.distinct, dtype).take(self.ids)

    def ask_distinct(
        self,
        key: Hashable,
        about: Callable[[list[str]], Iterable[object]],
        dtype: type[Any],
        *,
        lower: bool = False,
    ) -> NDArray[Any]:
        """The same of each of `words`, or of each in lower case, shape (distinct words,)."""
        asked = self.vocabulary.lower(self.distinct) if lower else self.distinct
        return self.vocabulary.ask_all(key, about, asked, dtype)

    def are(self, marks: Iterable[str]) -> NDArray[np.bool_]:
        """Whether each word is one of a few, shape (words of all runs,); nothing is asked of new words for it."""
        found = np.zeros(len(self.numbers), np.bool_)
        for mark in marks:
            found |= self.numbers == self.vocabulary.number(mark)
        return found

    @cached_property
    def lower(self) -> WordTable:
        """The same runs in lower case."""
        return WordTable(self.vocabulary, self.vocabulary.lower(self.distinct).take(self.ids), self.bounds)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The distinct words of the table."""
        return tuple(self.vocabulary.words(self.distinct))

    @property
    def distinct(self) -> NDArray[np.intp]:
        """The numbers of these words in the vocabulary, in order, shape (distinct words,)."""
        return self._distinct[0]

    @property
    def ids(self) -> NDArray[np.intp]:
        """`words[ids[i]]` is word i of all, shape (words of all runs,)."""
        return self._distinct[1]

    @cached_property
    def all_words(self) -> list[str]:
        """The words of all runs, in order."""
        return self.vocabulary.words(self.numbers)

    @cached_property
    def _distinct(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The numbers of the distinct words, and which of them each word is."""
        return compact(self.numbers, len(self.vocabulary))

    @cached_property
    def lengths(self) -> NDArray[np.intp]:
        """Words of each run, shape (runs,)."""
        return np.diff(self.bounds)

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        """The run of each word, shape (words of all runs,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def texts(self) -> Iterator[str]:
        """Each run as a string, its words set apart by blanks."""
        return (" ".join(self.all_words[start:end]) for start, end in pairwise(self.bounds.tolist()))

    def take(self, chosen: NDArray[np.bool_]) -> WordTable:
        """Some of the runs; `chosen` has shape (runs,)."""
        bounds = np.concatenate([[0], np.cumsum(self.lengths[chosen])])
        return WordTable(self.vocabulary, self.numbers[np.repeat(chosen, self.lengths)], bounds)

    def totals(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Exact sums of one integer a word over each run, shape (runs,)."""
        sums = np.zeros(len(values) + 1, np.int64)
        np.cumsum(values, out=sums[1:])
        totals: NDArray[np.int64] = sums[self.bounds[1:]] - sums[self.bounds[:-1]]
        return totals


@dataclass(frozen=True, eq=False)
class Batch:
    """Documents that are measured together: document d has `paragraphs[bounds[d]:bounds[d + 1]]`.

    `tokens` has the paragraphs' tokens, one run a paragraph.
    """

    paragraphs: tuple[Paragraph, ...]
    bounds: NDArray[np.intp]
    tokens: WordTable
    _made: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of this batch, made once and kept under `key`: families share it."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    @classmethod
    def of(cls, documents: Sequence[Sequence[Paragraph]], vocabulary: Vocabulary | None = None) -> Batch:
        """A batch of documents, each given by its paragraphs."""
        paragraphs = tuple(chain.from_iterable(documents))
        vocabulary = Vocabulary() if vocabulary is None else vocabulary
        tokens = find_tokens([paragraph.text for paragraph in paragraphs])
        table = WordTable(vocabulary, vocabulary.numbers_of(tokens), tokens.bounds)
        return cls(paragraphs, _bounds(documents), table)

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.bounds) - 1

    @property
    def documents(self) -> Iterator[tuple[Paragraph, ...]]:
        """The paragraphs of each document, for measures that cannot take all at once."""
        ends = self.bounds.tolist()
        return (self.paragraphs[start:end] for start, end in pairwise(ends))

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """The document of each paragraph, shape (paragraphs,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @cached_property
    def words(self) -> NDArray[np.float64]:
        """Words of each paragraph, shape (paragraphs,)."""
        return self.tokens.totals(self.tokens.ask("word", has_letter, np.bool_)).astype(np.float64)

    @cached_property
    def channel(self) -> WordTable:
        """The paragraphs' tokens as n-grams and language models see them, one run a paragraph."""
        kept = self._forms >= 0
        before = np.concatenate([[0], np.cumsum(kept)])
        return WordTable(self.tokens.vocabulary, self._forms[kept], before[self.tokens.bounds])

    @cached_property
    def repeated(self) -> NDArray[np.intp]:
        """A number of each word of the channel, the same for the same word in the same document, shape as there."""
        return pair_numbers(self.owners.take(self.channel.rows), self.channel.ids)

    @cached_property
    def channel_tokens(self) -> NDArray[np.intp]:
        """The token (place in `tokens`) that each word of the channel is the form of, shape (words of the channel,)."""
        return np.flatnonzero(self._forms >= 0)

    @cached_property
    def _forms(self) -> NDArray[np.intp]:
        """The number of each token's form in the channel; -1 for those that have none."""
        tokens = self.tokens
        return tokens.vocabulary.forms(channel_form, str.isalpha, tokens.distinct).take(tokens.ids)

    def totals(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of one value a paragraph over each document, in the order of the text, shape (documents,)."""
        return np.bincount(self.owners, weights=values, minlength=len(self)).astype(np.float64, copy=False)

    def told(self, paragraphs: tuple[Paragraph, ...]) -> Batch:
        """The same batch of paragraphs of which more is known: what was worked out of their words stays."""
        batch = copy(self)
        object.__setattr__(batch, "paragraphs", paragraphs)
        return batch

    def take(self, chosen: NDArray[np.bool_]) -> Batch:
        """The same documents with some of their paragraphs; `chosen` has shape (paragraphs,)."""
        if chosen.all():
            return self
        before = np.concatenate([[0], np.cumsum(chosen)])
        paragraphs = tuple([self.paragraphs[at] for at in np.flatnonzero(chosen).tolist()])
        return Batch(paragraphs, before[self.bounds], self.tokens.take(chosen))

    def only(self, wanted: NDArray[np.bool_]) -> Batch:
        """Some of the documents; `wanted` has shape (documents,)."""
        if wanted.all():
            return self
        part = self.take(wanted[self.owners])
        return Batch(part.paragraphs, part.bounds[np.append(wanted, True)], part.tokens)


def begins_with_letter(table: WordTable) -> NDArray[np.bool_]:
    """Whether each word begins with a letter, shape (words of all runs,)."""
    return table.ask_all("letter", lambda words: map(str.isalpha, map(_FIRST, words)), np.bool_)


def begins_with_capital(table: WordTable) -> NDArray[np.bool_]:
    """Whether each word begins with a capital letter, shape (words of all runs,)."""
    return table.ask_all("capital", lambda words: map(str.isupper, map(_FIRST, words)), np.bool_)


def compact(numbers: NDArray[np.intp], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of `size` numbers occur, in order, and the numbers as places among these.

    >>> [part.tolist() for part in compact(np.array([7, 2, 7]), 9)]
    [[2, 7], [1, 0, 1]]
    """
    occurs = np.zeros(size, np.bool_)
    occurs[numbers] = True
    distinct = np.flatnonzero(occurs)
    places = np.empty(size, np.intp)
    places[distinct] = np.arange(len(distinct))
    return distinct, places.take(numbers)


def pair_numbers(first: NDArray[np.integer], second: NDArray[np.integer]) -> NDArray[np.intp]:
    """A number of each pair, from 0, the same for the same pair.

    >>> pair_numbers(np.array([0, 0, 1, 0]), np.array([5, 7, 5, 5])).tolist()
    [0, 1, 2, 0]
    """
    seconds = int(second.max(initial=0)) + 1
    keys, size = first * seconds + second, (int(first.max(initial=0)) + 1) * seconds
    # With few kinds of pairs for their number it is quicker to mark those that occur than to sort (2026-11-27).
    if size <= 16 * len(keys):
        return compact(keys, size)[1]
    numbers: NDArray[np.intp] = np.unique(keys, return_inverse=True)[1]
    return numbers


def _bounds(runs: Iterable[Sequence[object]]) -> NDArray[np.intp]:
    return np.array(list(accumulate(map(len, runs), initial=0)), np.intp)
