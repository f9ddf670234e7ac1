"""How the words of a line go with the rest of its page.

Readers' comments and the start of the next article are prose as the article is. What tells them apart is how they are
worded, and how many of their words the article has as well. A text of a few lines has no article to compare with: it
gets one value in every column, and is judged by the rest. Documents do not see each other, and all sums are of whole
numbers: what a document gets depends on no other one that is measured with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix, WordTable
from quality.features.boilerplate_context import Columns, Integers, Places, in_parts, running_sums, share_of_parts
from quality.token_arrays import distinct

__all__ = ["PROSE_EVIDENCE", "WORDING_NAMES", "wording"]

#: What the head of words in prose says of the line itself: mean, highest and lowest log-odds.
PROSE_EVIDENCE = ("prose_evidence", "prose_evidence_top", "prose_evidence_low")

_REACHES = (3, 10, 30)
_SHARED_REACHES = (3, 10)
WORDING_NAMES = (
    *PROSE_EVIDENCE,
    *(f"prose_evidence_within_{reach}" for reach in _REACHES),
    "prose_evidence_document",
    "prose_evidence_beside_article",
    "words_of_article",
    "shared_with_article",
    *(f"shared_with_article_within_{reach}" for reach in _SHARED_REACHES),
    "shared_with_article_document",
    "shared_with_prose",
    "shared_with_prose_within_10",
    "new_words",
)

#: Letters of the words that are asked for elsewhere on the page: shorter ones are everywhere. Chosen by hand.
_LETTERS = 5
#: From so much prose on a line counts as such, 0..1. Chosen by hand.
_PROSE = 0.5
#: A text needs so many lines for its wording to be told, and what the columns say of others: evidence speaks for
#: nothing, and a share is one that there cannot be. Trees that saw the wording of texts of two lines took a comment
#: form for the article's next line, sharing nothing with it as a heading does (2026-11). Chosen by hand.
_LEAST_LINES = 6
_NO_EVIDENCE, _NO_SHARE = 0.0, -1.0


def wording(tokens: WordTable, columns: Mapping[str, Matrix], places: Places) -> Columns:
    """The columns `WORDING_NAMES`, given those of the lines themselves and of what stands around them."""
    words = np.rint(np.expm1(columns["log_words"])).astype(np.int64)
    article = columns["in_article"] > 0
    evidence = {name: columns[name] for name in PROSE_EVIDENCE}
    evidence |= _prose_evidence(columns["prose_evidence"], words, article, places)
    shares = _shared(tokens, article, columns["prose"] >= _PROSE, places)
    known = places.length >= _LEAST_LINES
    return {name: np.where(known, values, _NO_EVIDENCE) for name, values in evidence.items()} | {
        name: np.where(known, values, _NO_SHARE) for name, values in shares.items()
    }


def _prose_evidence(evidence: Matrix, words: Integers, article: NDArray[np.bool_], places: Places) -> Columns:
    """What the words of the lines around, of the document and of the article say, each word alike."""
    known = in_parts(np.nan_to_num(evidence)) * words
    said, counts = running_sums(known), running_sums(words)
    made: Columns = {}
    for reach in _REACHES:
        low, high = places.window(reach)
        made[f"prose_evidence_within_{reach}"] = share_of_parts(said[high] - said[low], counts[high] - counts[low])
    made["prose_evidence_document"] = share_of_parts(places.whole(said), places.whole(counts))
    in_article = places.whole(running_sums(words * article))
    own = share_of_parts(places.whole(running_sums(known * article)), in_article)
    made["prose_evidence_beside_article"] = evidence - own
    made["words_of_article"] = np.log1p(in_article)
    return made


def _shared(tokens: WordTable, article: NDArray[np.bool_], prose: NDArray[np.bool_], places: Places) -> Columns:
    """Which part of its longer words each line shares with other lines of the article, or of prose; which it has first.

    Each word counts once a line.
    """
    chosen = tokens.ask_all("long", _are_long, np.bool_)
    long = tokens.lower.numbers[chosen]
    size, count = len(tokens.vocabulary), len(places.index)
    rows = tokens.rows[chosen]
    # Sorted by document, word and line: the entries of a word stand together, that of its first line before the others.
    entries = distinct((places.document[rows] * size + long) * count + rows)
    words, line = np.divmod(entries, count)
    fresh = np.diff(words, prepend=-1) != 0
    first, entry = np.flatnonzero(fresh), np.cumsum(fresh) - 1
    own = np.bincount(line, minlength=count)
    all_own = running_sums(own)
    made: Columns = {}
    for name, lines, reaches in (("article", article, _SHARED_REACHES), ("prose", prose, (10,))):
        elsewhere = np.bincount(entry, lines[line], minlength=len(first))[entry] > lines[line]
        shared = np.bincount(line, elsewhere, minlength=count).astype(np.int64)
        all_shared = running_sums(shared)
        made[f"shared_with_{name}"] = shared / np.maximum(own, 1)
        for reach in reaches:
            low, high = places.window(reach)
            there = np.maximum(all_own[high] - all_own[low], 1)
            made[f"shared_with_{name}_within_{reach}"] = (all_shared[high] - all_shared[low]) / there
        if name == "article":
            made["shared_with_article_document"] = places.whole(all_shared) / np.maximum(places.whole(all_own), 1)
    made["new_words"] = np.bincount(line[first], minlength=count) / np.maximum(own, 1)
    return made


def _are_long(words: list[str]) -> NDArray[np.bool_]:
    lengths = np.fromiter(map(len, words), np.intp, len(words))
    return (lengths >= _LETTERS) & np.fromiter(map(str.isalpha, words), np.bool_, len(words))
