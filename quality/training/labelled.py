"""Judgements on labelled text of one's own: JSONL in, the shipped models' scores beside its labels out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any

from quality.document import LEARNED_KINDS, Document, Kind, Report
from quality.errors import EvaluationError, ReadError, UsageError
from quality.model import Models
from quality.reading.jsonl import cut_lines
from quality.reading.paths import find_sources
from quality.reading.streams import NotTextError, Stream, check_text, open_source
from quality.scoring import Scorer
from quality.training.judgements import PEOPLE, Judgement, Judgements, Subject

__all__ = ["LABELS", "Fields", "judge_records", "judged", "named_fields", "read_labelled"]

#: What a label may be: a kind of damage, or clean; and the names that data sets use for these.
LABELS: Mapping[str, Kind | None] = {
    "machine_translation": "machine_translation",
    "mt": "machine_translation",
    "spinning": "spinning",
    "spun": "spinning",
    "clean": None,
    "human": None,
    "human-original": None,
    "human-translation": None,
    "human-unknown": None,
}
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of the fields of a record; those after `label` need not be there."""

    text: str = "text"
    label: str = "label"
    source: str = "source"
    group: str = "group"
    domain: str = "domain"
    year: str = "year"
    system: str = "system"
    task: str = "set"
    score: str = "score"
    score_type: str = "score_type"
    system_score: str = "sys_score"


def named_fields(*, text: str, label: str, others: Sequence[str]) -> Fields:
    """Fields of which `others` ("source=site") have names of their own. Raises UsageError at one that there is not.

    >>> named_fields(text="text", label="kind", others=["source=site"]).source
    'site'
    """
    ours = {str(field.default): field.name for field in fields(Fields)}
    changed = {}
    for other in others:
        known, equals, own = other.partition("=")
        if not equals or not own or known not in ours or known in ("text", "label"):
            raise UsageError(f"--field {other}: write OURS=YOURS, OURS being one of {', '.join(list(ours)[2:])}")
        changed[ours[known]] = own
    return Fields(text=text, label=label, **changed)


def judged(paths: Sequence[str], models: Models, names: Fields, *, language: str = "auto") -> Judgements:
    """The judgements on labelled files. Raises EvaluationError where there is nothing to judge."""
    scorer = Scorer(models, language=language, explain=False)
    rows = tuple(judge_records(read_labelled(paths, names), scorer, names))
    if not rows:
        raise EvaluationError(
            f"{', '.join(paths)}: no labelled text in a language that there are models for "
            f"({', '.join(models.languages)}); name other files, or the language with --language"
        )
    return Judgements(scorer.signature, rows)


def judge_records(
    documents: Iterator[tuple[Document, Mapping[str, Any]]], scorer: Scorer, names: Fields
) -> Iterator[Judgement]:
    """One judgement a record and kind that the record's language has models for, and one a paragraph of it.

    A text of one kind of damage is neither clean nor damaged for another kind: it is left out there. Paragraphs carry
    the label of their document. Raises EvaluationError at a record without a usable label.
    """
    while batch := list(islice(documents, _BATCH)):
        labels = [_label(document, record, names) for document, record in batch]
        reports = scorer.score_batch([document for document, _ in batch])
        for (document, record), label, report in zip(batch, labels, reports, strict=True):
            subject = _subject(document, record, report, names)
            if label is None:  # whatever made the file: its label says that people wrote the text
                subject = replace(subject, system=PEOPLE)
            for kind in LEARNED_KINDS:
                if label is None or label == kind:
                    yield from _judgements(kind, label is not None, report, subject, scorer)


def _judgements(kind: Kind, damaged: bool, report: Report, subject: Subject, scorer: Scorer) -> Iterator[Judgement]:
    whole = scorer.models.head(kind, "document", report.language)
    part = scorer.models.head(kind, "paragraph", report.language)
    if whole is not None:
        yield Judgement(kind, "document", report.language, damaged, report.scores[kind], whole.threshold, subject)
    if part is None:
        return
    for paragraph in report.paragraphs:
        if paragraph.language == report.language:
            yield Judgement(
                kind=kind,
                level="paragraph",
                language=report.language,
                damaged=damaged,
                score=paragraph.scores[kind],
                threshold=part.threshold,
                # People's score is the document's, and does not tell which paragraph is how bad.
                subject=replace(subject, words=paragraph.words, score=None),
            )


def _label(document: Document, record: Mapping[str, Any], names: Fields) -> Kind | None:
    where = f"{document.path}:{document.line}"
    if names.label not in record:
        known = ", ".join(list(record)[:6])
        raise EvaluationError(
            f"{where}: has no field {json.dumps(names.label)} (it has {known}); name the right one with --label-field"
        )
    label = record[names.label]
    if not isinstance(label, str) or label not in LABELS:
        raise EvaluationError(
            f"{where}: its {json.dumps(names.label)} is {json.dumps(label, ensure_ascii=False)}; "
            f"write one of {', '.join(LABELS)}, or name another --label-field"
        )
    return LABELS[label]


def _subject(document: Document, record: Mapping[str, Any], report: Report, names: Fields) -> Subject:
    def text(name: str) -> str:
        value = record.get(getattr(names, name))
        return "" if value is None else str(value)

    def number(name: str) -> float | None:
        value = record.get(getattr(names, name))
        return float(value) if isinstance(value, int | float) else None

    year = text("year")[:4]
    return Subject(
        source=text("source") or str(document.path),
        group=text("group"),
        unit=text("group") or f"{document.path}:{document.line}",
        task=text("task"),
        year=int(year) if year.isdigit() else None,
        system=text("system"),
        domain=text("domain"),
        words=report.words,
        score=number("score") if text("score_type") else None,
        score_type=text("score_type"),
        system_score=number("system_score"),
    )


def read_labelled(paths: Sequence[str], names: Fields) -> Iterator[tuple[Document, Mapping[str, Any]]]:
    """Each record of JSONL files (also packed, or - for standard input) as a document, and whole.

    Raises ReadError at the first that cannot be read: figures over a part of the data would mislead.
    """
    for path in paths:
        for source in find_sources(path, Counter(), _refuse):
            try:
                with open_source(source) as stream:
                    check_text(stream.head, "utf-8")
                    yield from _records(stream, source.shown, names)
            except NotTextError as error:
                raise ReadError(source.shown, str(error)) from None


def _records(stream: Stream, shown: str, names: Fields) -> Iterator[tuple[Document, Mapping[str, Any]]]:
    options = {"path": shown, "text_field": names.text, "id_field": "", "encoding": "utf-8"}
    for lines in cut_lines(stream.lines(), **options):
        for document in lines.read():
            if document.error is not None:
                raise ReadError(document.place, document.error)
            yield document, json.loads(lines.record(document).fields)


def _refuse(error: ReadError) -> None:
    raise error
