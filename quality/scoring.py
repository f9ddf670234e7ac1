"""The whole path: document → paragraphs → language → features → probabilities → findings → report.

`Scorer` is pure but for loading models, which happens once and lazily. The same text, models and
settings give the same report, whatever was scored before, beside or in which process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from quality.document import KINDS, LEARNED_KINDS, Document, Finding, Kind, Paragraph, ParagraphReport, Report, Verdict
from quality.errors import UsageError
from quality.features import Evidence, Matrix, boilerplate, fluency, scripts, spinning, translation
from quality.findings import finding
from quality.language import UNKNOWN, assign_languages
from quality.model import Models, default_models
from quality.segmentation import segment

__all__ = ["MIN_PARAGRAPH_WORDS", "MIN_WORDS", "SHARE_THRESHOLDS", "Scorer"]

#: Fewer words than this are too short to judge: a document, a paragraph (DESIGN §3).
MIN_WORDS = 25
MIN_PARAGRAPH_WORDS = 8
#: Share of words at which scripts or encodings make a document damaged. Of 40,495 clean documents in twelve
#: languages none reaches the first; the second is reached by 16 of some 4,300 from wikis and review sites, those
#: that were read being really broken (shared training data, 2026-11-22).
SHARE_THRESHOLDS: Mapping[Kind, float] = MappingProxyType({"mixed_script": 0.01, "broken_encoding": 0.02})


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the feature families found in one document; `columns` are all their features by name."""

    translation: Evidence
    fluency: Evidence
    spinning: Evidence
    boilerplate: Evidence
    scripts: Evidence
    columns: Mapping[str, Matrix]

    @classmethod
    def of(cls, **families: Evidence) -> _Measured:
        columns = {name: family.matrix[:, at] for family in families.values() for at, name in enumerate(family.names)}
        return cls(**families, columns=columns)

    def rows(self, names: Sequence[str]) -> Matrix:
        """The named features of every paragraph, shape (paragraphs, len(names))."""
        return np.column_stack([self.columns[name] for name in names])


class Scorer:
    """Scores texts for damage.

    Parameters
    ----------
    models: trained models; None takes those of `QUALITY_MODELS` or of the package.
    language: "auto", or the language to judge every document in.
    thresholds: probabilities or shares that replace the default of a kind, by name.
    min_words: documents with fewer words are `too_short`.
    explain: whether paragraphs carry findings; without them scoring is faster.

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
    ) -> None:
        unknown = set(thresholds or ()) - set(KINDS)
        if unknown:
            raise UsageError(f"{', '.join(sorted(unknown))}: no such kind; kinds are {', '.join(KINDS)}")
        self.models = default_models() if models is None else models
        self.language = language
        self.min_words = min_words
        self.explain = explain
        self._thresholds = dict(thresholds or {})

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
        return " | ".join(parts)

    def score(self, text: str, *, id: str | None = None, path: str | None = None) -> Report:
        """The report on one text."""
        return self.score_document(Document(text, id=id, path=path))

    def score_batch(self, texts: Iterable[str]) -> list[Report]:
        """Reports on texts, in their order."""
        return [self.score(text) for text in texts]

    def score_paths(self, paths: Iterable[str | Path], *, jobs: int = 1) -> Iterator[Report]:
        """Reports on the documents in files and directories, in order. Raises ReadError at the first that fails."""
        from quality.parallel import score_documents
        from quality.reading import read

        yield from score_documents(self, read([str(path) for path in paths]), jobs=jobs)

    def score_document(self, document: Document) -> Report:
        """The report on a document; one that could not be read is `unreadable`."""
        if document.error is not None:
            return self._report(document, UNKNOWN, 0, "unreadable", (), _unjudged(), {}, ())
        language, paragraphs = assign_languages(segment(document), self.models, language=self.language)
        words = sum(paragraph.word_count for paragraph in paragraphs)
        if not paragraphs:
            return self._report(document, language, words, "too_short", (), _unjudged(), {}, ())
        measured = self._measure(document, paragraphs, language)
        paragraph_scores = self._paragraph_scores(measured, paragraphs, language)
        scores = self._document_scores(measured, paragraphs, paragraph_scores, language, words)
        thresholds = self._document_thresholds(language)
        verdict, kinds = _verdict(
            scores, thresholds, long_enough=words >= self.min_words, supported=language in self.languages
        )
        reports = tuple(
            self._paragraph_report(paragraph, paragraph_scores[at], measured, document, kinds)
            for at, paragraph in enumerate(paragraphs)
        )
        return self._report(document, language, words, verdict, kinds, scores, thresholds, reports)

    def _measure(self, document: Document, paragraphs: tuple[Paragraph, ...], language: str) -> _Measured:
        models, explain = self.models, self.explain
        return _Measured.of(
            translation=translation.measure(document, paragraphs, models, language=language, explain=explain),
            fluency=fluency.measure(document, paragraphs, models, language=language, explain=explain),
            spinning=spinning.measure(document, paragraphs, models, language=language, explain=explain),
            boilerplate=boilerplate.measure(document, paragraphs, models, explain=explain),
            scripts=scripts.measure(document, paragraphs, models, explain=explain),
        )

    def _paragraph_scores(
        self, measured: _Measured, paragraphs: tuple[Paragraph, ...], language: str
    ) -> list[dict[Kind, float | None]]:
        """Every kind's score of every paragraph; None where it was not judged."""
        count = len(paragraphs)
        columns: dict[Kind, Matrix] = {kind: np.full(count, np.nan) for kind in KINDS}
        for kind in LEARNED_KINDS:
            head = self.models.head(kind, "paragraph", language)
            if head is not None:
                columns[kind] = head.probability(measured.rows(head.features))
        head = self.models.head("boilerplate", "paragraph", "any")
        if head is not None:
            columns["boilerplate"] = head.probability(measured.rows(head.features))
        words = np.maximum([paragraph.word_count for paragraph in paragraphs], 1)
        columns["mixed_script"] = np.minimum(measured.scripts.column("mixed_script_words") / words, 1.0)
        columns["broken_encoding"] = np.minimum(measured.scripts.column("broken_encoding_words") / words, 1.0)
        columns["foreign_language"] = np.array([float(paragraph.language != language) for paragraph in paragraphs])
        scores: list[dict[Kind, float | None]] = []
        for at, paragraph in enumerate(paragraphs):
            row: dict[Kind, float | None] = {kind: _value(columns[kind][at]) for kind in KINDS}
            if paragraph.word_count < MIN_PARAGRAPH_WORDS or paragraph.language != language:
                row["machine_translation"] = row["spinning"] = None
            scores.append(row)
        return scores

    def _document_scores(
        self,
        measured: _Measured,
        paragraphs: tuple[Paragraph, ...],
        paragraph_scores: list[dict[Kind, float | None]],
        language: str,
        words: int,
    ) -> dict[Kind, float | None]:
        """Probabilities of the learned kinds; of the others the share of the document's words."""
        scores = _unjudged()
        if words >= self.min_words and language in self.languages:
            own = [at for at, paragraph in enumerate(paragraphs) if paragraph.language == language]
            if own:
                rows = self._document_rows(measured, paragraphs, own, language)
                for kind in LEARNED_KINDS:
                    head = self.models.head(kind, "document", language)
                    if head is not None:
                        columns = [rows.get(name, np.nan) for name in head.features]
                        scores[kind] = _value(head.probability(np.array([columns]))[0])
        weights = np.array([paragraph.word_count for paragraph in paragraphs], np.float64)
        total = max(float(weights.sum()), 1.0)
        threshold = self._paragraph_threshold("boilerplate", "any")
        furniture = [(row["boilerplate"] or 0.0) >= threshold for row in paragraph_scores]
        scores["boilerplate"] = float(weights[furniture].sum()) / total
        for kind in ("mixed_script", "broken_encoding"):
            scores[kind] = min(1.0, float(measured.scripts.column(f"{kind}_words").sum()) / total)
        return scores

    def _document_rows(
        self, measured: _Measured, paragraphs: tuple[Paragraph, ...], own: list[int], language: str
    ) -> dict[str, float]:
        """Document features by name, over the paragraphs in the document's own language."""
        chosen = [paragraphs[at] for at in own]
        rows: dict[str, float] = {}
        ngrams = translation.ngram_model(self.models, language)
        if ngrams is not None:
            values = translation.document_row(
                measured.translation.take(own), measured.fluency.take(own), chosen, ngrams
            )
            rows.update(zip(translation.DOCUMENT_NAMES, values.tolist(), strict=True))
        values = spinning.document_row(measured.spinning.take(own), chosen)
        rows.update(zip(spinning.DOCUMENT_NAMES, values.tolist(), strict=True))
        return rows

    def _paragraph_report(
        self,
        paragraph: Paragraph,
        scores: dict[Kind, float | None],
        measured: _Measured,
        document: Document,
        called: tuple[Kind, ...],
    ) -> ParagraphReport:
        """`called` are the kinds that the whole document was called for."""
        at = paragraph.index
        thresholds: dict[Kind, float] = {
            kind: self._paragraph_threshold(kind, paragraph.language) for kind in LEARNED_KINDS
        }
        thresholds |= {kind: self._share_threshold(kind) for kind in SHARE_THRESHOLDS}
        verdict, kinds = _verdict(
            scores,
            thresholds,
            long_enough=paragraph.word_count >= MIN_PARAGRAPH_WORDS,
            supported=paragraph.language in self.languages,
        )
        extra: list[Kind] = []
        if (scores["boilerplate"] or 0.0) >= self._paragraph_threshold("boilerplate", "any"):
            extra.append("boilerplate")
        if scores["foreign_language"]:
            extra.append("foreign_language")
        return ParagraphReport(
            index=at,
            start=paragraph.start,
            end=paragraph.end,
            language=paragraph.language,
            verdict=verdict,
            scores=scores,
            words=paragraph.word_count,
            kinds=(*kinds, *extra),
            findings=self._findings(paragraph, scores, measured, document, called) if self.explain else (),
        )

    def _findings(
        self,
        paragraph: Paragraph,
        scores: dict[Kind, float | None],
        measured: _Measured,
        document: Document,
        kinds: tuple[Kind, ...],
    ) -> tuple[Finding, ...]:
        """Spans of all families, but for those of a kind that was not judged here, or that nothing else supports.

        Signs of machine translation are weak one by one: they are shown where the document is called, or the
        paragraph is likelier translated than not; n-grams (M101) in such paragraphs alone.
        """
        at = paragraph.index
        spans = [*measured.scripts.spans[at], *measured.boilerplate.spans[at]]
        translated = scores["machine_translation"]
        if translated is not None:
            likely, called = translated >= 0.5, "machine_translation" in kinds
            spans.extend(span for span in measured.translation.spans[at] if likely or (called and span.code != "M101"))
        if scores["spinning"] is not None:
            spans.extend(measured.spinning.spans[at])
        spans.sort(key=lambda span: (span.start, span.end, span.code))
        return tuple(finding(span, document.text) for span in spans)

    def _document_thresholds(self, language: str) -> dict[Kind, float]:
        thresholds: dict[Kind, float] = {}
        for kind in LEARNED_KINDS:
            head = self.models.head(kind, "document", language)
            if head is not None:
                thresholds[kind] = self._thresholds.get(kind, head.threshold)
        return thresholds | {kind: self._share_threshold(kind) for kind in SHARE_THRESHOLDS}

    def _share_threshold(self, kind: Kind) -> float:
        return self._thresholds.get(kind, SHARE_THRESHOLDS[kind])

    def _paragraph_threshold(self, kind: Kind, language: str) -> float:
        head = self.models.head(kind, "paragraph", language)
        return 1.1 if head is None else head.threshold

    def _report(
        self,
        document: Document,
        language: str,
        words: int,
        verdict: Verdict,
        kinds: tuple[Kind, ...],
        scores: dict[Kind, float | None],
        thresholds: Mapping[Kind, float],
        paragraphs: tuple[ParagraphReport, ...],
    ) -> Report:
        return Report(
            id=document.id,
            path=document.path,
            language=language,
            words=words,
            verdict=verdict,
            kinds=kinds,
            scores={kind: scores[kind] for kind in KINDS if kind != "foreign_language"},
            thresholds={kind: round(value, 4) for kind, value in thresholds.items()},
            signature=self.signature,
            paragraphs=paragraphs,
            error=document.error,
            text=document.text,
        )


def _verdict(
    scores: Mapping[Kind, float | None], thresholds: Mapping[Kind, float], *, long_enough: bool, supported: bool
) -> tuple[Verdict, tuple[Kind, ...]]:
    """Damaged if any score reaches its threshold; scripts and encodings are judged in every language."""
    if not long_enough:
        return "too_short", ()
    reached: list[Kind] = []
    for kind, threshold in thresholds.items():
        value = scores[kind]
        if value is not None and value >= threshold:
            reached.append(kind)
    if reached:
        return "damaged", tuple(reached)
    return ("clean" if supported else "unsupported_language"), ()


def _unjudged() -> dict[Kind, float | None]:
    return dict.fromkeys(KINDS)


def _value(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
