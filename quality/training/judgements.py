"""One record a held-out judgement: what was judged, by which threshold, and what it was called.

`quality train --predictions FILE` writes them, `quality evaluate --predictions FILE` makes tables of them. The file is
JSONL, compressed with xz; its first line tells which models the judgements belong to.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.errors import EvaluationError
from quality.features import Matrix
from quality.model import Head
from quality.training.data import Text

if TYPE_CHECKING:
    from quality.training.heads import HeadData

__all__ = ["PEOPLE", "Judgement", "Judgements", "Subject", "judgements", "read_judgements", "write_judgements"]

SCHEMA = "quality-judgements/1"
#: How the system of text that people wrote is named, if at all: "human", or "human:" and one of several.
PEOPLE = "human"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of a judged text. `unit` is what intervals resample: texts of one unit are not independent.

    `task` is the test set and language pair that systems are compared in; `segments` how many sentences it has, where
    that is known; `score` is people's, in the unit of `score_type`, `system_score` the system's official one,
    `overlap` as in `Text`. `altered` marks machine translation that synthetic damage was put on top of, and clean text
    that was tampered with; `part` a passage of a text that is judged whole too.
    """

    source: str = ""
    group: str = ""
    unit: str = ""
    task: str = ""
    year: int | None = None
    system: str = ""
    domain: str = ""
    words: int = 0
    segments: int | None = None
    score: float | None = None
    score_type: str = ""
    system_score: float | None = None
    overlap: float | None = None
    altered: bool = False
    part: bool = False

    @property
    def sound(self) -> bool:
        """Whether it is a whole text as a person wrote it, if it is clean at all."""
        return not self.by_machine and not self.altered and not self.part

    @property
    def by_machine(self) -> bool:
        """Whether a system is named that wrote it."""
        return self.system != "" and self.system.split(":")[0] != PEOPLE

    @classmethod
    def of(cls, text: Text, *, words: int, segments: int | None, score: float | None, altered: bool) -> Subject:
        """What `text` tells of itself or of a paragraph of it."""
        task, unit = "", text.document if text.domain == "documentation" else text.group
        if text.source.startswith("mt/"):
            # test set | system | source language | document: one document in all its translations is one unit.
            task, _, foreign, document = text.document.split("|", 3)
            if foreign not in ("", "None") and foreign not in task:
                task = f"{task}/{foreign}"
            unit = f"{task}|{document}" if document else ""
        return cls(
            source=text.source,
            group=text.group,
            unit=unit,
            task=task,
            year=text.year,
            system=text.system,
            domain=text.domain,
            words=words,
            segments=segments if text.source.startswith("mt/") else None,
            score=score,
            score_type=text.score_type,
            system_score=text.system_score,
            overlap=text.overlap,
            altered=altered,
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """A text, its label and its probability for one kind of damage; None where it was too short to judge.

    `others` are log-odds, not calibrated, by other means on the same folds: baselines, and the head without one family
    of features ("without n-grams"). `aside` marks text that had no part in training, calibration or threshold though
    its label is known: output as good as a person's, and single sentences.
    """

    kind: str
    level: str
    language: str
    damaged: bool
    score: float | None
    threshold: float
    subject: Subject
    others: Mapping[str, float] = field(default_factory=dict)
    aside: bool = False

    @property
    def called(self) -> bool:
        """Whether the text is called damaged; one that is too short to judge never is."""
        return self.score is not None and self.score >= self.threshold

    def to_dict(self) -> dict[str, Any]:
        """The record, without what is not known."""
        record = {name: getattr(self, name) for name in _OWN} | asdict(self.subject) | {"others": dict(self.others)}
        record["human_score"] = self.subject.score
        record["score"] = self.score
        return {name: value for name, value in record.items() if value not in (None, "", {})}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Judgement:
        known = {name: record[name] for name in _KNOWN if name in record}
        subject = Subject(**known, score=record.get("human_score"))
        own = {name: record[name] for name in _OWN}
        return cls(**own, score=record.get("score"), subject=subject, others=record.get("others", {}))


_OWN = ("kind", "level", "language", "damaged", "threshold", "aside")
_KNOWN = tuple(field.name for field in fields(Subject) if field.name != "score")


@dataclass(frozen=True, slots=True)
class Judgements:
    """Judgements by models of one signature; `held_out` by what had not seen the texts' groups in training."""

    signature: str
    rows: tuple[Judgement, ...]
    held_out: bool = False


def judgements(head: Head, data: HeadData, probabilities: Matrix, others: Mapping[str, Matrix]) -> Iterator[Judgement]:
    """What `fit_head` says of every row that it had not seen, and what `others` say."""
    columns = {name: values.tolist() for name, values in others.items()}
    counts = data.counts.tolist()
    for at, (subject, probability) in enumerate(zip(data.subjects, probabilities.tolist(), strict=True)):
        yield Judgement(
            kind=head.kind,
            level=head.level,
            language=head.language,
            damaged=bool(data.labels[at]),
            # Nine digits: the highest probabilities, which decide at low rates of false alarms, differ late.
            score=float(f"{probability:.9g}"),
            threshold=head.threshold,
            subject=subject,
            others={name: round(column[at], 4) for name, column in columns.items()},
            aside=not counts[at],
        )


def write_judgements(path: Path, signature: str, rows: Iterable[Judgement]) -> None:
    """Write `path`, replacing it."""
    # The lowest preset: a fifth of the time for a tenth more bytes.
    with lzma.open(path, "wt", preset=1, encoding="utf-8") as stream:
        stream.write(json.dumps({"schema": SCHEMA, "signature": signature}) + "\n")
        for row in rows:
            stream.write(json.dumps(row.to_dict(), ensure_ascii=False) + "\n")


def read_judgements(path: Path) -> Judgements:
    """What `write_judgements` wrote. Raises EvaluationError where the file is none."""
    try:
        with lzma.open(path, "rt", encoding="utf-8") as stream:
            header = json.loads(next(stream))
            if not isinstance(header, dict) or header.get("schema") != SCHEMA:
                raise ValueError(f"its first line is not of schema {SCHEMA}")
            return Judgements(
                header["signature"], tuple(Judgement.from_dict(json.loads(line)) for line in stream), True
            )
    except OSError as error:
        raise EvaluationError(
            f"{path}: cannot be read ({error.strerror}); name a file that `quality train --predictions` wrote"
        ) from error
    except (lzma.LZMAError, EOFError, StopIteration, ValueError, KeyError, TypeError) as error:
        cause = str(error) or "it ends early"
        raise EvaluationError(
            f"{path}: no file of predictions ({cause}); write one with `quality train --predictions`"
        ) from error
