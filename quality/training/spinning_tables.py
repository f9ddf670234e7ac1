"""Evaluation of spinning as tables: by family of spinners, and on phrases that training has not seen."""

from __future__ import annotations

import csv
import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from quality.features import Matrix
from quality.model import Head
from quality.training.data import HELD_BACK_PERCENT, bucket, clean_texts
from quality.training.heads import HeadData
from quality.training.spinning_examples import UNTAUGHT
from quality.training.spinning_sentences import SENTENCE, SENTENCE_END
from quality.training.spinning_substitutions import held_back_term
from quality.training.tables import auroc

__all__ = ["family_table", "tortured_table"]

#: Share of replaced words from which on a text counts as well spun.
_WELL = 0.15
#: Sentences for one expected term, at most.
_OF_TERM = 3


def family_table(head: Head, data: HeadData, probabilities: Matrix, shares: Matrix, families: Sequence[str]) -> str:
    """Markdown: what is called of each family of spinners, all of it and where 15 % of the words were replaced."""
    clean = probabilities[data.labels == 0]
    lines = [
        f"### {head.kind} by family of spinners, {head.level}, {head.language}",
        "",
        "The regression has not seen the family; nothing at all has seen those marked *.",
        "",
        "| family | spun | called | AUROC | 15 % replaced | called | AUROC |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for fold, family in enumerate(families):
        cells = [f"{family}{'*' if family in UNTAUGHT else ''}"]
        for least in (0.0, _WELL):
            found = probabilities[(data.labels == 1) & (data.folds == fold) & (shares >= least)]
            cells += [str(len(found)), *_rates(head, clean, found)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _rates(head: Head, clean: Matrix, spun: Matrix) -> tuple[str, str]:
    if not len(spun):
        return "", ""
    return f"{(spun >= head.threshold).mean():.1%}", f"{auroc(clean, spun):.3f}"


def tortured_table(data: Path, head: Head, rows: Callable[[Sequence[str]], Matrix]) -> str:
    """Markdown: clean sentences with their expected term, and with a tortured phrase of a held-back term in its place.

    `rows` gives the paragraph features of texts.
    """
    sentences, tortured = _exchanged(data)
    clean, damaged = (head.probability(rows(texts)) for texts in (sentences, tortured))
    lines = [
        "### spinning, tortured phrases in sentences",
        "",
        f"{len(sentences)} clean sentences, and the same with a tortured phrase in the place of its expected term:",
        "one of the fifth of all terms that training has not seen.",
        "",
        f"AUROC {auroc(clean, damaged):.3f}.",
        "",
        "| probability from | recall | precision |",
        "|---:|---:|---:|",
    ]
    for least in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, head.threshold):
        right, wrong = int((damaged >= least).sum()), int((clean >= least).sum())
        lines.append(f"| {least:.2f} | {right / len(damaged):.2f} | {right / max(1, right + wrong):.2f} |")
    return "\n".join([*lines, ""])


def _exchanged(data: Path) -> tuple[list[str], list[str]]:
    phrases: dict[str, list[str]] = defaultdict(list)
    with (data / "spin/tortured.tsv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            term = row["expected"].lower()
            if held_back_term(row["expected"]) and re.fullmatch(r"[a-z]+( [a-z]+)+", term) and not row["condition"]:
                phrases[term].append(row["phrase"].lower())
    chance = random.Random("tortured")
    sentences, tortured = [], []
    taken: dict[str, int] = defaultdict(int)
    terms = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, phrases), key=len, reverse=True))})\b")
    for text in clean_texts(data, "en"):
        # The phrases to look for are many: a fifth of the texts will do.
        if bucket(text.document) >= HELD_BACK_PERCENT:
            continue
        for sentence in SENTENCE_END.split(text.text):
            match = terms.search(sentence)
            if match and taken[match.group()] < _OF_TERM and sentence.count(" ") + 1 in SENTENCE:
                taken[match.group()] += 1
                phrase = chance.choice(phrases[match.group()])
                sentences.append(" ".join(sentence.split()))
                tortured.append(" ".join((sentence[: match.start()] + phrase + sentence[match.end() :]).split()))
    return sentences, tortured
