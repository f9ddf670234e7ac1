"""From judgements to tables: what is found and what is wrongly called, over all and by where texts are from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quality.training.baselines import BASELINES, WITHOUT
from quality.training.figures import Cell, Column, Table
from quality.training.judgements import Judgement, Subject
from quality.training.metrics import (
    BASE_RATES,
    Estimate,
    Sample,
    at_most_false,
    auroc,
    estimates,
    precision,
    rate,
    recall_at,
    reliability,
)

__all__ = [
    "SLICES",
    "Group",
    "calibration",
    "evaluate",
    "false_alarms",
    "groups",
    "others",
    "overview",
    "precisions",
    "sliced",
]

#: Sources with fewer clean texts cannot show a rate of false alarms.
_SOURCE_MIN = 100
#: Slices with fewer texts stand together.
_SLICE_MIN = 30
#: With fewer clean texts of its own a slice is compared with all clean texts.
_OWN_CLEAN = 20
_OTHERS = "others"
#: Sources named for their false alarms.
_WORST = 3
_BANDS = (25, 50, 100, 200, 400, 800)

_NAMES = {"machine_translation": "machine translation"}


@dataclass(frozen=True, eq=False)
class Group:
    """The judgements of one kind at one level in one language, each with the array of what figures need."""

    kind: str
    level: str
    language: str
    rows: tuple[Judgement, ...]

    @property
    def name(self) -> str:
        return f"{_NAMES.get(self.kind, self.kind)}, {self.level}s, {self.language}"

    @cached_property
    def sample(self) -> Sample:
        scores = np.array([-np.inf if row.score is None else row.score for row in self.rows])
        return Sample(scores, self.damaged, np.array([row.called for row in self.rows]), self.units)

    @cached_property
    def damaged(self) -> NDArray[np.bool_]:
        return np.array([row.damaged for row in self.rows], np.bool_)

    @cached_property
    def units(self) -> NDArray[np.int64]:
        names: dict[tuple[str, str], int] = {}
        found = []
        for at, row in enumerate(self.rows):
            # A text of which nothing is known is a unit by itself.
            unit = (row.subject.source, row.subject.unit) if row.subject.unit else ("", str(at))
            found.append(names.setdefault(unit, len(names)))
        return np.array(found, np.int64)

    @property
    def counted(self) -> Group:
        """Without what stands aside, without synthetic damage, and of clean text what people wrote, whole."""
        return self.where(
            lambda row: not row.aside and (row.subject.sound or (row.damaged and not row.subject.altered))
        )

    def where(self, wanted: Callable[[Judgement], bool]) -> Group:
        return Group(self.kind, self.level, self.language, tuple(filter(wanted, self.rows)))

    def mask(self, wanted: Callable[[Subject], bool]) -> NDArray[np.bool_]:
        return np.array([wanted(row.subject) for row in self.rows], np.bool_)

    def by_other(self, name: str) -> Sample:
        """By a baseline, or without some features, instead of by the head."""
        scores = np.array([row.others.get(name, -np.inf) for row in self.rows])
        return Sample(scores, self.damaged, np.zeros(len(self.rows), np.bool_), self.units, probable=False)


def groups(rows: Sequence[Judgement]) -> list[Group]:
    """The judgements by kind, language and level."""
    found: dict[tuple[str, str, str], list[Judgement]] = defaultdict(list)
    for row in rows:
        found[(row.kind, row.language, row.level)].append(row)
    return [Group(kind, level, language, tuple(members)) for (kind, language, level), members in sorted(found.items())]


def band(subject: Subject) -> str:
    """The band of lengths that a text is in.

    >>> band(Subject(words=24)), band(Subject(words=120)), band(Subject(words=5000))
    ('under 25 words', '100–199 words', '800 words and more')
    """
    if subject.words < _BANDS[0]:
        return f"under {_BANDS[0]} words"
    if subject.words >= _BANDS[-1]:
        return f"{_BANDS[-1]} words and more"
    at = int(np.searchsorted(_BANDS, subject.words, side="right"))
    return f"{_BANDS[at - 1]}–{_BANDS[at] - 1} words"


#: What texts are told apart by.
SLICES: Mapping[str, Callable[[Subject], str]] = {
    "length": band,
    "domain": lambda subject: subject.domain or "not known",
    "year": lambda subject: "not known" if subject.year is None else str(subject.year),
    "system": lambda subject: (
        f"{subject.task.split('/')[0] or subject.source}: {subject.system}".strip(": ") or "not known"
    ),
    "source": lambda subject: subject.source or "not known",
}


def evaluate(rows: Sequence[Judgement], *, slices: Sequence[str] = tuple(SLICES)) -> list[Table]:
    """All tables that labels and scores alone allow."""
    counted = [group.counted for group in groups(rows)]
    found = [overview(counted), false_alarms(groups(rows)), precisions(counted), *calibration(counted)]
    if any(row.others for row in rows):
        found += [others(counted, BASELINES, "Baselines"), *_ablations(counted)]
    return [*found, *(sliced(group, name) for name in slices for group in counted if _tells(group, name))]


_COUNTS = (Column("clean", "count"), Column("damaged", "count"))


def overview(counted: Sequence[Group]) -> Table:
    columns = (
        Column("text"),
        *_COUNTS,
        Column("too short", "count"),
        Column("AUROC", "area"),
        Column("recall at 1 %", "share"),
        Column("recall at 0.1 %", "share"),
        Column("threshold", "area"),
        Column("recall", "share"),
        Column("false alarms", "rate"),
        Column("worst source of 100 or more"),
    )
    rows = []
    for group in counted:
        sample, known = group.sample, estimates(group.sample)
        rows.append(
            (
                group.name,
                int((~sample.damaged).sum()),
                int(sample.damaged.sum()),
                int(np.isinf(sample.scores).sum()),
                *(known.get(name) for name in ("auroc", "recall_1", "recall_01")),
                group.rows[0].threshold if group.rows else None,
                rate(sample, damaged=True),
                rate(sample, damaged=False),
                _worst_source(group),
            )
        )
    note = (
        "Recall at 1 % and at 0.1 %: with a threshold that so many of these clean texts reach. Recall and false "
        "alarms: at the shipped threshold; a text that is too short to judge counts as not called. In brackets 95 % "
        "intervals, documents, sites and authors resampled whole."
    )
    return Table("Found, and wrongly called", note, columns, tuple(rows))


def _worst_source(group: Group) -> str | None:
    by_source: dict[str, list[bool]] = defaultdict(list)
    for row in group.rows:
        if not row.damaged:
            by_source[row.subject.source].append(row.called)
    rates = [(sum(called) / len(called), name) for name, called in by_source.items() if len(called) >= _SOURCE_MIN]
    if not rates:
        return None
    worst, name = max(rates)
    return f"{worst:.2%} {name}"


def precisions(counted: Sequence[Group]) -> Table:
    columns = (Column("text"), *(Column(f"{base_rate:.1%} damaged", "area") for base_rate in BASE_RATES))
    rows = []
    for group in counted:
        recall, false = rate(group.sample, damaged=True), rate(group.sample, damaged=False)
        cells: list[Cell] = [group.name]
        for base_rate in BASE_RATES:
            if recall is None or false is None:
                cells.append(None)
                continue
            worst = precision(recall.low, false.high, base_rate)
            best = precision(recall.high, false.low, base_rate)
            cells.append(Estimate(precision(recall.value, false.value, base_rate), worst, best))
        rows.append(tuple(cells))
    note = "Share of damaged ones in what is called at the shipped threshold, where so many of all texts are damaged."
    return Table("Precision by base rate", note, columns, tuple(rows))


#: Text without this damage that no threshold is set on.
_BESIDE: Mapping[str, Callable[[Subject], bool]] = {
    "machine translation": lambda subject: subject.by_machine and not subject.part,
    "passages of these texts": lambda subject: subject.part and not subject.by_machine,
}


def false_alarms(judged: Sequence[Group]) -> Table:
    """Clean text called at the shipped threshold: of all, of the sources that have the most, and of what is beside."""
    columns = (Column("text"), Column("source"), Column("clean", "count"), Column("wrongly called", "rate"))
    rows: list[tuple[Cell, ...]] = []
    for group in judged:
        clean = group.counted.where(lambda row: not row.damaged)
        sources = np.array([row.subject.source for row in clean.rows], np.str_)
        names, counts = np.unique(sources, return_counts=True)
        found = [
            (name, int(count), rate(clean.sample.take(sources == name), damaged=False))
            for name, count in zip(names.tolist(), counts, strict=True)
            if count >= _SOURCE_MIN
        ]
        worst = sorted(
            (row for row in found if row[2] and row[2].value > 0), key=lambda row: -(row[2].value if row[2] else 0)
        )
        rows.append((group.name, "all", len(sources), rate(clean.sample, damaged=False)))
        rows += [(group.name, *row) for row in worst[:_WORST]]
        beside = group.where(lambda row: not row.damaged and not row.subject.altered)
        for name, wanted in _BESIDE.items():
            chosen = beside.mask(wanted)
            if chosen.any():
                rows.append((group.name, name, int(chosen.sum()), rate(beside.sample.take(chosen), damaged=False)))
    note = (
        f"The {_WORST} sources of {_SOURCE_MIN} texts or more that have the most, where any is called. Thresholds are "
        "set on whole texts that people wrote; how often another text without this damage is called stands beside it."
    )
    return Table("False alarms", note, columns, tuple(rows))


def calibration(counted: Sequence[Group]) -> Iterator[Table]:
    rows = tuple((group.name, estimates(group.sample).get("calibration")) for group in counted)
    note = (
        "How far probabilities are off on average, at an even prior: both labels weigh the same, and so do all texts "
        "of a label. Texts that were not judged have no probability."
    )
    yield Table("Calibration", note, (Column("text"), Column("expected calibration error", "area")), rows)
    columns = (
        Column("text"),
        Column("probability"),
        Column("share of texts", "share"),
        Column("mean probability", "area"),
        Column("damaged", "area"),
    )
    bins = [(group.name, row) for group in counted for row in reliability(group.sample)]
    cells = tuple((name, f"{row.low:.1f}–{row.high:.1f}", row.share, row.predicted, row.damaged) for name, row in bins)
    yield Table("Reliability", "The same, in ten bins.", columns, cells)


def others(counted: Sequence[Group], names: Sequence[str], title: str) -> Table:
    """What baselines, or heads without some features, reach on the same texts and folds."""
    columns = (Column("text"), Column("by"), Column("AUROC", "area"), Column("recall at 1 %", "share"))
    rows: list[tuple[Cell, ...]] = []
    for group in counted:
        present = [name for name in names if any(name in row.others for row in group.rows)]
        samples = {"all features": group.sample, **{name: group.by_other(name) for name in present}}
        if present:
            rows += [(group.name, name, auroc(sample), recall_at(sample, 0.01)) for name, sample in samples.items()]
    note = "Each refitted, by the same folds. No baseline knows what it has not seen either."
    return Table(title, note, columns, tuple(rows))


def _ablations(counted: Sequence[Group]) -> Iterator[Table]:
    names = dict.fromkeys(
        name for group in counted for row in group.rows for name in row.others if name.startswith(WITHOUT)
    )
    if names:
        yield others(counted, tuple(names), "Without one family of features")


def _tells(group: Group, name: str) -> bool:
    return len({SLICES[name](row.subject) for row in group.rows}) > 1 and (
        name != "system" or group.level == "document"
    )


def sliced(group: Group, name: str) -> Table:
    """One row a value: what is called of it, and how its damaged texts stand out."""
    keys = np.array([SLICES[name](row.subject) for row in group.rows], np.str_)
    values, counts = np.unique(keys, return_counts=True)
    keys = np.where(np.isin(keys, values[counts < _SLICE_MIN]), _OTHERS, keys)
    sample, clean = group.sample, ~group.damaged
    cuts = [at_most_false(sample.scores[clean], share) for share in (0.01, 0.001)] if clean.any() else []
    columns = (
        Column(name),
        Column("clean", "count"),
        Column("wrongly called", "rate"),
        Column("damaged", "count"),
        Column("AUROC", "area"),
        Column("against"),
        Column("recall at 1 %", "share"),
        Column("recall at 0.1 %", "share"),
        Column("called", "share"),
    )
    rows: list[tuple[Cell, ...]] = []
    for value in sorted(np.unique(keys), key=lambda key: (key == _OTHERS, _order(name, key))):
        chosen = keys == value
        own = int((chosen & clean).sum())
        damaged = chosen & group.damaged
        compared = sample.take(damaged | (clean & chosen if own >= _OWN_CLEAN else clean))
        found = sample.scores[damaged]
        rows.append(
            (
                str(value),
                own,
                rate(sample.take(chosen), damaged=False),
                int(damaged.sum()),
                estimates(compared).get("auroc") if damaged.any() else None,
                ("own" if own >= _OWN_CLEAN else "all") if damaged.any() and clean.any() else "",
                *(float((found > cut).mean()) if damaged.any() else None for cut in cuts),
                *([None] * (2 - len(cuts))),
                rate(sample.take(chosen), damaged=True),
            )
        )
    note = "AUROC against clean texts of the same row, or against all clean ones; recall at rates of all clean ones."
    return Table(f"By {name}: {group.name}", note, columns, tuple(rows))


def _order(name: str, value: str) -> tuple[int, str]:
    if name != "length" or value == _OTHERS:
        return 0, value
    first = "".join(character if character.isdigit() else " " for character in value).split()[0]
    return int(first) - value.startswith("under"), value
