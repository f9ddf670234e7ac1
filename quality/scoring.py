"""The whole path: documents → paragraphs → language → features → probabilities → findings → reports.

Documents in one language are measured together, since small arrays cost as much as large ones. `Scorer` is
pure but for loading models, which happens once and lazily. The same text, models and settings give the same
report, whatever was scored before, beside or in which process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quality.document import (
    KINDS,
    LEARNED_KINDS,
    MIN_PARAGRAPH_WORDS,
    MIN_WORDS,
    Document,
    Finding,
    Kind,
    ParagraphReport,
    Report,
    Reports,
)
from quality.errors import UsageError
from quality.features import Batch, Matrix, Vocabulary, spinning
from quality.findings import finding
from quality.judging import (
    NEVER,
    SHARE_THRESHOLDS,
    Measured,
    document_scores,
    measure,
    paragraph_scores,
    verdict,
)
from quality.language import UNKNOWN, assign_languages
from quality.model import Models, default_models
from quality.parallel import batches, score_documents
from quality.repeats import Repeats
from quality.segmentation import segment

__all__ = ["SHARE_THRESHOLDS", "Scorer"]

Scores = Mapping[Kind, float | None]

#: Words about which answers are kept. A crawl has no end of new ones, so at that number the commoner ones stay, half as
#: many at most. With twice as many, and twice the room, a process that had read a gigabyte of German and English took
#: 433 MB (2026-11-27).
_MOST_WORDS = 1 << 17


class Scorer:
    """Scores texts for damage.

    Parameters
    ----------
    models: trained models; None takes those of `QUALITY_MODELS` or of the package.
    language: "auto", or the language to judge every document in.
    thresholds: scores that replace the default of a kind, by name, for documents and for paragraphs: both are
        probabilities for an even prior, or shares of words.
    min_words: documents with fewer words are `too_short`.
    explain: whether paragraphs carry findings; without them scoring is faster.
    repeats: lines that stand in many documents of a corpus: they are furniture.

    >>> Scorer().score("Too short.").verdict
    'too_short'
    """

    def __init__(
        self,
        models: Models | None = None,
        *,
        language: str = "auto",
        thresholds: Mapping[str, float] | None = None,
        min_words: int = MIN_WORDS,
        explain: bool = True,
        repeats: Repeats | None = None,
    ) -> None:
        unknown = set(thresholds or ()) - set(KINDS)
        if unknown:
            raise UsageError(f"{', '.join(sorted(unknown))}: no such kind; kinds are {', '.join(KINDS)}")
        self.models = default_models() if models is None else models
        self.language = language
        self.min_words = min_words
        self.explain = explain
        self.repeats = repeats
        self._thresholds = dict(thresholds or {})
        self._vocabulary = Vocabulary()

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which machine translation or spinning is judged."""
        return self.models.languages

    @property
    def signature(self) -> str:
        """What made the scores: version, models and every setting that changes a score."""
        from quality import __version__

        parts = [f"quality {__version__}", f"models {self.models.signature}"]
        if self.language != "auto":
            parts.append(f"language {self.language}")
        if self.repeats is not None:
            parts.append(f"repeats {self.repeats.signature}")
        if self.min_words != MIN_WORDS:
            parts.append(f"min_words {self.min_words}")
        return " | ".join(parts)

    def score(self, text: str, *, id: str | None = None, path: str | None = None) -> Report:
        """The report on one text."""
        return self.score_document(Document(text, id=id, path=path))

    def score_document(self, document: Document) -> Report:
        """The report on a document; one that could not be read is `unreadable`."""
        return self.score_batch([document])[0]

    def score_paths(self, paths: Iterable[str | Path], *, jobs: int = 1) -> Iterator[Report]:
        """Reports on the documents in files and directories, in order. Raises ReadError at the first that fails."""
        from quality.reading import read

        yield from score_documents(self, read([str(path) for path in paths]), jobs=jobs)

    def score_batch(self, texts: Iterable[str | Document]) -> Reports:
        """Reports on texts or documents, in their order: several times as fast as one by one."""
        documents = (Document(text) if isinstance(text, str) else text for text in texts)
        return Reports(report for batch in batches(documents) for report in self._score_together(batch))

    def _score_together(self, documents: Sequence[Document]) -> list[Report]:
        if len(self._vocabulary) > _MOST_WORDS:
            self._vocabulary = self._vocabulary.renewed(_MOST_WORDS // 2)
        texts = [() if document.error is not None else segment(document) for document in documents]
        batch = Batch.of(texts, self._vocabulary)
        languages, batch = assign_languages(batch, self.models, language=self.language)
        empty = np.diff(batch.bounds) == 0
        reports = {
            at: self._empty(documents[at], languages[at] if documents[at].error is None else UNKNOWN)
            for at in np.flatnonzero(empty).tolist()
        }
        for language in sorted(set(languages)):
            chosen = np.array([one == language for one in languages]) & ~empty
            members = np.flatnonzero(chosen).tolist()
            measured = measure(
                batch.only(chosen), self.models, language=language, explain=self.explain, repeats=self.repeats
            )
            reports |= zip(members, self._reports([documents[at] for at in members], measured), strict=True)
        return [reports[at] for at in range(len(documents))]

    def _reports(self, documents: Sequence[Document], measured: Measured) -> Iterator[Report]:
        """The reports on the documents of a batch, in order."""
        batch, language = measured.batch, measured.language
        by_paragraph = paragraph_scores(measured, self.models)
        furniture = np.nan_to_num(by_paragraph["boilerplate"]) >= self._paragraph_threshold("boilerplate", "any")
        by_document = document_scores(measured, furniture, self.models, min_words=self.min_words)
        thresholds = self._document_thresholds(language)
        supported = language in self.languages
        paragraphs = self._paragraph_reports(measured, by_paragraph, furniture)
        rows = _rows(by_document)
        words = batch.totals(batch.words).astype(int).tolist()
        for number, document in enumerate(documents):
            scores = rows[number]
            call, kinds = verdict(scores, thresholds, long_enough=words[number] >= self.min_words, supported=supported)
            first, end = batch.bounds[number : number + 2].tolist()
            own = paragraphs[first:end]
            if self.explain:
                own = [
                    replace(report, findings=_findings(document, row, report.scores, measured, kinds, report.kinds))
                    for row, report in enumerate(own, first)
                ]
            yield Report(
                id=document.id,
                path=document.path,
                language=language,
                words=words[number],
                verdict=call,
                kinds=kinds,
                scores={kind: scores[kind] for kind in KINDS if kind != "foreign_language"},
                thresholds={kind: round(value, 4) for kind, value in thresholds.items()},
                signature=self.signature,
                paragraphs=tuple(own),
                text=document.text,
            )

    def _paragraph_reports(
        self, measured: Measured, scores: Mapping[Kind, Matrix], furniture: NDArray[np.bool_]
    ) -> list[ParagraphReport]:
        """The reports on all paragraphs of a batch, yet without findings; `furniture` are those called boilerplate."""
        # What is in another language is not judged by the learned kinds, so that one set of thresholds serves all.
        thresholds = self._paragraph_thresholds(measured.language)
        foreign = np.nan_to_num(scores["foreign_language"]) >= self._thresholds.get("foreign_language", 0.5)
        languages = self.languages
        # Few paragraphs reach any threshold: the others need not be asked about each.
        reached = np.any([scores[kind] >= threshold for kind, threshold in thresholds.items()], axis=0)
        nothing: dict[Kind, float] = {}
        reports = []
        for paragraph, row, is_reached, is_furniture, is_foreign in zip(
            measured.batch.paragraphs,
            _rows(scores),
            reached.tolist(),
            furniture.tolist(),
            foreign.tolist(),
            strict=True,
        ):
            call, kinds = verdict(
                row,
                thresholds if is_reached else nothing,
                long_enough=paragraph.word_count >= MIN_PARAGRAPH_WORDS,
                supported=paragraph.language in languages,
            )
            if is_furniture:
                kinds = (*kinds, "boilerplate")
            if is_foreign:
                kinds = (*kinds, "foreign_language")
            reports.append(
                ParagraphReport(
                    index=paragraph.index,
                    start=paragraph.start,
                    end=paragraph.end,
                    language=paragraph.language,
                    verdict=call,
                    scores=row,
                    words=paragraph.word_count,
                    kinds=kinds,
                )
            )
        return reports

    def _document_thresholds(self, language: str) -> dict[Kind, float]:
        thresholds: dict[Kind, float] = {}
        for kind in LEARNED_KINDS:
            head = self.models.head(kind, "document", language)
            if head is not None:
                thresholds[kind] = self._thresholds.get(kind, head.threshold)
        return thresholds | {kind: self._share_threshold(kind) for kind in SHARE_THRESHOLDS}

    def _paragraph_thresholds(self, language: str) -> dict[Kind, float]:
        learned = {kind: self._paragraph_threshold(kind, language) for kind in LEARNED_KINDS}
        return learned | {kind: self._share_threshold(kind) for kind in SHARE_THRESHOLDS}

    def _share_threshold(self, kind: Kind) -> float:
        return self._thresholds.get(kind, SHARE_THRESHOLDS[kind])

    def _paragraph_threshold(self, kind: Kind, language: str) -> float:
        head = self.models.head(kind, "paragraph", language)
        return NEVER if head is None else self._thresholds.get(kind, head.threshold)

    def _empty(self, document: Document, language: str) -> Report:
        """The report on a document without words, or without text: it could not be read."""
        return Report(
            id=document.id,
            path=document.path,
            language=language,
            words=0,
            verdict="too_short" if document.error is None else "unreadable",
            kinds=(),
            scores={kind: None for kind in KINDS if kind != "foreign_language"},
            thresholds={},
            signature=self.signature,
            error=document.error,
            text=document.text,
        )


def _findings(
    document: Document,
    row: int,
    scores: Scores,
    measured: Measured,
    kinds: tuple[Kind, ...],
    own: tuple[Kind, ...],
) -> tuple[Finding, ...]:
    """Spans of all families, but for those of a kind that was not judged here, or that nothing else supports.

    `kinds` are what the document was called for, `own` what the paragraph was. Signs of machine translation are weak
    one by one: they are shown where the document is called, or the paragraph is likelier translated than not; n-grams
    (M101) where both hold, or the paragraph is called by itself.
    """
    spans = [*measured.scripts.spans[row], *measured.boilerplate.spans[row], *measured.foreign.spans[row]]
    translated = scores["machine_translation"]
    if translated is not None:
        likely, called = translated >= 0.5, "machine_translation" in kinds
        worded = (likely and called) or "machine_translation" in own
        spans.extend(
            span for span in measured.translation.spans[row] if (worded if span.code == "M101" else likely or called)
        )
    spun = scores["spinning"]
    if spun is not None:
        least = spinning.least_weight(spun, called="spinning" in kinds)
        spans.extend(span for span in measured.spinning.spans[row] if span.weight >= least)
    spans.sort(key=lambda span: (span.start, span.end, span.code))
    return tuple(finding(span, document.text) for span in spans)


def _rows(columns: Mapping[Kind, NDArray[np.float64]]) -> list[dict[Kind, float | None]]:
    """Columns of scores as one record a row; None for NaN."""
    values = [[None if value != value else value for value in columns[kind].tolist()] for kind in KINDS]
    return [dict(zip(KINDS, row, strict=True)) for row in zip(*values, strict=True)]
