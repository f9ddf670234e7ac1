"""Trains the boilerplate heads on web pages whose lines were labelled content or furniture.

Three heads come out: log-odds of single words in lines of any length ("words") and in long ones ("prose"), and the
paragraph head, whose rows hold the words' evidence beside phrases, shape, place, neighbours and words in common. The
rows that train it come from heads of words that had not seen the page's source, or its site; those judged for the table
from heads that had not seen its source.

Texts of a few lines have no article whose words could be shared: there those columns say that nothing is known, and
texts of a line or two of prose with furniture behind are made for the training. Without both the trees trusted phrases
less in such texts, and gave "All rights reserved" there .24 instead of .71. Content weighs more by its words than
furniture does. All in all, 2026-11, sources left out, content by words / furniture by lines: cleaneval-dev .948/.809 →
.959/.832, cleanportaleval .969/.992 → .961/.990, readability .947/.958 → .947/.963, tiptop-wceb .826/.859 → .835/.859,
trafilatura-eval .851/.943 → .850/.944, l3s-gn1 .908/.850 → .903/.858. Pages are few and unlike: of nine draws in ten of
the same pages, sites left out, trafilatura-eval's German ones have .83 to .90, cleaneval-dev .90 to .97; a twentieth of
the German pages have three fifths of the words that are wrong.

Tried on whole sources left out, and left out as no better (2026-11; another seed alone changes a source by .01):
- a second pass over the lines, which knew what the first made of the lines around and where by that the article is
  (mean F1 -.01); small trees on the first ones' log-odds, their means within 1 to 20 lines, their best run (-.003 to
  -.007); log-odds to which a part of their mean within 2 to 20 lines is added (-.002 to -.012); the mean of four seeds;
- columns of threads: short lines with a date or of one make, the posts behind them, blocks of prose between them, with
  distances up to 999 lines and lines weighed by their words to .65 (content by words: trafilatura-eval .851 → .866,
  readability .947 → .955, but l3s-gn1 .908 → .895, cleaneval-dev .948 → .926). Readers' comments are content in
  cleaneval-dev (0.3 % of the words behind ten posts and more are furniture) and furniture in trafilatura-eval (60 %):
  more about where comments are helps one at the cost of the other;
- trees that say at which line the content starts and at which it ends, and the best run between two such lines, learned
  on other sources (content by words: trafilatura-eval .857 → .872, l3s-gn1 .892 → .900, but cleaneval-dev .946 → .916);
- a threshold for each page, told from 21 figures about the page by a ridge regression or by trees (mean F1 -.001 to
  -.02, although the best one for each page, known from its labels, would lift trafilatura-eval to .931);
- the same with sites left out: small trees on the log-odds and seven figures about the page (content by words:
  trafilatura-eval .872 → .870, cleaneval-dev .929 → .857); log-odds less a part of the share of words in content, in
  content that is sure, or of the log of these words, either sign, two strengths each (mean F1 -.004 to .000);
- second trees that know how far the run of the surest content is, and how much surer it is than the line (sites left
  out: trafilatura-eval .872 → .874, cleaneval-dev .929/.792 → .940/.790, others within .009);
- the document's language in these, since readers' comments are content in English cleaneval-dev and furniture in German
  pages (trafilatura-eval .854 → .811 when left out, for then clean documents are all that is German; sites left out
  .874 → .873);
- thresholds by length: .8 higher for lines of twelve words or more (cleaneval-dev .946 → .962, others -.004 to .000).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix
from quality.features.boilerplate import KIND, LINE_NAMES, PROSE_LEVEL, WORDS_LEVEL, Unweighed, WordWeights, words_of
from quality.model import Head, Models
from quality.training.boilerplate_pages import (
    CLEAN,
    EXTRACT,
    HELD_OUT,
    SCRAPED,
    SHORT,
    SOURCES,
    Page,
    clean_pages,
    extracts,
    read_pages,
    scraped_pages,
    short_texts,
)
from quality.training.data import bucket
from quality.training.trees import grown
from quality.trees import TreeHead

__all__ = ["train_boilerplate"]

_PARTS = {**{name: part for name, (_, part) in SOURCES.items()}, SCRAPED: 2.5, CLEAN: 2.5, EXTRACT: 2.0, SHORT: 1.0}
#: Pages made here; their figures are of sites left out alone.
_MADE = (SCRAPED, EXTRACT, SHORT, CLEAN)

_FOLDS, _NO_FOLD = 4, -1
#: A word has to occur on this many sites to get a weight.
_MIN_SITES = 6
#: A line weighs by its words to this power: content more so, since what is wanted of it are its words, and of furniture
#: its lines. Between .5 for both and .7 and .3 the mean F1 over sources left out rises by .002 to .005 (2026-11).
_CONTENT_POWER, _FURNITURE_POWER = 0.65, 0.35
#: Part of the lines of the large sources that trees are grown on, at a weight that makes up for it.
_SAMPLE = 0.2
_WHOLE = frozenset({"cleaneval-dev", "cleanportaleval", "readability", SHORT})
#: Pages whose lines are measured at once.
_BLOCK = 200
#: Small for speed: these judge 100,000 lines in a second. 140 trees are no better on sources left out (2026-11).
_TREES, _LEAVES, _DEPTH = 90, 20, 5
#: A language with so large a part of a source's lines has a row of its own in the table.
_LARGE_LANGUAGE = 0.1
#: Part of the features that a split chooses from.
_CHOICE = 0.3
_WORDS_PENALTY = 0.05
#: Words of a line that words' weights in prose come from, and from how many on a longer one weighs no more. Chosen by
#: hand.
_PROSE_WORDS, _MOST_WORDS = 12, 80


@dataclass(frozen=True, eq=False, slots=True)
class _Data:
    """One row a line of all pages."""

    rows: NDArray[Any]  # single precision: so trees compare them, in half the memory
    labels: NDArray[np.int64]
    trust: Matrix
    words: Matrix
    sources: NDArray[np.str_]
    origins: NDArray[np.str_]
    languages: NDArray[np.str_]
    folds: NDArray[np.int64]

    def take(self, chosen: NDArray[np.bool_]) -> _Data:
        return _Data(*(getattr(self, name)[chosen] for name in _Data.__slots__))

    def weights(self) -> Matrix:
        """What each line counts for by its words; 0 without a label."""
        power = np.where(self.labels == 0, _CONTENT_POWER, _FURNITURE_POWER)
        weights: Matrix = np.where(self.labels >= 0, (1.0 + self.words) ** power, 0.0)
        return weights


def train_boilerplate(data: Path, models: Models, *, seed: int) -> tuple[list[dict[str, Any]], str]:
    """The records of the heads, and a table in Markdown of what they find on pages they have not seen.

    `models` has to hold fastText's model of languages. Some twelve minutes on one core.
    """
    pages = read_pages(data, models)
    labelled = [page for page in pages if page.source in SOURCES]
    made = list(scraped_pages(labelled, models, seed))
    clean = list(clean_pages(data, models))
    lexicon = _Lexicon(labelled)
    parts = [*extracts([*labelled, *clean], models, seed), *short_texts([*labelled, *clean], models, seed)]
    blocks = _blocks([*pages, *made, *clean, *parts])
    training = [block for block in blocks if block.pages[0].source != HELD_OUT]
    table = gather(training, _Weights(lexicon, HELD_OUT))
    final = fit(table, np.ones(len(table.labels), np.bool_), seed)
    words = lexicon.fit(frozenset(), _NO_FOLD)
    # By site: no page of the site has grown the trees or given weights to words; for half of the sites no page of
    # their source has given any, either.
    by_site = np.zeros(len(table.labels))
    for fold in range(_FOLDS):
        own = table.folds == fold
        by_site[own] = fit(table, ~own, seed).decision(table.rows[own])
    # By whole source: no page of the source, nor one made of it, has grown the trees it is judged by or given weights
    # to its words. Pages made here and clean documents: by site.
    own = np.isin(table.sources, _MADE)
    decisions, lines = [by_site[own]], [table.take(own)]
    for source in (*SOURCES, HELD_OUT):
        head, own_words = final, words
        if source != HELD_OUT:
            others = gather([block for block in training if block.pages[0].origin != source], _Weights(lexicon, source))
            head = fit(others, np.ones(len(others.labels), np.bool_), seed)
            own_words = lexicon.fit(frozenset([source]), _NO_FOLD)
        held = gather([block for block in blocks if block.pages[0].source == source], partial(_same, own_words))
        decisions.append(head.decision(held.rows))
        lines.append(held)
    held_back = _Data(*(np.concatenate([getattr(one, name) for one in lines]) for name in _Data.__slots__))
    decision = np.concatenate(decisions)
    knots, values = _calibration(decision, held_back)
    probabilities = np.interp(decision, knots, values)
    threshold = _threshold(probabilities, held_back)
    date = datetime.date.today().isoformat()
    told = f"boilerplate/{', '.join(SOURCES)}; calibrated on whole sources held back"
    paragraph = replace(
        final,
        knots=knots,
        values=values,
        threshold=threshold,
        source=f"{told}; threshold: best mean over sources of F1 of content by words and of furniture by lines; {date}",
    )
    lexicons = ((WORDS_LEVEL, words.words), (PROSE_LEVEL, words.prose))
    heads = (paragraph, *(_words_head(level, weights, f"{told}; {date}") for level, weights in lexicons))
    records = [head.to_dict() for head in heads]
    by_source = _Judged(held_back, probabilities >= threshold)
    return records, _report(by_source, _Judged(table, np.interp(by_site, knots, values) >= threshold))


class _Lexicon:
    """Which words stand in which line, kept so that heads of words can be fitted on parts of the pages."""

    def __init__(self, pages: Sequence[Page]) -> None:
        from scipy.sparse import csr_matrix

        sites: dict[str, set[str]] = {}
        lines = [[sorted(set(words_of(paragraph))) for paragraph in page.paragraphs] for page in pages]
        for page, page_lines in zip(pages, lines, strict=True):
            for word in chain.from_iterable(page_lines):
                sites.setdefault(word, set()).add(page.site)
        self.words = sorted(
            word for word, found in sites.items() if len(found) >= _MIN_SITES and not word[0].isdecimal()
        )
        number = {word: at for at, word in enumerate(self.words)}
        columns: list[int] = []
        ends = [0]
        values: list[float] = []
        for line in chain.from_iterable(lines):
            columns.extend(number[word] for word in line if word in number)
            values.extend([max(len(line), 1) ** -0.5] * (len(columns) - ends[-1]))
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self.words))
        self.matrix = csr_matrix((np.array(values), np.array(columns, np.int32), np.array(ends)), shape=shape)
        self.pages = pages
        self.lengths = [len(page.labels) for page in pages]
        self.labels = np.concatenate([page.labels for page in pages])
        self.counts = np.array([paragraph.word_count for page in pages for paragraph in page.paragraphs], np.float64)
        self.trust = np.concatenate([page.trust for page in pages])

    @cache  # noqa: B019 – one lexicon a training
    def fit(self, without: frozenset[str], fold: int) -> WordWeights:
        """Log-odds by word of logistic regressions on the lines, and on the long lines, of the pages that are not of
        some sources or of a fold of sites."""
        wanted = [page.source not in without and _fold(page) != fold for page in self.pages]
        rows = np.repeat(wanted, self.lengths) & (self.labels >= 0)
        words = self._fitted(rows, np.sqrt(1.0 + self.counts), None)
        prose = rows & (self.counts >= _PROSE_WORDS)
        return WordWeights(words, self._fitted(prose, np.sqrt(np.minimum(self.counts, _MOST_WORDS)), "balanced"))

    def _fitted(self, rows: NDArray[np.bool_], weights: Matrix, classes: str | None) -> dict[str, float]:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=_WORDS_PENALTY, max_iter=60, tol=1e-3, class_weight=classes)
        model.fit(self.matrix[rows], self.labels[rows], sample_weight=(self.trust * weights)[rows])
        coefficients = np.round(model.coef_[0], 3)
        return {word: float(value) for word, value in zip(self.words, coefficients, strict=True) if abs(value) >= 0.05}


class _Weights:
    """The words' weights for each page to train on, from all sources but its own, or from other sites alone.

    A page that is scored may be of no source that gave words their weights, or of another site of one. With weights
    from other sites alone the trees trust words more than they should on new sources; with weights from other sources
    alone less than they could. Each half of the sites has one of both. `left_out` is a source that gives no weights.
    """

    def __init__(self, lexicon: _Lexicon, left_out: str) -> None:
        self._lexicon = lexicon
        self._left_out = left_out

    def __call__(self, page: Page) -> WordWeights:
        origin, fold = _unseen(page)
        return self._lexicon.fit(frozenset({origin, self._left_out} & SOURCES.keys()), fold)


def _unseen(page: Page) -> tuple[str, int]:
    """Source and fold of sites that give the page no weights; "" and `_NO_FOLD` for none."""
    return (page.origin, _NO_FOLD) if bucket(f"weights of {page.site}", 2) else ("", _fold(page))


def _same(weights: WordWeights, _: Page) -> WordWeights:
    return weights


@dataclass(frozen=True, eq=False, slots=True)
class _Block:
    """Pages of one source, made from one source, with the same words' weights in training."""

    pages: Sequence[Page]
    lines: Unweighed


def _blocks(pages: Sequence[Page]) -> list[_Block]:
    """All pages, some at a time: what does not depend on words' weights is found out once."""

    def kind(page: Page) -> tuple[str, str, tuple[str, int]]:
        return page.source, page.origin, _unseen(page)

    blocks = []
    for _, group in groupby(sorted(pages, key=kind), kind):
        alike = list(group)
        for start in range(0, len(alike), _BLOCK):
            part = alike[start : start + _BLOCK]
            blocks.append(_Block(part, Unweighed(Batch.of([page.paragraphs for page in part]))))
    return blocks


def gather(blocks: Sequence[_Block], weights: Callable[[Page], WordWeights]) -> _Data:
    """The rows of all lines, with the words' weights that `weights(page)` gives."""
    pages = [page for block in blocks for page in block.pages]
    lengths = [len(page.labels) for page in pages]
    return _Data(
        rows=np.vstack([block.lines.rows(weights(block.pages[0])).astype(np.float32) for block in blocks]),
        labels=np.concatenate([page.labels for page in pages]),
        trust=np.concatenate([page.trust for page in pages]),
        words=np.array([paragraph.word_count for page in pages for paragraph in page.paragraphs], np.float64),
        sources=np.repeat([page.source for page in pages], lengths),
        origins=np.repeat([page.origin for page in pages], lengths),
        languages=np.repeat([page.language for page in pages], lengths),
        folds=np.repeat([_fold(page) for page in pages], lengths),
    )


def _fold(page: Page) -> int:
    return bucket(page.site, _FOLDS)


def fit(data: _Data, chosen: NDArray[np.bool_], seed: int) -> TreeHead:
    """Trees grown on a sample of the chosen lines; longer lines, larger parts of sources, weigh more."""
    weights = np.where(chosen, data.trust * data.weights(), 0.0)
    for source, part in _PARTS.items():
        own = data.sources == source
        weights[own] *= part / max(float(weights[own].sum()), 1e-9)
    for label in (0, 1):
        own = data.labels == label
        weights[own] /= weights[own].sum()
    rate = np.where(np.isin(data.sources, list(_WHOLE)), 1.0, _SAMPLE)
    used = np.flatnonzero((weights > 0) & (np.random.default_rng(seed).random(len(weights)) < rate))
    sample_weight = (weights / rate)[used] * len(used) / 2.0
    intercept, nodes = grown(
        data.rows[used], data.labels[used], sample_weight,
        trees=_TREES, leaves=_LEAVES, depth=_DEPTH, choice=_CHOICE, seed=seed,
    )  # fmt: skip
    empty = np.empty(0)
    return TreeHead(
        kind=KIND, level="paragraph", language="any", features=LINE_NAMES, mean=empty, scale=empty, coefficients=empty,
        intercept=intercept, knots=empty, values=empty, threshold=1.0, source="", depth=_DEPTH, **nodes,
    )  # fmt: skip


def _calibration(decisions: Matrix, data: _Data) -> tuple[Matrix, Matrix]:
    """Knots and probabilities of a logistic curve for an even prior, every source with the same say."""
    from sklearn.linear_model import LogisticRegression

    weights = data.weights()
    for source in np.unique(data.sources):
        own = data.sources == source
        weights[own] *= _PARTS.get(source, 0.0) / weights[own].sum()
    for label in (0, 1):
        own = data.labels == label
        weights[own] /= weights[own].sum()
    known = weights > 0
    curve = LogisticRegression(C=1e6).fit(
        decisions[known, None], data.labels[known], sample_weight=weights[known] * known.sum()
    )
    knots = np.linspace(-16.0, 16.0, 129)
    values: Matrix = 1.0 / (1.0 + np.exp(-(knots * curve.coef_[0, 0] + curve.intercept_[0])))
    return knots, values


def _threshold(probabilities: Matrix, data: _Data) -> float:
    """The probability that gives the best F1 of content by words and of furniture by lines, over the sources."""

    def mean_f1(threshold: float) -> float:
        scores: list[float] = []
        for source in (*SOURCES, SCRAPED):
            own = (data.sources == source) & (data.labels >= 0)
            labels, called = data.labels[own], probabilities[own] >= threshold
            scores.append(_f1(labels, called, data.words[own])[0])
            scores.append(_f1(labels, called, np.ones(len(labels)))[1])
        return float(np.mean(scores))

    return float(max((0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8), key=mean_f1))


def _f1(labels: NDArray[np.int64], called: NDArray[np.bool_], weights: Matrix) -> tuple[float, float]:
    """F1 of content and of furniture."""
    scores: list[float] = []
    for label in (0, 1):
        is_label, is_called = labels == label, called == bool(label)
        both = weights[is_label & is_called].sum()
        scores.append(float(2.0 * both / max(float(weights[is_label].sum() + weights[is_called].sum()), 1e-9)))
    return scores[0], scores[1]


@dataclass(frozen=True, eq=False, slots=True)
class _Judged:
    """Lines, and whether heads that had not seen them call each furniture."""

    data: _Data
    called: NDArray[np.bool_]

    def figures(self, source: str, language: str | None) -> tuple[float, ...]:
        """F1 of content and of furniture by words, of both by lines, and the share of the content's lines that is
        called furniture, 0..1."""
        own = self._of(source) if language is None else self._of(source) & (self.data.languages == language)
        labels, called = self.data.labels[own], self.called[own]
        by_words, by_lines = _f1(labels, called, self.data.words[own]), _f1(labels, called, np.ones(len(labels)))
        return (*by_words, *by_lines, float(called[labels == 0].sum() / max((labels == 0).sum(), 1)))

    def lines(self, source: str) -> dict[str, int]:
        """Labelled lines of a source by language."""
        languages, counts = np.unique(self.data.languages[self._of(source)], return_counts=True)
        return dict(zip(languages.tolist(), counts.tolist(), strict=True))

    def _of(self, source: str) -> NDArray[np.bool_]:
        own: NDArray[np.bool_] = (self.data.sources == source) & (self.data.labels >= 0)
        return own


def _report(by_source: _Judged, by_site: _Judged) -> str:
    """Each source, and each language with a tenth of its lines, judged by heads that have not seen the source, and by
    such as have seen other sites of it (pages made here: by the latter alone)."""
    rows = [
        "| source | lines | F1 content, words | F1 furniture, words | F1 content, lines | F1 furniture, lines"
        " | content called furniture, lines | site left out: F1 content, words | site left out: F1 furniture, lines |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for source in (*SOURCES, HELD_OUT, *_MADE):
        lines = by_source.lines(source)
        total = sum(lines.values())
        several = source in SOURCES and len(lines) > 1
        parts: list[tuple[str | None, int]] = [(None, total)]
        parts += [one for one in lines.items() if several and one[1] >= _LARGE_LANGUAGE * total]
        for language, count in parts:
            figures = by_source.figures(source, language)
            if source in SOURCES:
                content, _, _, furniture, _ = by_site.figures(source, language)
                figures += (content, furniture)
            name = source if language is None else f"{source}, {language}"
            cells = [f"{figure:.3f}" for figure in figures] + [""] * (7 - len(figures))
            rows.append(f"| {name} | {count} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _words_head(level: str, weights: Mapping[str, float], source: str) -> Head:
    return Head(
        kind=KIND,
        level=level,
        language="any",
        features=tuple(weights),
        mean=np.empty(0),
        scale=np.empty(0),
        coefficients=np.array(list(weights.values())),
        intercept=0.0,
        knots=np.empty(0),
        values=np.empty(0),
        threshold=1.0,
        source=source,
    )
