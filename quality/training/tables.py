"""Evaluation as tables: what a classifier calls in each source that its regression had not seen."""

from __future__ import annotations

import numpy as np

from quality.features import Matrix
from quality.model import Head
from quality.training.heads import HeadData

__all__ = ["auroc", "evaluation_table"]

#: Sources with fewer texts than this stand together in one line.
_SMALL = 100
_OTHERS = "others, under 100 texts each"


def evaluation_table(head: Head, data: HeadData, probabilities: Matrix) -> str:
    """Markdown: by source, clean and damaged texts, the share of each that is called, and AUROC where both are there.

    `probabilities` are those of `fit_head`: every text's is by a regression, and n-grams, without its fold.
    """
    counts = data.counts  # what is judged and nothing more has tables elsewhere
    data, probabilities = data.take(counts), probabilities[counts]
    called = probabilities >= head.threshold
    names, sizes = np.unique(data.sources, return_counts=True)
    small = np.isin(data.sources, names[sizes < _SMALL])
    sources = np.where(small, _OTHERS, data.sources)
    lines = [
        f"### {head.kind}, {head.level}, {head.language}",
        "",
        f"Threshold {head.threshold:.4f}: {head.source}.",
        "",
        "| source | clean | called | damaged | called | AUROC |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for source in (None, *np.unique(sources)):
        chosen = np.ones(len(called), np.bool_) if source is None else sources == source
        clean, damaged = chosen & (data.labels == 0), chosen & (data.labels == 1)
        cells = [
            "**all**" if source is None else str(source),
            str(clean.sum()),
            f"{called[clean].mean():.2%}" if clean.any() else "",
            str(damaged.sum()),
            f"{called[damaged].mean():.1%}" if damaged.any() else "",
            f"{auroc(probabilities[clean], probabilities[damaged]):.3f}" if clean.any() and damaged.any() else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def auroc(clean: Matrix, damaged: Matrix) -> float:
    """The chance that a damaged text scores over a clean one."""
    from sklearn.metrics import roc_auc_score

    labels = np.repeat([0, 1], [len(clean), len(damaged)])
    return float(roc_auc_score(labels, np.concatenate([clean, damaged])))
