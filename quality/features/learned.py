"""What labelled text of one's own says of a text: n-gram evidence, and how near the text is to it.

The same n-grams as in `quality.features.ngrams`, with weights that `quality train --base` learned (file
`LANGUAGE/own_KIND.npz`). Such weights mean something in text of their own sort alone. How near a text is, is told by
the share of its word n-grams that several of the labelled documents had: of the documents of four products whose
labelled pages were of another of them, the middle one had .45 to .49, of those of news the middle one .36 and the
highest .39 (shared training data, German, 2026-11-27).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.document import LEARNED_KINDS, Kind
from quality.features import Batch, Evidence, Matrix
from quality.features.ngrams import CHANNELS, NgramModel, NgramSums
from quality.model import Models

__all__ = ["NAMES", "Learned", "document_names", "document_rows", "file_name", "learned_model", "measure"]

_WORD, _CHARACTER = CHANNELS.index("word"), CHANNELS.index("character")
_PARTS = ("evidence", "nearness", "familiar", "word", "word_count", "character", "character_count")

#: One row a paragraph and kind. `evidence`: log-odds; `nearness` of the document, 0..1; the others are whole
#: numbers that add up over paragraphs: n-grams that the labelled documents had, and sums and counts of weights.
NAMES = tuple(f"own_{kind}_{part}" for kind in LEARNED_KINDS for part in _PARTS)


@dataclass(frozen=True, eq=False, slots=True)
class Learned:
    """N-gram weights of one expert, and the shares of familiar n-grams at which a text begins to be near, and is.

    Labelled text of one's own is too little to learn the weights of word clusters from: these are all 0.
    The `register_weights` of `ngrams` are 1 for an n-gram that the labelled documents had, else 0.
    """

    ngrams: NgramModel
    far: float
    near: float

    def nearness(self, familiar: Matrix, counts: Matrix) -> Matrix:
        """0..1, by the number of familiar n-grams among so many."""
        share = familiar / np.maximum(counts, 1.0)
        result: Matrix = np.clip((share - self.far) / (self.near - self.far), 0.0, 1.0)
        return result


def file_name(kind: str, language: str) -> str:
    """The model file of a kind in a language."""
    return f"{language}/own_{kind}.npz"


def document_names(kind: str) -> tuple[str, str]:
    """The names of a document's evidence and nearness, for a kind."""
    return f"document_own_{kind}_evidence", f"document_own_{kind}_nearness"


def learned_model(models: Models, kind: Kind, language: str) -> Learned | None:
    """What was learned of a kind in a language, or None."""
    name = file_name(kind, language)
    if not models.has(name):
        return None

    def read(models: Models) -> Learned:
        arrays = models.arrays(name)
        return Learned(NgramModel.read(arrays), float(arrays["far"]), float(arrays["near"]))

    return models.load(f"own:{kind}:{language}", read)


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """One row a paragraph (`NAMES`); NaN for kinds of which nothing was learned. There are no spans."""
    columns = []
    for kind in LEARNED_KINDS:
        model = learned_model(models, kind, language)
        if model is None:
            columns.append(np.full((len(batch.paragraphs), len(_PARTS)), np.nan))
            continue
        weights = model.ngrams.weigh(batch.channel)
        sums = weights.sums(batch.channel)
        familiar = batch.channel.totals(weights.register)
        nearness = model.nearness(batch.totals(familiar), batch.totals(sums.counts[_WORD]))[batch.owners]
        exact = (value for at in (_WORD, _CHARACTER) for value in (sums.sums[at, 0], sums.counts[at]))
        columns.append(np.column_stack([model.ngrams.evidence(sums)[0], nearness, familiar, *exact]))
    return Evidence(NAMES, np.column_stack(columns), ((),) * len(batch.paragraphs))


def document_rows(measured: Evidence, batch: Batch, models: Models, *, language: str) -> dict[str, Matrix]:
    """Evidence and nearness of each document by name, shape (documents,), for the kinds that something is known of."""
    rows: dict[str, Matrix] = {}
    for kind in LEARNED_KINDS:
        model = learned_model(models, kind, language)
        if model is not None:
            familiar, word, word_count, character, character_count = (
                batch.totals(measured.column(f"own_{kind}_{part}")) for part in _PARTS[2:]
            )
            nothing = np.zeros(len(batch))
            sums = np.array([[word], [nothing], [character]], np.int64)
            counts = np.array([word_count, nothing, character_count], np.int64)
            (evidence,) = model.ngrams.evidence(NgramSums(sums, counts))
            rows |= zip(document_names(kind), (evidence, model.nearness(familiar, word_count)), strict=True)
    return rows
