"""What is measured together: the paragraphs of several documents in one row, and their words with numbers.

An array operation costs the same for ten words as for thousands, so documents are measured many at once. No
value may depend on what else is in the batch, to the last bit: sums run within a paragraph or a document,
in the order of the text, and never through BLAS, which adds up in an order of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.tokens import channel_form, has_letter

__all__ = ["Batch", "WordTable"]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class WordTable:
    """Runs of words (paragraphs, as a rule) with every distinct word numbered.

    `words[ids[i]]` is word i of all, run r is `ids[bounds[r]:bounds[r + 1]]`. What a word is like is asked
    once for each of `words` and then gathered by number.
    """

    words: tuple[str, ...]
    ids: NDArray[np.intp]
    bounds: NDArray[np.intp]

    @classmethod
    def of(cls, runs: Sequence[Sequence[str]]) -> WordTable:
        """>>> table = WordTable.of([("the", "old", "mill"), (), ("the", "mill")])
        >>> table.words, table.ids.tolist(), table.bounds.tolist(), table.rows.tolist()
        (('the', 'old', 'mill'), [0, 1, 2, 0, 2], [0, 3, 3, 5], [0, 0, 0, 2, 2])
        """
        numbers: dict[str, int] = {}
        ids = [numbers.setdefault(word, len(numbers)) for word in chain.from_iterable(runs)]
        return cls(tuple(numbers), np.array(ids, np.intp), _bounds(runs))

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
        words = [self.words[number] for number in self.ids.tolist()]
        return (" ".join(words[start:end]) for start, end in pairwise(self.bounds.tolist()))

    def take(self, chosen: NDArray[np.bool_]) -> WordTable:
        """Some of the runs; `chosen` has shape (runs,)."""
        bounds = np.concatenate([[0], np.cumsum(self.lengths[chosen])])
        return WordTable(self.words, self.ids[np.repeat(chosen, self.lengths)], bounds)

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
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What `make` makes of this batch, made once and kept under `key`: families share it."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    @classmethod
    def of(cls, documents: Sequence[Sequence[Paragraph]]) -> Batch:
        """A batch of documents, each given by its paragraphs."""
        paragraphs = tuple(chain.from_iterable(documents))
        return cls(paragraphs, _bounds(documents), WordTable.of([paragraph.tokens for paragraph in paragraphs]))

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
        table = self.tokens
        is_word = np.fromiter(map(has_letter, table.words), np.bool_, len(table.words))
        return table.totals(is_word[table.ids]).astype(np.float64)

    @cached_property
    def channel(self) -> WordTable:
        """The paragraphs' tokens as n-grams and language models see them, one run a paragraph."""
        table, numbers = self.tokens, dict[str, int]()
        forms = [
            -1 if form is None else numbers.setdefault(form, len(numbers)) for form in map(channel_form, table.words)
        ]
        ids = np.array(forms, np.intp)[table.ids]
        kept = ids >= 0
        before = np.concatenate([[0], np.cumsum(kept)])
        return WordTable(tuple(numbers), ids[kept], before[table.bounds])

    @cached_property
    def channel_tokens(self) -> NDArray[np.intp]:
        """The token (index into `tokens.ids`) that each word of the channel is the form of, shape (words,)."""
        table = self.tokens
        kept = np.fromiter((channel_form(word) is not None for word in table.words), np.bool_, len(table.words))
        return np.flatnonzero(kept[table.ids])

    def totals(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of one value a paragraph over each document, in the order of the text, shape (documents,)."""
        return np.bincount(self.owners, weights=values, minlength=len(self)).astype(np.float64, copy=False)

    def take(self, chosen: NDArray[np.bool_]) -> Batch:
        """The same documents with some of their paragraphs; `chosen` has shape (paragraphs,)."""
        before = np.concatenate([[0], np.cumsum(chosen)])
        paragraphs = tuple([self.paragraphs[at] for at in np.flatnonzero(chosen).tolist()])
        return Batch(paragraphs, before[self.bounds], self.tokens.take(chosen))

    def only(self, wanted: NDArray[np.bool_]) -> Batch:
        """Some of the documents; `wanted` has shape (documents,)."""
        if wanted.all():
            return self
        part = self.take(wanted[self.owners])
        return Batch(part.paragraphs, part.bounds[np.append(wanted, True)], part.tokens)


def _bounds(runs: Iterable[Sequence[object]]) -> NDArray[np.intp]:
    return np.array(list(accumulate(map(len, runs), initial=0)), np.intp)
