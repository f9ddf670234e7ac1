"""Learns what company words keep: co-occurrence within a few content words, reduced to short vectors."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features.spinning_company import DIMENSIONS, REACH
from quality.features.spinning_words import word_hashes
from quality.training.spinning_counts import Counts

__all__ = ["company_arrays"]

#: Words rarer than this in the counted corpora have too little company to learn from; so many of the others, the
#: commonest first, are kept.
_SELDOM, _MOST = 25, 30_000
#: The commonest words keep everybody's company, and no vector is learned for them.
_COMMONEST = 120
#: Exponent that evens out the rates of neighbours, so that rare ones are not overrated (Levy & Goldberg 2015).
_SMOOTHING = 0.75


def company_arrays(counts: Counts, seed: int) -> dict[str, NDArray[Any]]:
    """The arrays of `quality.features.spinning_company.Company`: sorted hashes of words and their vectors.

    The vectors are the truncated singular decomposition of positive pointwise mutual information.
    """
    import scipy.sparse as sparse
    from sklearn.utils.extmath import randomized_svd

    words, stream = _content(counts)
    size = len(words)
    together = sparse.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, REACH + 1):
        left, right = stream[:-distance], stream[distance:]
        # A paragraph's end lies between two words whose numbers are separated by a -1.
        within = (left >= 0) & (right >= 0)
        for between in range(1, distance):
            within &= stream[between : len(stream) - distance + between] >= 0
        left, right = left[within], right[within]
        pairs = sparse.coo_matrix((np.ones(len(left), np.float32), (left, right)), shape=(size, size)).tocsr()
        together = together + pairs + pairs.T
    together.setdiag(0.0)
    together.eliminate_zeros()
    totals = np.asarray(together.sum(axis=1)).ravel()
    smoothed = totals**_SMOOTHING
    smoothed /= smoothed.sum()
    found = together.tocoo()
    information = np.log(found.data / (totals[found.row] * smoothed[found.col]))
    positive = information > 0.0
    matrix = sparse.csr_matrix(
        (information[positive].astype(np.float32), (found.row[positive], found.col[positive])), shape=(size, size)
    )
    left_vectors, values, _ = randomized_svd(matrix, DIMENSIONS, n_iter=3, random_state=seed)
    vectors = left_vectors * np.sqrt(values)
    keys, first = np.unique(word_hashes(words), return_index=True)
    chosen = vectors[first]
    scale = np.quantile(np.abs(chosen), 0.9995) / 127.0
    return {
        "company_keys": keys,
        "company": np.clip(np.round(chosen / scale), -127, 127).astype(np.int8),
    }


def _content(counts: Counts) -> tuple[list[str], NDArray[np.int32]]:
    """The words that get a vector, and the counted corpora as numbers of these, -1 for the end of a paragraph."""
    lower: Counter[str] = Counter()
    for word, number in counts.words.items():
        if word and word[0].isalpha():
            lower[word.lower()] += int(counts.frequency[number])
    ranked = [word for word, often in sorted(lower.items(), key=lambda item: (-item[1], item[0])) if often >= _SELDOM]
    words = ranked[_COMMONEST : _COMMONEST + _MOST]
    places = {word: place for place, word in enumerate(words)}
    numbers = np.full(len(counts.words), -2, np.int32)
    for word, number in counts.words.items():
        numbers[number] = places.get(word.lower(), -2)
    numbers[counts.words[""]] = -1
    stream = numbers[counts.stream]
    return words, stream[stream > -2]
