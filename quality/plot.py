"""Pictures of tables of reports (`quality.frame` and its siblings): each takes a table and an axis, and gives the axis.

Without an axis a new figure is made. Tables may be of any library that `quality.frame` knows. Scores that were not
judged are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from quality.document import KINDS
from quality.errors import UsageError
from quality.extras import library
from quality.report.text import KIND_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["compare", "damage_along", "frequent_findings", "length_against_score", "reliability", "scores_by"]

#: Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008), and greys.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_QUIET: Final = "#8a94a6"
_BAD: Final = "#b3261e"
_BINS: Final = 10


def scores_by(table: Any, kind: str = "machine_translation", *, by: str = "language", ax: Axes | None = None) -> Axes:
    """How the scores of a kind are distributed in each source: a dot a document (`frame`), a line at the median.

    `by` is the column that names the source. Dots are spread in height so that they can be counted.
    """
    scores, groups = _column(table, kind), _column(table, by, str)
    thresholds = _thresholds(table, kind)
    ax = _axis(ax)
    names = sorted(set(groups[~np.isnan(scores)]))
    for place, name in enumerate(names):
        chosen = (groups == name) & ~np.isnan(scores)
        own, called = scores[chosen], scores[chosen] >= thresholds[chosen]
        # The same places in every picture of the same table.
        height = place + 0.3 * (np.arange(len(own)) * 0.618034 % 1.0 - 0.5)
        ax.scatter(own[~called], height[~called], s=14, color=_COLOURS[0], alpha=0.6, linewidths=0)
        ax.scatter(own[called], height[called], s=14, color=_BAD, alpha=0.8, linewidths=0)
        ax.vlines(float(np.median(own)), place - 0.3, place + 0.3, color="black", linewidth=2)
    ax.set_yticks(range(len(names)), [f"{name} ({int((groups == name).sum())})" for name in names])
    ax.set_xlabel(f"score of {KIND_NAMES[kind]}")
    for threshold in sorted(set(thresholds[np.isfinite(thresholds)])):
        ax.axvline(threshold, color=_QUIET, linestyle="--", linewidth=1)
    return _finished(ax, x_scores=True)


def damage_along(table: Any, kind: str = "machine_translation", *, ax: Axes | None = None) -> Axes:
    """The scores of a kind along one document (`paragraph_frame`): a step a paragraph, as wide as it has words."""
    if len(set(_column(table, "document").tolist())) > 1:
        raise UsageError(
            "the table has paragraphs of several documents; choose one, as with table[table.document == 0]"
        )
    scores, words = _column(table, kind), np.maximum(_column(table, "words"), 1.0)
    called = np.array([verdict == "damaged" for verdict in _column(table, "verdict", str)], bool)
    edges = np.concatenate([[0.0], np.cumsum(words)])
    ax = _axis(ax)
    heights = np.nan_to_num(scores)
    colours = [_BAD if bad else _COLOURS[0] for bad in called]
    ax.bar(edges[:-1], heights, width=words, align="edge", color=colours, edgecolor="white", linewidth=0.5)
    unjudged = np.isnan(scores)
    ax.bar(edges[:-1][unjudged], np.ones(int(unjudged.sum())), width=words[unjudged], align="edge", color="#eef1f5")
    ax.set_xlim(0, max(1.0, float(edges[-1])))
    ax.set_xlabel("words from the beginning (grey: not judged; red: called damaged)")
    ax.set_ylabel(KIND_NAMES[kind])
    ax.set_ylim(0, 1.02)
    return _finished(ax)


def frequent_findings(table: Any, *, most: int = 15, ax: Axes | None = None) -> Axes:
    """The most frequent findings (`finding_frame`): how many there are of each code, most frequent first."""
    counted = Counter(_column(table, "code", str).tolist()).most_common(most)
    ax = _axis(ax)
    families = {"M": 4, "S": 3, "B": 6, "X": 0, "L": 2}
    for place, (code, count) in enumerate(counted):
        ax.barh(place, count, color=_COLOURS[families[code[0]]], height=0.7)
        ax.text(count, place, f" {count}", va="center", fontsize="small")
    ax.set_yticks(range(len(counted)), [code for code, _ in counted])
    ax.invert_yaxis()
    ax.margins(x=0.12)
    ax.set_xlabel("findings")
    return _finished(ax)


def length_against_score(table: Any, kind: str = "machine_translation", *, ax: Axes | None = None) -> Axes:
    """Length against score, a dot a document (`frame`) or a paragraph (`paragraph_frame`)."""
    scores, words = _column(table, kind), _column(table, "words")
    thresholds = _thresholds(table, kind)
    ax = _axis(ax)
    called = scores >= thresholds
    for chosen, colour in ((~called & ~np.isnan(scores), _COLOURS[0]), (called, _BAD)):
        ax.scatter(np.maximum(words[chosen], 1.0), scores[chosen], s=14, color=colour, alpha=0.6, linewidths=0)
    ax.set_xscale("log")
    ticker = library("matplotlib.ticker", "plots")
    ax.xaxis.set_major_formatter(ticker.LogFormatter())
    ax.xaxis.set_minor_formatter(ticker.LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.5)))
    ax.set_xlabel("words")
    ax.set_ylabel(f"score of {KIND_NAMES[kind]}")
    ax.set_ylim(-0.02, 1.02)
    for threshold in sorted(set(thresholds[np.isfinite(thresholds)])):
        ax.axhline(threshold, color=_QUIET, linestyle="--", linewidth=1)
    return _finished(ax)


def reliability(table: Any, kind: str = "machine_translation", *, label: str = "label", ax: Axes | None = None) -> Axes:
    """How often texts of a score are damaged: on the diagonal a score of .7 means seven of ten.

    `label` is a column of your own: whether the text is damaged. Scores are calibrated for an even prior, so both
    labels count alike, however many there are of each. The size of a dot is the share of the texts in it.
    """
    scores = _column(table, kind)
    damaged = _column(table, label).astype(bool)
    judged = ~np.isnan(scores)
    if not (damaged & judged).any() or not (~damaged & judged).any():
        raise UsageError(f"column {label!r} must tell damaged texts from others, and both must be there")
    weights = np.where(damaged, 0.5 / (damaged & judged).sum(), 0.5 / (~damaged & judged).sum())
    bins = np.minimum((np.nan_to_num(scores) * _BINS).astype(int), _BINS - 1)
    ax = _axis(ax)
    ax.plot([0, 1], [0, 1], color=_QUIET, linestyle="--", linewidth=1)
    for one in range(_BINS):
        own = judged & (bins == one)
        if own.any():
            mass = weights[own].sum()
            place = float(np.average(scores[own], weights=weights[own]))
            ax.scatter(place, weights[own & damaged].sum() / mass, s=20 + 600 * mass, color=_COLOURS[0], alpha=0.7)
    ax.set_xlabel(f"score of {KIND_NAMES[kind]}")
    ax.set_ylabel("share that is damaged, at an even prior")
    ax.set_ylim(-0.05, 1.05)
    return _finished(ax, x_scores=True)


def compare(tables: Mapping[str, Any], kind: str = "machine_translation", *, ax: Axes | None = None) -> Axes:
    """Two or more corpora or models side by side: the share of documents whose score is at least so high.

    `tables` are `frame`s by name. The vertical axis is logarithmic: what is called lies far to the right.
    """
    ax = _axis(ax)
    least = 1.0
    for (name, table), colour in zip(tables.items(), _cycled(len(tables)), strict=True):
        scores = _column(table, kind)
        own = np.sort(scores[~np.isnan(scores)])
        if not len(own):
            continue
        shares = 1.0 - np.arange(len(own)) / len(own)
        least = min(least, 1.0 / len(own))
        thresholds = _thresholds(table, kind)
        called = (scores >= thresholds).sum() / len(own)
        known = sorted(set(thresholds[np.isfinite(thresholds)]))
        told = f"{name}: {called:.1%} of {len(own)} called" if known else f"{name}: {len(own)}"
        ax.step(np.append(own, 1.0), np.append(shares, 0.0), where="pre", color=colour, label=told)
        for threshold in known:
            ax.axvline(threshold, color=colour, linestyle=":", linewidth=1)
    ax.set_yscale("log")
    ax.set_ylim(least / 2, 1.2)
    ax.set_xlabel(f"score of {KIND_NAMES[kind]} (dotted: threshold)")
    ax.set_ylabel("share of documents at or over it")
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, loc="lower left")
    return _finished(ax, x_scores=True)


# --- tables -----------------------------------------------------------------------------------------


def _names(table: Any) -> list[str]:
    return list(table.column_names if hasattr(table, "column_names") else table.columns)


def _column(table: Any, name: str, kind: type = float) -> NDArray[Any]:
    """A column as an array of numbers, or of texts; what is missing is NaN, or empty."""
    if name not in _names(table):
        close = ", ".join(one for one in _names(table) if one in KINDS) if name in KINDS else ", ".join(_names(table))
        raise UsageError(f"the table has no column {name!r}; it has {close}")
    values = table[name].to_pylist() if hasattr(table[name], "to_pylist") else list(table[name])
    if kind is str:
        return np.array(["" if value is None or value != value else str(value) for value in values], dtype=object)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _thresholds(table: Any, kind: str) -> NDArray[Any]:
    """The threshold of the kind for each row, infinite where the table has none."""
    name = f"{kind}_threshold"
    known = _column(table, name) if name in _names(table) else _column(table, kind) * np.nan
    return np.where(np.isnan(known), np.inf, known)


# --- axes -------------------------------------------------------------------------------------------


def _axis(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    _, made = library("matplotlib.pyplot", "plots").subplots(figsize=(7.0, 4.0), layout="constrained")
    new: Axes = made
    return new


def _cycled(count: int) -> list[str]:
    return [_COLOURS[number % len(_COLOURS)] for number in range(count)]


def _finished(ax: Axes, *, x_scores: bool = False) -> Axes:
    if x_scores:
        ax.set_xlim(-0.02, 1.02)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
