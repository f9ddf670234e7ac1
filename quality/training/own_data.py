"""Labelled text of one's own: read whole, and refused where nothing sound can be learned from it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.document import MIN_PARAGRAPH_WORDS, MIN_WORDS, Kind
from quality.errors import TrainingError
from quality.labelling import text_key
from quality.training.labelled import LABELS, Fields, read_labelled

__all__ = ["FEWEST", "Labelled", "checked", "folds_of", "label_counts", "read_own"]

#: Documents of a label under which an interval of AUROC is wider than ±.13, whatever it says.
FEWEST = 30
#: Parts that are held back in turn.
_FOLDS = 5
#: Share of documents that may stand twice, in other groups: they are left out; more tell of a mistake. Chosen by hand.
_FEW_TWICE = 0.02
#: A document stands twice when this share of its words is in paragraphs of one document of another group.
_SAME = 0.5
_LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, its kind of damage (None: clean), and the group that is held back as one."""

    text: str
    kind: Kind | None
    group: str
    place: str


def read_own(paths: Sequence[str], names: Fields) -> tuple[Labelled, ...]:
    """The labelled texts of JSONL files. Raises TrainingError where labels are missing or are none that we know."""
    found: list[Labelled] = []
    wrong: list[tuple[str, object]] = []
    short = 0
    for document, record in read_labelled(paths, names):
        label, place = record.get(names.label), f"{document.path}:{document.line}"
        if not isinstance(label, str) or label not in LABELS:
            wrong.append((place, label))
        elif len(document.text.split()) < MIN_WORDS:
            short += 1
        else:
            group = record.get(names.group)
            found.append(Labelled(document.text, LABELS[label], place if group in (None, "") else str(group), place))
    total = len(found) + len(wrong) + short
    if wrong:
        more = ", …" if len(wrong) > _LINES_SHOWN else ""
        shown = ", ".join(
            f"{place} {json.dumps(label, ensure_ascii=False)[:40]}" for place, label in wrong[:_LINES_SHOWN]
        )
        raise TrainingError(
            f"{len(wrong)} of {total} records have no label that is known ({shown}{more}); "
            f"write one of {', '.join(LABELS)}, or name the field with --label-field"
        )
    if not found:
        raise TrainingError(
            f"{', '.join(paths)}: {total} records, none of {MIN_WORDS} words or more; label whole documents"
        )
    return tuple(found)


def label_counts(texts: Sequence[Labelled]) -> str:
    """The number of texts of each label, for messages."""
    counts = Counter(text.kind or "clean" for text in texts)
    return ", ".join(f"{counts[label]} {label.replace('_', '-')}" for label in sorted(counts))


def checked(texts: Sequence[Labelled], kind: Kind) -> tuple[tuple[Labelled, ...], int]:
    """The texts of one kind and the clean ones, each once, and how many were left out since they stand twice.

    Raises TrainingError, with counts and what to do, for one label only, too few texts, texts with both labels,
    many that stand in two groups, and groups that tell the label.
    """
    chosen = [text for text in texts if text.kind in (None, kind)]
    damaged = sum(text.kind == kind for text in chosen)
    clean, shown = len(chosen) - damaged, kind.replace("_", "-")
    if not damaged or not clean:
        raise TrainingError(
            f"all {len(chosen)} texts are {'clean' if clean else shown}: one label teaches nothing; "
            f"add at least {FEWEST} {shown if clean else 'clean'} documents from the same places"
        )
    own, left_out = _once(chosen)
    damaged = sum(text.kind == kind for text in own)
    clean = len(own) - damaged
    if min(damaged, clean) < FEWEST:
        twice = f" (and {left_out} that stand twice)" if left_out else ""
        raise TrainingError(
            f"{damaged} {shown} and {clean} clean documents{twice}: too few to learn from and to tell whether it "
            f"helped; label at least {FEWEST} of each, better 100 (`quality label` chooses which)"
        )
    return own, left_out


def folds_of(texts: Sequence[Labelled]) -> NDArray[np.int64]:
    """A fold for each text, whole groups together, shape (texts,).

    Raises TrainingError where every way to hold back a group leaves one label alone.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    labels = np.array([text.kind is not None for text in texts])
    names, groups = np.unique([text.group for text in texts], return_inverse=True)
    if len(names) == 1:  # nothing but documents can be held back
        groups = np.arange(len(texts))
    count = min(_FOLDS, len(np.unique(groups)))
    folds = np.zeros(len(texts), np.int64)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=0)
    for fold, (_, held) in enumerate(splitter.split(labels, labels, groups)):
        folds[held] = fold
    for fold in range(count):
        if len(np.unique(labels[folds != fold])) < 2:
            raise TrainingError(
                f"label and group go together: without one part of the {len(names)} groups only "
                f"{'damaged' if labels[folds != fold].all() else 'clean'} texts are left; "
                "label both sorts in each of at least two groups, or name another field with --field group=NAME"
            )
    return folds


def _once(texts: Sequence[Labelled]) -> tuple[tuple[Labelled, ...], int]:
    """Texts without those that stand twice."""
    labels: dict[bytes, set[Kind | None]] = defaultdict(set)
    for text in texts:
        labels[text_key(text.text)].add(text.kind)
    both = [text for text in texts if len(labels[text_key(text.text)]) > 1]
    if both:
        places = ", ".join(text.place for text in both[:_LINES_SHOWN])
        raise TrainingError(
            f"{len(both)} records are of texts that have two labels ({places}{', …' * (len(both) > _LINES_SHOWN)}); "
            "keep the right one of each"
        )
    kept: list[Labelled] = []
    twice: list[Labelled] = []
    seen: dict[bytes, str] = {}
    repeated = 0
    for text in texts:
        key = text_key(text.text)
        if seen.get(key) == text.group:
            repeated += 1
        elif key in seen or _stands_elsewhere(text, seen):
            twice.append(text)
        else:
            kept.append(text)
        for one in _keys(text):
            seen.setdefault(one, text.group)
    if len(twice) > max(1.0, _FEW_TWICE * len(texts)):
        places = ", ".join(text.place for text in twice[:_LINES_SHOWN])
        raise TrainingError(
            f"{len(twice)} of {len(texts)} documents stand in another group too, whole or by half "
            f"({places}{', …' * (len(twice) > _LINES_SHOWN)}): held-back figures would be of text that was learned; "
            "remove them, or give documents that share text one group with --field group=NAME"
        )
    return tuple(kept), repeated + len(twice)


def _keys(text: Labelled) -> list[bytes]:
    return [text_key(text.text), *(key for key, _ in _paragraphs(text.text))]


def _paragraphs(text: str) -> list[tuple[bytes, int]]:
    """Key and words of each paragraph that is long enough to be judged."""
    lines = [(line, len(line.split())) for line in text.split("\n")]
    return [(text_key(line), words) for line, words in lines if words >= MIN_PARAGRAPH_WORDS]


def _stands_elsewhere(text: Labelled, seen: dict[bytes, str]) -> bool:
    shared: Counter[str] = Counter()
    paragraphs = _paragraphs(text.text)
    for key, words in paragraphs:
        other = seen.get(key)
        if other is not None and other != text.group:
            shared[other] += words
    return bool(shared) and max(shared.values()) >= _SAME * sum(words for _, words in paragraphs)
