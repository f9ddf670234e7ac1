"""What stands around each line: a line between two lines of furniture is likelier furniture.

Documents do not see each other, and all sums are of whole numbers: what a document gets depends on no other one that
is measured with it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix

__all__ = ["AROUND_NAMES", "Columns", "Integers", "Places", "around", "in_parts", "running_sums", "share_of_parts"]

Integers = NDArray[np.int64]
Columns = dict[str, Matrix]

#: Columns whose neighbours' and document's values are columns as well.
_CONTEXT = ("log_words", "stop_share", "ends_sentence", "title_share", "phrase_coverage", "word_evidence", "prose")
_SHIFTS = {"before_2": -2, "before_1": -1, "after_1": 1, "after_2": 2}
_REACHES = (3, 10)
_PLACE = (
    "from_top",
    "from_end",
    "relative",
    "log_paragraphs",
    "prose_before",
    "prose_after",
    "distance_up",
    "distance_down",
    "prose_share_before",
    "short_before",
    "short_after",
    "most_words_near",
    "words_of_longest",
)
#: Short lines that open a section of a page: how far they are says whether this is the comments or the links.
_SECTIONS = ("comment", "related", "consent", "share", "byline", "navigation", "legal", "newsletter", "login")
#: What is said, or dated, near by, and within how many lines.
_NEAR = (
    ("dated", 5),
    ("dated", 20),
    ("consent_said", 10),
    ("legal_said", 10),
    ("comment_said", 10),
    ("related_said", 10),
)
_SECTION_NAMES = (
    *(f"{reason}_{side}" for reason in _SECTIONS for side in ("up", "down")),
    *(f"{name}_near_{reach}" for name, reach in _NEAR),
    *(f"evidence_of_words_{reach}" for reach in _REACHES),
    "in_article",
    "from_article",
    "article_share",
)
AROUND_NAMES = (
    *_PLACE,
    *_SECTION_NAMES,
    *(f"{name}_{side}" for side in _SHIFTS for name in _CONTEXT),
    *(f"{name}_within_{reach}" for reach in _REACHES for name in _CONTEXT),
    *(f"{name}_document" for name in _CONTEXT),
)

#: Fractions are added up as whole numbers of so small a part.
_PART = 4096
#: A line of at most so many words is short; one of so many, with an end of a sentence, is prose. Chosen by hand.
_SHORT_WORDS = 8
_PROSE_WORDS = 25.0
#: Lines that are further away than this are simply far.
_FAR = 99.0
#: A line that opens a section has at most so many words. Chosen by hand.
_HEADING_WORDS = 12
#: What a line adds to the article or takes from it, in words: prose its own, others some, and each less as its words
#: speak for furniture. Chosen by hand; sources of pages left out agreed (2026-11).
_PROSE, _TAKEN, _TAKEN_MOST, _EVIDENCE = 0.5, 2.0, 8.0, 6.0


class Places:
    """Which document each line belongs to, and sums, neighbours and runs that end where documents do.

    Document d has the lines `bounds[d]:bounds[d + 1]`; those without lines are left out of `firsts` and `lasts`.
    """

    def __init__(self, bounds: Integers) -> None:
        bounds = np.unique(bounds)
        lengths, count = np.diff(bounds), int(bounds[-1])
        self.firsts: Integers = bounds[:-1]
        self.lasts: Integers = bounds[1:]
        self.document = np.repeat(np.arange(len(lengths)), lengths)
        self.index = np.arange(count)
        self.first = self.firsts[self.document]
        self.end = self.lasts[self.document]
        self.length = lengths[self.document].astype(np.float64)

    def shifted(self, values: Matrix, by: int) -> Matrix:
        """The value `by` lines on; 0 beyond the ends of the document."""
        there = self.index + by
        valid = (there >= self.first) & (there < self.end)
        return np.where(valid, values[np.where(valid, there, self.index)], 0.0)

    def window(self, reach: int) -> tuple[Integers, Integers]:
        """Bounds of the lines at most `reach` away."""
        return np.maximum(self.index - reach, self.first), np.minimum(self.index + reach + 1, self.end)

    def before(self, sums: Integers) -> Integers:
        """Of sums over all lines so far (one longer than the lines), those over the document's earlier lines."""
        return sums[:-1] - sums[self.first]

    def after(self, sums: Integers) -> Integers:
        """The same over the document's later lines."""
        return sums[self.end] - sums[1:]

    def whole(self, sums: Integers) -> Integers:
        """The same over the whole document."""
        return sums[self.end] - sums[self.first]

    def nearest(self, chosen: NDArray[np.bool_]) -> tuple[Integers, Integers]:
        """The nearest earlier and the nearest later of the chosen lines in the document; -1 where there is none."""
        places = np.flatnonzero(chosen)
        if not len(places):
            none = np.full(len(self.index), -1)
            return none, none
        up = np.searchsorted(places, self.index, "left") - 1
        down = np.searchsorted(places, self.index, "right")
        earlier = np.where(up >= 0, places[np.maximum(up, 0)], -1)
        later = np.where(down < len(places), places[np.minimum(down, len(places) - 1)], -1)
        return np.where(earlier >= self.first, earlier, -1), np.where(later < self.end, later, -1)

    def best_run(self, gains: Integers) -> tuple[Integers, Integers]:
        """Of each line's document the run of lines, `first:last`, whose gains add up to most; empty if none is over 0.

        >>> places = Places(np.array([0, 4, 6]))
        >>> first, last = places.best_run(np.array([-1, 3, -1, 4, -2, -2]))
        >>> first.tolist(), last.tolist()
        ([1, 1, 1, 1, 4, 4], [4, 4, 4, 4, 4, 4])
        """
        sums = running_sums(gains)
        # Each document's sums lie below all earlier ones, so that the least so far is one of its own.
        lower = self.document * (2 * int(np.abs(gains).sum()) + 1)
        before = sums[:-1] - lower
        least = np.minimum.accumulate(before)
        total = sums[1:] - lower - least
        best = np.maximum.reduceat(total, self.firsts)[self.document]
        none = len(self.index)
        end = np.minimum.reduceat(np.where(total == best, self.index, none), self.firsts)[self.document]
        start = np.minimum.reduceat(np.where(before == least[end], self.index, none), self.firsts)[self.document]
        return np.where(best > 0, start, self.first), np.where(best > 0, end + 1, self.first)

    def distances(self, chosen: NDArray[np.bool_], *, none: float | None = None) -> tuple[Matrix, Matrix]:
        """Log of how many lines away the nearest chosen ones are; `none` lines (else the document's end) without."""
        up, down = self.nearest(chosen)
        no_up = self.index - self.first + 1 if none is None else none
        no_down = self.end - self.index if none is None else none
        return (
            np.log1p(np.minimum(np.where(up < 0, no_up, self.index - up), _FAR)),
            np.log1p(np.minimum(np.where(down < 0, no_down, down - self.index), _FAR)),
        )


def around(columns: Mapping[str, Matrix], places: Places) -> Columns:
    """Where each line stands, in lines and in prose, and the values of its neighbours and its document."""
    words = np.expm1(columns["log_words"])
    prose = np.minimum(words / _PROSE_WORDS, 1.0) * columns["ends_sentence"]
    prose = prose * np.minimum(columns["stop_share"] / 0.25, 1.0)
    whole_words = np.rint(words).astype(np.int64)
    weights = running_sums(in_parts(prose) * whole_words)
    total_words = np.maximum(places.whole(running_sums(whole_words)), 1)
    before, after = places.before(weights) / _PART, places.after(weights) / _PART
    up, down = places.distances(prose >= 0.6, none=_FAR)
    short_before, short_after = places.distances(whole_words > _SHORT_WORDS)
    log_words = columns["log_words"]
    longest = np.maximum.reduceat(log_words, places.firsts)[places.document]
    near = [places.shifted(log_words, by) for by in _SHIFTS.values()]
    index = places.index - places.first
    made: Columns = {
        "prose": prose,
        "from_top": np.log1p(index),
        "from_end": np.log1p(places.length - index - 1),
        "relative": (index + 0.5) / places.length,
        "log_paragraphs": np.log1p(places.length),
        "prose_before": np.log1p(before),
        "prose_after": np.log1p(after),
        "distance_up": up,
        "distance_down": down,
        "prose_share_before": before / np.maximum(before + after, 1.0),
        "short_before": short_before,
        "short_after": short_after,
        "most_words_near": np.maximum.reduce(near),
        "words_of_longest": log_words - longest,
    }
    for name in _CONTEXT:
        values = np.nan_to_num(made["prose"] if name == "prose" else columns[name])
        for side, by in _SHIFTS.items():
            made[f"{name}_{side}"] = places.shifted(values, by)
        sums = running_sums(in_parts(values))
        for reach in _REACHES:
            low, high = places.window(reach)
            others = (sums[high] - sums[low] - in_parts(values)) / _PART
            made[f"{name}_within_{reach}"] = others / np.maximum(high - low - 1, 1)
        made[f"{name}_document"] = places.whole(running_sums(in_parts(values) * whole_words)) / _PART / total_words
    return made | _sections(columns, places, whole_words, prose)


def _sections(columns: Mapping[str, Matrix], places: Places, words: Integers, prose: Matrix) -> Columns:
    """Which part of the page a line is in: what was announced around it, and where the article is."""
    made: Columns = {}
    heading = words <= _HEADING_WORDS
    for reason in _SECTIONS:
        opens = (columns[f"{reason}_said"] > 0) & heading
        made[f"{reason}_up"], made[f"{reason}_down"] = places.distances(opens, none=_FAR)
    near = {name: columns[name] > 0 for name, _ in _NEAR if name != "dated"} | {"dated": columns["date_share"] > 0.1}
    for name, reach in _NEAR:
        sums = running_sums(near[name].astype(np.int64))
        low, high = places.window(reach)
        made[f"{name}_near_{reach}"] = (sums[high] - sums[low]) / (high - low)
    evidence = np.nan_to_num(columns["word_evidence"])
    all_words, all_evidence = running_sums(words), running_sums(in_parts(evidence) * words)
    for reach in _REACHES:
        low, high = places.window(reach)
        spoken = all_evidence[high] - all_evidence[low]
        made[f"evidence_of_words_{reach}"] = share_of_parts(spoken, all_words[high] - all_words[low])
    gains = np.where(prose >= _PROSE, words, -np.minimum(_TAKEN_MOST, _TAKEN + words / 2))
    first, last = places.best_run(in_parts(gains - _EVIDENCE * np.clip(evidence, -2.0, 2.0)))
    inside = (places.index >= first) & (places.index < last)
    off = np.where(places.index < first, places.index - first, np.maximum(places.index - last + 1, 0))
    made["in_article"] = inside.astype(np.float64)
    made["from_article"] = np.sign(off) * np.log1p(np.abs(off))
    made["article_share"] = (all_words[last] - all_words[first]) / np.maximum(places.whole(all_words), 1)
    return made


def in_parts(values: Matrix) -> Integers:
    """Fractions as whole numbers of small parts: in any order they give the same sum."""
    whole: Integers = np.rint(values * _PART).astype(np.int64)
    return whole


def share_of_parts(parts: Integers, counts: Integers) -> Matrix:
    """Sums of `in_parts` by the number of what was added up; 0 for none."""
    return parts / _PART / np.maximum(counts, 1)


def running_sums(values: Integers) -> Integers:
    """Sums of all values so far, one longer than these."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(values)])
