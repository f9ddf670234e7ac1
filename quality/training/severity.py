"""Whether scores grow with how bad a text is, and what is found of engines old and new, weak and strong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from quality.training.evaluation import Group, groups
from quality.training.figures import Cell, Column, Table
from quality.training.judgements import Judgement, Subject
from quality.training.metrics import estimates, rate, spearman

__all__ = ["engines", "machine_groups", "severity", "systems"]

#: How people score segments, and whether more means worse.
_WORSE: Mapping[str, float] = {
    "human-mean-rank-1best-5worst": 1.0,
    "MQM-0best-neg-worse": -1.0,
    "DA-mean-0worst-100best": -1.0,
}
#: The years up to which engines are called old here, and from which on all are neural.
_OLD, _NEURAL = 2015, 2019
#: Fewer scored texts, systems in a task, texts of a system say nothing.
_TEXTS, _SYSTEMS, _OF_SYSTEM = 50, 4, 10

_MACHINE = "machine_translation"


def severity(rows: Sequence[Judgement]) -> list[Table]:
    """Tables on machine translation; none where its engines and years are not known."""
    found = machine_groups(rows)
    tables = [engines(found), _segments(found), *systems(found)]
    return [table for table in tables if table.rows]


def machine_groups(rows: Sequence[Judgement]) -> list[Group]:
    """What is judged for machine translation, without synthetic damage."""
    return [group.where(lambda row: not row.subject.altered) for group in groups(rows) if group.kind == _MACHINE]


def quality_of_systems(group: Group) -> dict[tuple[str, str], tuple[str, float]]:
    """(Task, system) → by what it was measured and how good it is: by the official score, people's scores of its
    segments, or its overlap with a person's translation, whichever is there first for all or most of a task."""
    values: dict[str, dict[tuple[str, str], list[float]]] = {name: defaultdict(list) for name in _MEASURES}
    for row in group.rows:
        if row.damaged and row.subject.task:
            for name, measure in _MEASURES.items():
                value = measure(row.subject)
                if value is not None:
                    values[name][(row.subject.task, row.subject.system)].append(value)
    known = sorted({key for found in values.values() for key in found})
    best: dict[tuple[str, str], tuple[str, float]] = {}
    for task in dict.fromkeys(task for task, _ in known):
        systems = [key for key in known if key[0] == task]
        # A score that only the best systems were given would make its weakest look like the task's.
        covered = (name for name in _MEASURES if sum(key in values[name] for key in systems) >= 0.75 * len(systems))
        for name in covered:
            means = {key: float(np.mean(values[name][key])) for key in systems if values[name][key]}
            best |= {key: (name, value) for key, value in means.items()}
            break
    return best


def _people(subject: Subject) -> float | None:
    """People's score of a text, turned so that more is better; None where it is of no known type."""
    worse = _WORSE.get(subject.score_type)
    return None if subject.score is None or worse is None else -worse * subject.score


#: Measures of a system, higher for better ones, the most trustworthy first.
_MEASURES: Mapping[str, Callable[[Subject], float | None]] = {
    "official": lambda subject: subject.system_score,
    "segments": _people,
    "overlap": lambda subject: subject.overlap,
}


def _weakest(group: Group) -> set[tuple[str, str]]:
    """The weakest quarter of the neural systems of each task."""
    neural = group.where(lambda row: (row.subject.year or 0) >= _NEURAL)
    by_task: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (task, system), (_, value) in quality_of_systems(neural).items():
        by_task[task].append((value, system))
    return {
        (task, system)
        for task, systems in by_task.items()
        for _, system in sorted(systems)[: max(1, round(len(systems) / 4))]
    }


def engines(found: Sequence[Group]) -> Table:
    """One row a class of engines, against people's text of the same kind and against all clean text."""
    columns = (
        Column("text"),
        Column("damaged", "count"),
        Column("clean", "count"),
        Column("AUROC", "area"),
        Column("recall at 1 %", "share"),
        Column("AUROC, all clean", "area"),
        Column("recall at 1 %, all clean", "share"),
        Column("called", "share"),
    )
    rows: list[tuple[Cell, ...]] = []
    for group in found:
        aside = np.array([row.aside for row in group.rows])
        task, old, neural = (group.mask(wanted) for wanted in (_task, _old, _neural))
        documentation, late = group.mask(_documentation), group.mask(_late)
        three = group.mask(lambda subject: subject.segments == 3)
        weakest = _weakest(group)
        weak = np.array([(row.subject.task, row.subject.system) in weakest for row in group.rows])
        classes = {
            f"engines up to {_OLD}": (old, task),
            f"weakest quarter of neural systems from {_NEURAL} on": (weak, task),
            f"all neural systems from {_NEURAL} on": (neural, task),
            f"documentation, raw, before {_NEURAL}": (documentation & ~late, documentation),
            f"documentation, raw, from {_NEURAL} on": (documentation & late, documentation),
        }
        if group.level == "paragraph":
            classes[f"engines up to {_OLD}, three sentences"] = (old & three, task & three)
        else:
            classes[f"systems from {_NEURAL} on that are known to be as good as a person"] = (neural & aside, task)
        all_clean = ~group.damaged & ~aside
        for name, (machine, person) in classes.items():
            damaged, clean = group.damaged & machine, all_clean & person
            if damaged.sum() < _TEXTS:
                continue
            like = estimates(group.sample.take(damaged | clean))
            every = estimates(group.sample.take(damaged | all_clean))
            rows.append(
                (
                    f"{group.name}: {name}",
                    int(damaged.sum()),
                    int(clean.sum()),
                    *(like.get(figure) for figure in ("auroc", "recall_1")),
                    *(every.get(figure) for figure in ("auroc", "recall_1")),
                    rate(group.sample.take(damaged), damaged=True),
                )
            )
    note = (
        "Against people's text of translation tasks, or of documentation, and against all clean text. Weak systems are "
        "those of their task by official score, by people's scores of segments, or, where neither is published for "
        "most of a task, by overlap with a person's translation. From 2019 on the label tells where a text is from, "
        "and not that it is damaged."
    )
    return Table("Engines", note, columns, tuple(rows))


def _task(subject: Subject) -> bool:
    return bool(subject.task)


def _late(subject: Subject) -> bool:
    return (subject.year or 0) >= _NEURAL


def _old(subject: Subject) -> bool:
    return _task(subject) and (subject.year or _NEURAL) <= _OLD


def _neural(subject: Subject) -> bool:
    return _task(subject) and _late(subject)


def _documentation(subject: Subject) -> bool:
    return subject.domain == "documentation"


def _segments(found: Sequence[Group]) -> Table:
    """Correlation of scores with people's of the same text, machine translation alone."""
    columns = (
        Column("text"),
        Column("source"),
        Column("people's scores"),
        Column("texts", "count"),
        Column("ρ", "area"),
    )
    rows: list[tuple[Cell, ...]] = []
    for group in found:
        by_source: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
        for row in group.rows:
            subject = row.subject
            good = _people(subject)
            if row.damaged and row.score is not None and good is not None:
                by_source[(subject.source, subject.score_type)].append((row.score, -good))
        for (source, kind), pairs in sorted(by_source.items()):
            if len(pairs) >= _TEXTS:
                scores, badness = np.array(pairs).T
                rows.append((group.name, source, kind, len(pairs), spearman(scores, badness)))
    note = "Spearman's ρ of the probability with how bad people found the text: 1 if it grows with damage throughout."
    return Table("Severity of texts", note, columns, tuple(rows))


def systems(found: Sequence[Group]) -> tuple[Table, Table]:
    """Correlation of systems' mean scores, over whole documents, with how weak they are: by task, and by year."""
    columns: tuple[Column, ...] = (
        Column("text"),
        Column("year"),
        Column("task"),
        Column("systems", "count"),
        Column("measured by"),
        Column("ρ", "area"),
    )
    rows: list[tuple[Cell, ...]] = []
    means: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for group in found:
        if group.level != "document":
            continue
        qualities = quality_of_systems(group)
        scores: dict[tuple[str, str], list[float]] = defaultdict(list)
        years: dict[str, str] = {}
        for row in group.rows:
            if row.damaged and row.score is not None and row.subject.task:
                scores[(row.subject.task, row.subject.system)].append(row.score)
                years[row.subject.task] = str(row.subject.year)
        for task, year in sorted(years.items()):
            chosen = [key for key in qualities if key[0] == task and len(scores.get(key, ())) >= _OF_SYSTEM]
            if len(chosen) < _SYSTEMS:
                continue
            measure = qualities[chosen[0]][0]
            correlation = spearman(
                np.array([np.mean(scores[key]) for key in chosen]), np.array([-qualities[key][1] for key in chosen])
            )
            rows.append((group.name, year, task, len(chosen), measure, correlation))
            means[(group.name, year, measure)].append(correlation)
    note = (
        "Spearman's ρ of a system's mean probability with how weak it is, by its official score, by people's scores of "
        "its segments, or by its overlap with a person's translation."
    )
    by_task = Table("Severity of systems, by task", note, columns, tuple(rows))
    columns = (
        Column("text"),
        Column("year"),
        Column("measured by"),
        Column("tasks", "count"),
        Column("mean ρ", "area"),
    )
    summed = tuple((*key, len(values), float(np.nanmean(values))) for key, values in sorted(means.items()))
    return by_task, Table("Severity of systems, by year left out", "The mean over a year's tasks.", columns, summed)
