"""What plainer means reach on the same texts and folds, and what each family of features adds.

Columns of log-odds, not calibrated: they stand beside the heads' own scores in the file of predictions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from quality.features import Matrix, fluency
from quality.mixture import plain_name
from quality.training.heads import HeadData, held_out_decisions

__all__ = ["BASELINES", "FAMILIES", "WITHOUT", "ablations", "baselines"]

#: Names of the baselines' columns, and how those of ablations begin.
BASELINES = ("length only", "stop words only", "perplexity only")
WITHOUT = "without "

_STOP_WORDS = 150
#: Characters of a text that are read for shares of words: more would not change them.
_READ = 8000


def _trace(name: str) -> bool:
    return name.endswith(("_rate", "_surprise")) or "trace" in name


def _ngrams(name: str) -> bool:
    return not (_trace(name) or plain_name(name) in (*fluency.NAMES, "documentation", "log_words"))


#: Families of the features of machine translation, by name. A feature may be in two.
FAMILIES: Mapping[str, Callable[[str], bool]] = {
    "n-grams": _ngrams,
    "whole texts": lambda name: plain_name(name) == "text_evidence",
    "traces": _trace,
    "fluency": lambda name: plain_name(name) in fluency.NAMES,
    "register": lambda name: plain_name(name).startswith("documentation"),
    "length": lambda name: plain_name(name) == "log_words",
    "document level": lambda name: name.startswith("paragraph_"),
}


def baselines(data: HeadData, names: Sequence[str]) -> dict[str, Matrix]:
    """Log-odds of every row by length, by how often the commonest words stand in it, by perplexity alone.

    `names` are the features of `data.rows`, among them the mean log-probability of a word, if not given apart.
    """
    likely = data.log_probability
    if likely is None:
        likely = data.rows[:, [plain_name(name) for name in names].index("log_probability")]

    def plain(rows: Matrix) -> HeadData:
        return replace(data, rows=rows, ways=(), increasing=None)

    return {
        "length only": held_out_decisions(plain(_length(data))),
        "stop words only": held_out_decisions(plain(_stop_words(data.texts))),
        "perplexity only": held_out_decisions(plain(likely[:, None])),
    }


def ablations(data: HeadData, names: Sequence[str]) -> dict[str, Matrix]:
    """Log-odds of every row by heads that lack one family of features each."""
    found = {}
    for family, member in FAMILIES.items():
        kept = np.array([not member(name) for name in names])
        if not kept.all():
            found[WITHOUT + family] = held_out_decisions(data.columns(np.flatnonzero(kept).tolist()))
    return found


def _length(data: HeadData) -> Matrix:
    return np.log1p([[subject.words] for subject in data.subjects])


def _stop_words(texts: Sequence[str]) -> Matrix:
    """Share of each of the commonest words in the words of a text, shape (texts, 150)."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [text[:_READ] for text in texts]
    pattern = r"(?u)\b\w+\b"
    counts = CountVectorizer(max_features=_STOP_WORDS, token_pattern=pattern).fit_transform(texts)
    words = np.array([max(1, text.count(" ") + 1) for text in texts])
    shares: Matrix = counts.toarray() / words[:, None]
    return shares
