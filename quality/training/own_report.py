"""What training on text of one's own came to: figures on held-back documents, and the card beside the models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from quality import __version__
from quality.features import Matrix
from quality.language import LANGUAGE_NAMES
from quality.training.adapt import Adaptation
from quality.training.metrics import Estimate, Sample, auroc
from quality.training.own_data import Labelled

__all__ = ["adaptation_card", "adaptation_figures", "difference", "interval", "language_name"]

_RESAMPLES = 1000
#: So few groups, drawn with replacement, tell nothing of others: then documents are drawn.
_FEWEST_GROUPS = 5


def adaptation_figures(adaptation: Adaptation, left_out: int) -> str:
    """Before and after on held-back documents, as lines of text."""
    damaged, texts = adaptation.damaged, adaptation.texts
    units, unit = units_of(texts)
    before, after = adaptation.before, adaptation.after
    rows = [
        ("AUROC", interval(before, damaged, units), interval(after, damaged, units)),
        *(
            (name, _rate(before[part] >= adaptation.thresholds[0]), _rate(after[part] >= adaptation.thresholds[1]))
            for name, part in (("damaged called", damaged), ("clean called", ~damaged))
        ),
    ]
    gain = difference(before, after, damaged, units)
    kind = adaptation.kind.replace("_", "-")
    lines = [
        f"{language_name(adaptation.language)}, {kind}: {int(damaged.sum())} damaged and {int((~damaged).sum())} clean "
        f"documents in {len(set(units.tolist()))} {unit}"
        + (f"; {left_out} that stand twice were left out" if left_out else ""),
        f"  {'held back':<16} {'before':<22} after",
        *(f"  {name:<16} {one:<22} {other}" for name, one, other in rows),
        f"  AUROC changes by {told(gain, sign=True)}: " + _verdict(gain),
    ]
    if unit == "documents":
        lines.append(
            "  No groups, or fewer than five: pages of one site may stand on both sides, and new sites do worse; "
            "name the field of the site with --field group=NAME."
        )
    return "\n".join(lines)


def adaptation_card(figures: str, base: str, signature: str, language: str) -> str:
    """The card of adapted models, in Markdown."""
    return f"""# Models adapted to text of one's own

Written by `quality train --base` (quality {__version__}); signature {signature}, from models {base}.

{_preformatted(figures)}

"Held back" are documents that neither the n-gram weights nor the classifier had seen, whole groups at a time; intervals
hold 95 % of {_RESAMPLES} resamples. The classifiers of {language_name(language)} add what was learned to the base's
log-odds where a text is like the labelled ones (by its share of n-grams that those had); elsewhere they give the base's
score. Thresholds are the base's or higher: no more than 1 % of the clean held-back documents (2 % of their paragraphs)
are called. Findings are the base's. What the base misses and calls wrongly elsewhere, these do too.
"""


def units_of(texts: Sequence[Labelled]) -> tuple[NDArray[np.int64], str]:
    """What is resampled as one: the groups, or the documents where there are too few; and its name."""
    names, units = np.unique([text.group for text in texts], return_inverse=True)
    if len(names) < _FEWEST_GROUPS or len(names) == len(texts):
        return np.arange(len(texts)), "documents"
    return units, "groups"


def interval(scores: Matrix, damaged: NDArray[np.bool_], units: NDArray[np.int64]) -> str:
    """AUROC with its 95 % interval, for people."""
    return told(_resampled(lambda rows: _auroc(scores[rows], damaged[rows]), units))


def difference(before: Matrix, after: Matrix, damaged: NDArray[np.bool_], units: NDArray[np.int64]) -> Estimate:
    """What AUROC gains, the same resamples before and after."""
    return _resampled(lambda rows: _auroc(after[rows], damaged[rows]) - _auroc(before[rows], damaged[rows]), units)


def told(estimate: Estimate, *, sign: bool = False) -> str:
    """The figure with its interval, "0.870 [0.812, 0.915]", with signs on request."""
    form = "+.3f" if sign else ".3f"
    return f"{estimate.value:{form}} [{estimate.low:{form}}, {estimate.high:{form}}]"


def language_name(language: str) -> str:
    """The English name of a language, or its code."""
    return LANGUAGE_NAMES.get(language, language)


def _resampled(figure: Callable[[NDArray[np.intp]], float], units: NDArray[np.int64]) -> Estimate:
    members = [np.flatnonzero(units == unit) for unit in np.unique(units)]
    chance = np.random.default_rng(0)
    drawn = [
        figure(np.concatenate([members[at] for at in chance.integers(len(members), size=len(members))]))
        for _ in range(_RESAMPLES)
    ]
    low, high = np.nanquantile(drawn, (0.025, 0.975)).tolist()
    return Estimate(figure(np.arange(len(units))), low, high)


def _auroc(scores: Matrix, damaged: NDArray[np.bool_]) -> float:
    return auroc(Sample(scores, damaged, damaged, np.arange(len(scores))))


def _verdict(gain: Estimate) -> str:
    if gain.low > 0.0:
        return "better on text like this."
    if gain.high < 0.0:
        return "worse; keep the base."
    return "within chance; more labels may tell."


def _rate(called: NDArray[np.bool_]) -> str:
    return f"{int(called.sum())} of {len(called)}"


def _preformatted(figures: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in figures.splitlines())
