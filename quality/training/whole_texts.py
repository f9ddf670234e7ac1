"""Trains the regression over damped counts of whole texts (features/whole_texts.py).

It learns from long runs of the n-grams' corpus: output of translation tasks, old and neural, against people's text of
these tasks and, at a fifth of the weight, clean text of other registers. English documents, the classifier fitted anew
on evidence of tasks that nothing was learned of; AUROC against people's text of the task / against all clean text for
plain output, and how much of all damage is called at .1 % of clean documents:

| evidence | 2013 | 2015 | 2016 | 2021 | 2023 | called |
|---|---|---|---|---|---|---|
| n-grams that add up | .893 / .936 | .919 / .917 | .891 / .861 | .740 / .831 | .688 / .823 | 23.1 % |
| and words' counts as they add up | .896 / .940 | .931 / .924 | .903 / .865 | .750 / .833 | .712 / .838 | 23.1 % |
| and words' damped counts | .904 / .943 | .932 / .925 | .906 / .867 | .752 / .841 | .706 / .826 | 24.2 % |
| the same with clean text at a fifth | .900 / .944 | .932 / .929 | .905 / .879 | .757 / .861 | .699 / .812 | 24.9 % |
| with clean text at full weight | .898 / .943 | .928 / .928 | .901 / .882 | .756 / .869 | .692 / .805 | 24.5 % |
| words and clusters, clean at a fifth | .900 / .945 | .928 / .930 | .909 / .883 | .752 / .860 | .704 / .821 | 25.7 % |
| and letters | .901 / .944 | .937 / .932 | .912 / .885 | .761 / .860 | .710 / .831 | 25.4 % |

The largest weights matter most here: cut off as the experts' are (training/weights.py), words and clusters call 23.2 %.
Held back in short texts as the experts are, they call 23.9 %. A heavier weight of people's text of tasks in the
classifier (3, 10, 30 times) trades what is called for rank among these: at 10, beside n-grams learned from tasks alone,
2015 has .938 and 16.6 % are called. Paragraphs gain nothing. German does not need it, where n-grams count by their
ratios: 2013 .954 → .960 and 2015 .941 → .947 against people's text of the task, but 24.9 % called instead of 29.3 (27.0
by ratios here too). Experiments, by no script that is kept (2026-11-28); what ships is in models/EVALUATION.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from quality.document import Document
from quality.features import Batch
from quality.features.ngrams import NgramModel
from quality.features.whole_texts import TextModel, count_texts
from quality.segmentation import segment
from quality.training.data import Text
from quality.training.ngrams import NgramCorpus, class_weights, fit_expert

__all__ = ["LearnedTexts", "learn_texts", "text_matrix"]

#: Languages whose documents are judged by whole texts too.
_LANGUAGES = frozenset({"en"})
#: How much each class of text weighs, as for the experts (training/ngrams.py).
_SHARES = {"old mt": 1.0, "neural mt": 1.0, "task human": 1.0, "clean": 0.2, "human documentation": 0.05}
#: Words of the shortest run that is learned from: counts of a few sentences say little. All runs, for words alone:
#: 23.2 % called instead of 24.2 (2026-11-28).
_LEAST_WORDS = 150
#: Inverse strength of the ridge penalty; 3 gives the same figures within .003.
_PENALTY = 10.0
#: Runs that are counted together.
_TOGETHER = 256


@dataclass(frozen=True, slots=True)
class LearnedTexts:
    """The model that is learned of all runs, and by fold the ones that did not see it."""

    model: TextModel
    held_out: tuple[TextModel, ...]


def learn_texts(
    corpus: NgramCorpus, folds: NDArray[np.int64], count: int, ngrams: NgramModel, language: str
) -> LearnedTexts | None:
    """What whole texts tell in a language; `folds` are those of the corpus's runs, 0 to `count` - 1.

    None where documents are judged without.
    """
    if language not in _LANGUAGES:
        return None
    long = np.array([text.text.count(" ") >= _LEAST_WORDS for text in corpus.texts])
    matrix = text_matrix([corpus.texts[at] for at in np.flatnonzero(long)], ngrams)

    def fitted(chosen: NDArray[np.bool_]) -> TextModel:
        shares = class_weights(corpus, chosen & long, _SHARES)[long]
        used = shares > 0
        weights = fit_expert(matrix[used], corpus.labels[long][used], shares[used], penalty=_PENALTY, clipped=False)
        return TextModel(*weights)

    return LearnedTexts(fitted(folds >= 0), tuple(fitted(folds != fold) for fold in range(count)))


def text_matrix(texts: Sequence[Text], ngrams: NgramModel) -> sparse.csr_matrix:
    """The counts of texts as `TextModel` weighs them, channel beside channel; (texts, channels · table), float32."""
    blocks = []
    for start in range(0, len(texts), _TOGETHER):
        some = texts[start : start + _TOGETHER]
        batch = Batch.of([segment(Document(text.text)) for text in some])
        channels = [
            sparse.csr_matrix(
                (
                    (counts.damped / np.repeat(counts.lengths, np.diff(counts.bounds))).astype(np.float32),
                    counts.slots.astype(np.int32),
                    counts.bounds,
                ),
                shape=(len(some), ngrams.table_size),
            )
            for counts in count_texts(batch, ngrams)
        ]
        blocks.append(sparse.hstack(channels, format="csr"))
    return sparse.vstack(blocks, format="csr")
