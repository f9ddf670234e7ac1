"""Labelled text for training and evaluation, read from a data directory (layout: docs/data.md).

Every row keeps where it is from, so that splits are by whole source, year, author or product and never
by sentence. Nothing here decides what is damaged; `label` and `weight` say how far a row can be trusted.
"""

from __future__ import annotations

import hashlib
import html
import json
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quality.errors import TrainingError

__all__ = [
    "READS_LIKE_PEOPLE",
    "Text",
    "bucket",
    "chunks",
    "clean_texts",
    "detokenise",
    "language_model_texts",
    "read_rows",
    "translation_texts",
]

#: Clean sources that a shipped language model may rest on: public domain, official works, CC BY(-SA), MIT.
LANGUAGE_MODEL_SOURCES = {
    "de": (
        "clean/de-bundestag-plpr17-18",
        "clean/de-bundestag-wp20",
        "clean/de-gesetze-legal",
        "clean/de-dingler-technical",
        "clean/de-eltec-novels",
        "clean/de-gerdracor-drama",
    ),
    "en": (
        "clean/en-whitehouse-2021-25",
        "clean/en-digitalgov-blog",
        "clean/en-18f-blog",
        "clean/en-eltec-novels",
        "clean/en-nltk-inaugural",
        "clean/en-nltk-stateunion",
        "clean/en-openstax",
    ),
}
#: Of every language-model source, this share of its documents (by hash) is kept back for calibration.
HELD_BACK_PERCENT = 20

#: Products whose pages carry one label only: they would teach the product, not the damage.
_SINGLE_LABEL_PRODUCTS = frozenset({"mdop", "intune", "sccm", "d365ops", "memdocs"})
#: A product whose pages were published as raw translation in 2019, but read as people's.
READS_LIKE_PEOPLE = "powerbi"

#: Test sets part of whose human references read as spun from another text ("The populace of this age bunch").
_SPUN_REFERENCES = frozenset({"generaltest2023/zh-en"})


@dataclass(frozen=True, slots=True)
class Text:
    """A document, paragraph or run of sentences with its label.

    `label` is "mt", "human" or "spun". `source` names the collection, `group` the unit that must not be
    split between training and evaluation (a year, product, repository, author). `weight` 0 marks text whose
    licence allows no training. A score or year that is not known is None. `overlap` is the share of words, 0..1,
    that a machine's text has in common with a person's translation. `lines` tells of a text that was joined from
    runs, a line each, how many segments each run has and their mean score.
    """

    text: str
    language: str
    label: str
    source: str
    group: str
    document: str
    system: str = "human"
    year: int | None = None
    domain: str = ""
    score: float | None = None
    score_type: str = ""
    system_score: float | None = None
    weight: float = 1.0
    overlap: float | None = None
    segments: int = 1
    lines: tuple[tuple[int, float | None], ...] = ()


def read_rows(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of `data/NAME.jsonl.xz`. Raises TrainingError when the file is missing or damaged."""
    path = data / f"{name}.jsonl.xz"
    try:
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)
    except FileNotFoundError:
        raise TrainingError(f"{path}: missing; name the directory that holds mt/, clean/, web/ … with --data") from None
    except (lzma.LZMAError, EOFError, json.JSONDecodeError) as error:
        raise TrainingError(f"{path}: damaged ({error}); fetch the file again") from error


def bucket(key: str, buckets: int = 100) -> int:
    """A number in 0..buckets-1 that depends on `key` alone: the seedless way to split by name."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) % buckets


_TOKENISED = (
    (re.compile(r"\s?@-@\s?"), "-"),
    (re.compile(r"(?<=\w) (?=['’](?:s|t|re|ve|ll|d|m)\b)"), ""),
    (re.compile(r"(?<=n) (?='t\b)"), ""),
    (re.compile(r" +(?=[,.;:!?)\]])"), ""),
    (re.compile(r"(?<=[(\[]) +"), ""),
)


def detokenise(text: str) -> str:
    """Undo what translation-task systems left of their tokenisation, which gives systems away.

    >>> detokenise("It &apos;s a well @-@ known fact .")
    "It's a well-known fact."
    """
    text = html.unescape(text)
    for pattern, replacement in _TOKENISED:
        text = pattern.sub(replacement, text)
    return text


def language_model_texts(data: Path, language: str) -> Iterator[Text]:
    """Paragraphs that the shipped language model is estimated from, each once."""
    seen: set[bytes] = set()
    for name in LANGUAGE_MODEL_SOURCES[language]:
        for row in read_rows(data, name):
            if bucket(_clean_group(row)) < HELD_BACK_PERCENT or "NC" in str(row.get("licence")).split(";")[0]:
                continue
            for paragraph in row["text"].split("\n"):
                key = hashlib.blake2b(paragraph.encode(), digest_size=8).digest()
                if paragraph.strip() and key not in seen:
                    seen.add(key)
                    yield Text(paragraph, language, "human", name, _clean_group(row), row["doc"])
    if language == "en":
        # Not for German: there both labels exist, and a model that has read one side would tell them apart.
        yield from _documentation(data, language, human_only=True)
        for row in read_rows(data, "mt/mlqe_pe.en"):
            if row["kind"] == "human-original":
                yield Text(row["text"], language, "human", "mt/mlqe_pe.en", "mlqe", "mlqe", domain="wikipedia")


def translation_texts(data: Path, language: str) -> Iterator[Text]:
    """Running text (one row a segment, in document order) by systems and by people, for one language."""
    for name in sorted(path.name.removesuffix(".jsonl.xz") for path in (data / "mt").glob(f"*.{language}.jsonl.xz")):
        if name.startswith("paracrawl"):
            continue
        for row in read_rows(data, f"mt/{name}"):
            kind = row["kind"]
            if kind == "human-postedit" or (kind == "mt" and row.get("eq_human")) or not row["text"].strip():
                continue
            if kind != "mt" and row.get("set") in _SPUN_REFERENCES:
                continue
            year = int(row["year"])
            yield Text(
                text=detokenise(row["text"]),
                language=language,
                label="mt" if kind == "mt" else "human",
                source=f"mt/{name}",
                group=_task(name),
                document=f"{row.get('set')}|{row['system']}|{row.get('src_lang')}|{row.get('doc', '')}",
                system=row["system"],
                year=year,
                domain=row.get("domain") or "news",
                score=_number(row.get("score")),
                score_type=row.get("score_type") or "",
                system_score=_number(row.get("sys_score")),
                overlap=None if row.get("refsim") is None else float(row["refsim"]) / 100.0,
            )
    yield from _documentation(data, language)


def clean_texts(data: Path, language: str) -> Iterator[Text]:
    """Whole documents that people wrote, and that no shipped language model has seen.

    Those whose licence is non-commercial have `weight` 0: they set thresholds and are reported, but
    train nothing.
    """
    for name in sorted(path.name.removesuffix(".jsonl.xz") for path in (data / "clean").glob(f"{language}-*.jsonl.xz")):
        shared_with_model = f"clean/{name}" in LANGUAGE_MODEL_SOURCES.get(language, ())
        for row in read_rows(data, f"clean/{name}"):
            group = _clean_group(row)
            if shared_with_model and bucket(group) >= HELD_BACK_PERCENT:
                continue
            yield Text(
                text=row["text"],
                language=language,
                label="human",
                source=f"clean/{name}",
                group=f"{name}/{group}",
                document=row["doc"],
                domain=row["domain"],
                weight=_training_weight(row),
            )
    for row in read_rows(data, f"web/{language}-clean"):
        repository = row["source_repo"]
        yield Text(
            text=row["text"],
            language=language,
            label="human",
            source=f"web/{repository}",
            group=repository,
            document=row["doc"],
            domain=row["domain"] or "web",
            weight=_training_weight(row),
        )
    for name in ("trafilatura-eval", "tiptop-wceb", "readability"):
        for row in read_rows(data, f"boilerplate/{name}"):
            if row["lang"] == language:
                lines = [line["text"] for line in row["lines"] if line["label"] == "content"]
                if sum(line.count(" ") for line in lines) >= 50:
                    site = (row.get("url") or row["doc"]).split("//")[-1].split("/")[0]
                    yield Text(
                        "\n".join(lines), language, "human", f"boilerplate/{name}", site, row["doc"], domain="web"
                    )


def chunks(texts: Iterable[Text], sizes: Iterable[int], *, separator: str = " ") -> Iterator[Text]:
    """Join consecutive segments of one document into runs, whose lengths go round `sizes`.

    A run never spans two documents; the last run of a document may be shorter.
    """
    lengths = tuple(sizes)
    turn = 0
    pending: list[Text] = []
    for text in texts:
        if pending and (pending[0].document != text.document or len(pending) >= lengths[turn % len(lengths)]):
            yield _joined(pending, separator)
            turn += 1
            pending = []
        pending.append(text)
    if pending:
        yield _joined(pending, separator)


def _joined(texts: list[Text], separator: str) -> Text:
    return replace(
        texts[0],
        text=separator.join(text.text for text in texts),
        score=_mean(text.score for text in texts),
        overlap=_mean(text.overlap for text in texts),
        segments=sum(text.segments for text in texts),
        lines=tuple((text.segments, text.score) for text in texts) if separator == "\n" else (),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _documentation(data: Path, language: str, *, human_only: bool = False) -> Iterator[Text]:
    """Published product documentation with its publisher's label; one row a document."""
    names = {"de": ("de", "de-2018"), "en": ("en",)}.get(language, (language,))
    for name in names:
        for row in read_rows(data, f"msdocs/{name}"):
            human = row["kind"] != "mt"
            if row["product"] in _SINGLE_LABEL_PRODUCTS or (human_only and not human):
                continue
            year = int(row["date"][:4]) if row.get("date") else None
            if row["product"] == READS_LIKE_PEOPLE and not human:
                continue
            yield Text(
                text=row["text"],
                language=language,
                label="human" if human else "mt",
                source=f"msdocs/{name}",
                group=f"msdocs-{row['product']}",
                document=row["doc"],
                system="human" if human else f"msdocs-{'smt' if year is not None and year <= 2018 else 'nmt'}",
                year=year,
                domain="documentation",
            )


def _task(name: str) -> str:
    """Translation-task files of one year share their source documents: one group."""
    stem = name.split(".")[0]
    return {"wmt16it": "wmt16", "popovic_wmt16_issues": "wmt16"}.get(stem, stem)


def _training_weight(row: dict[str, Any]) -> float:
    licence = str(row.get("licence"))
    return 0.0 if "NC" in licence or "non-commercial" in licence else 1.0


def _clean_group(row: dict[str, Any]) -> str:
    """What must not be split: an author's book, a session of parliament, a site, else the document."""
    document: str = row["doc"]
    if match := re.match(r"data/\d+|\d{5}(?=-\d{4}$)", document):  # sessions of parliament
        return match.group()
    return document.split("#")[0]


def _number(value: Any) -> float | None:
    return None if value is None or value == "" else float(value)
