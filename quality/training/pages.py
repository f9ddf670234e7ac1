"""Learns how pages are typed and worded: the outline from documentation in many languages, the wording from one's own.

In documentation subject and label go together. Within a product both labels weigh alike, and products with one label
teach nothing where others have two. The outline that languages are added to is learned of many languages and products
at once, so that no product's habits count for much; of German there is enough to learn both readings of it alone.
"""

from __future__ import annotations

import logging
import random
import warnings
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from quality.document import MIN_WORDS
from quality.features import Matrix
from quality.features.pages import (
    OUTLINE_FILE,
    TABLE,
    Outline,
    PageModel,
    PageWeights,
    Reading,
    Wording,
    document_counts,
    units,
)
from quality.model import Models
from quality.training.data import READS_LIKE_PEOPLE, Text, read_rows
from quality.training.weights import quantised

__all__ = [
    "LANGUAGES",
    "DocumentationPages",
    "cell_weights",
    "common_english",
    "count_words",
    "english_words",
    "fit_pages",
    "matrix_of",
    "outline_of",
    "say_of_outline",
    "train_documentation_pages",
    "train_outline",
    "wording_of",
]

log = logging.getLogger(__name__)

#: Languages whose published documentation the outline is learned from.
LANGUAGES = ("cs", "de", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "tr")
#: Pages of a product and label in a language: of German there is ten times as much as of the others.
_MOST_PAGES = 350
#: Fewer pages of a label are no two labels.
_FEWEST_PAGES = 10
#: The commonest words of a language; the commonest of English that it uses so many times less. Chosen by hand.
_FUNCTION_WORDS, _ENGLISH_WORDS, _FOREIGN_RATIO = 80, 3000, 10.0
#: Words that wording keeps, the commonest of those that labelled and plain text both use: a product's own words tell
#: the product. Wording and outline together, mean AUROC of five Spanish and French products left out: .796 with 150,
#: .805 with 300; of German ones learned from two others each, .763 and .760 (experiments, by no script that is kept,
#: 2026-11-27).
_VOCABULARY = 300
#: The same, and the letters that it keeps of other words, where many products are known. German products left out, with
#: the outline, AUROC and recall at 1 % against people's pages, to 2018 and later: .824 .18 and .915 .42 with 150 words
#: and one letter, .797 .14 and .925 .42 with 1,500 and three, .791 .20 and .927 .50 with 5,000 and three (2026-11-27).
_DOCUMENTATION_VOCABULARY, _DOCUMENTATION_LETTERS = 5000, 3
#: Inverse strength of the ridge penalty. AUROC of wording on products left out is the same to .01 from .3 to 10; that
#: of the outline rises by .01 in the mean from .3 to 3 (2026-11-27).
_PENALTY, _OUTLINE_PENALTY = 1.0, 3.0
#: The outline has its full say where its AUROC is so much over chance in some group of labelled documents, and none
#: where it is no better than chance in all: it was learned from software documentation. By the mean of groups, three of
#: them news, it had little say in French: AUROC .867 on the product nuget, left out, and .886 by the best group (by no
#: script that is kept, 2026-11-27). Of that many standard errors none is reached by chance in some forty groups. Both
#: chosen by hand.
_FULL_SAY, _SURE = 0.125, 3.0
#: N-grams of fewer documents are noise; leaving them out also shrinks the compressed file.
_FEWEST_DOCUMENTS = 3


def train_outline(
    data: Path, directory: Path, *, products: Collection[str] = (), languages: Collection[str] = LANGUAGES
) -> None:
    """Write the weights of the outline, learned from `data`, to `directory`; `products` are left out in all languages.

    Takes a minute on one core.
    """
    english = common_english(data)
    matrices, damaged, cells = [], [], []
    for language in sorted(languages):
        by_product: dict[str, list[tuple[bool, str]]] = defaultdict(list)
        for product, machine, text in _pages(data, language):
            if product not in products:
                by_product[product].append((machine, text))
        for product, matrix in _outlines(by_product, english):
            matrices.append(matrix)
            damaged += [machine for machine, _ in by_product[product]]
            cells += [f"{language}/{product}"] * matrix.shape[0]
            log.info("outline: %d pages of %s in %s", matrix.shape[0], product, language)
    labels = np.array(damaged)
    found = fit_pages(sparse.vstack(matrices).tocsr(), labels, cell_weights(labels, cells), penalty=_OUTLINE_PENALTY)
    np.savez_compressed(
        directory / OUTLINE_FILE,
        allow_pickle=False,
        **found.arrays(),
        english_words=np.array(list(english)),
        english_rates=np.array(list(english.values())),
    )


@dataclass(frozen=True, slots=True)
class DocumentationPages:
    """What was learned of a language's documentation; `held_out` models had not seen the products of their fold."""

    model: PageModel
    held_out: tuple[PageModel, ...]


def train_documentation_pages(
    texts: Sequence[Text], folds: Sequence[int], count: int, plain: Counter[str], english: Mapping[str, float]
) -> DocumentationPages:
    """Learns both readings from published pages in some of `count` folds; `plain` are words of other people's text.

    Wording and outline count alike, each over its deviation on held-back pages: a regression would believe the one that
    fits the products it knows. Takes a minute for ten thousand pages on one core.
    """
    damaged = np.array([text.label == "mt" for text in texts])
    numbers = np.array(folds)
    by_product: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        by_product[text.group].append(place)
    pages = {product: [(bool(damaged[at]), texts[at].text) for at in places] for product, places in by_product.items()}
    order = np.concatenate([by_product[product] for product in pages])
    outlines = sparse.vstack([matrix for _, matrix in _outlines(pages, english)]).tocsr()[np.argsort(order)]
    written = count_words(text.text for text in texts if text.label == "human")
    wording = wording_of(written, plain, words=_DOCUMENTATION_VOCABULARY, letters=_DOCUMENTATION_LETTERS)
    worded = matrix_of((text.text for text in texts), wording)
    cells = np.array([text.group for text in texts])

    def fitted(seen: NDArray[np.bool_]) -> tuple[PageWeights, PageWeights]:
        weights = cell_weights(damaged[seen], cells[seen].tolist())
        return (
            fit_pages(worded[seen], damaged[seen], weights),
            fit_pages(outlines[seen], damaged[seen], weights, penalty=_OUTLINE_PENALTY),
        )

    by_fold = [fitted(numbers != fold) for fold in range(count)]
    held_out = np.zeros((2, len(texts)))
    for fold, found in enumerate(by_fold):
        own = numbers == fold
        held_out[:, own] = [weights.of_all(rows[own]) for weights, rows in zip(found, (worded, outlines), strict=True)]
    of_wording, of_outline = (1.0 / np.maximum(held_out.std(axis=1), 1e-9)).tolist()
    outline = outline_of(written, english)

    def model(found: tuple[PageWeights, PageWeights]) -> PageModel:
        return PageModel(outline, wording, found[1], found[0], (of_wording, of_outline), documentation_only=True)

    return DocumentationPages(model(fitted(numbers >= 0)), tuple(map(model, by_fold)))


def common_english(data: Path) -> dict[str, float]:
    """The commonest words of English documentation, and their shares of all words."""
    return _common_words(count_words(row["text"] for row in read_rows(data, "msdocs/en")))


def english_words(models: Models) -> dict[str, float]:
    """The commonest words of English documentation that the models know, and their shares of all words."""
    if not models.has(OUTLINE_FILE):
        return {}
    arrays = models.arrays(OUTLINE_FILE)
    return dict(zip(arrays["english_words"].tolist(), arrays["english_rates"].tolist(), strict=True))


def _common_words(counts: Counter[str]) -> dict[str, float]:
    common = (word for word, _ in counts.most_common(_ENGLISH_WORDS) if len(word) > 1)
    return {word: counts[word] / counts.total() for word in common}


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each word stands in small letters anywhere in the texts, whatever its capitals."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(unit.lower() for unit in units(text) if unit[0].isalpha())
    return counts


def outline_of(own: Counter[str], english: Mapping[str, float]) -> Outline:
    """The outline of a language, by the words of text that people wrote in it, and the shares of English words."""
    function = frozenset(word for word, _ in own.most_common(_FUNCTION_WORDS))
    times = _FOREIGN_RATIO / max(own.total(), 1)
    return Outline(function, frozenset(word for word, share in english.items() if share > times * own[word]))


def wording_of(labelled: Counter[str], plain: Counter[str], *, words: int = _VOCABULARY, letters: int = 1) -> Wording:
    """Keeps the words with the highest product of their rates in labelled and in plain text."""
    both = sorted(labelled.keys() & plain.keys(), key=lambda word: (-labelled[word] * plain[word], word))
    return Wording(frozenset(both[:words]), letters)


def matrix_of(texts: Iterable[str], reading: Reading) -> sparse.csr_matrix:
    """`document_counts` of each text, shape (texts, TABLE)."""
    columns, values, ends = [np.empty(0, np.int64)], [np.empty(0)], [0]
    for text in texts:
        slots, counts = document_counts(text, reading)
        columns.append(slots)
        values.append(counts)
        ends.append(ends[-1] + len(slots))
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape=(len(ends) - 1, TABLE))


def cell_weights(damaged: NDArray[np.bool_], cells: Sequence[str]) -> Matrix:
    """Weights by which both labels count alike in each cell, and all cells alike: a large one would teach its subject.

    Against cells that count by the root of their rarer label's texts, German output of statistical engines is told by
    .776 instead of .753 (AUROC on products left out; later output .914, .918), Spanish and French pages by .829 instead
    of .825 in the mean of four products (2026-11-27). Cells that have not both labels are one together, if that has
    both; else they teach nothing.
    """
    numbers = _cells_of_both(damaged, cells)
    weights = np.zeros(len(numbers))
    for cell in np.unique(numbers).tolist():
        parts = [(numbers == cell) & part for part in (damaged, ~damaged)]
        fewest = min(int(part.sum()) for part in parts)
        for part in parts:
            weights[part] = (fewest > 0) / max(1, part.sum())
    return weights


def say_of_outline(evidence: Matrix, damaged: NDArray[np.bool_], cells: Sequence[str]) -> float:
    """How far the outline counts in a language, 0..1, by what its evidence tells in the cell where it tells most.

    News among the texts, of which it knows nothing, does not silence it in documentation. Of many small cells one is
    told by chance: what counts is the AUROC less three standard errors of it in texts that are not told at all. There
    must be texts of both labels.
    """
    from sklearn.metrics import roc_auc_score

    numbers = _cells_of_both(damaged, cells)
    most = 0.0
    for number in np.unique(numbers).tolist():
        labels = damaged[numbers == number]
        raw, people = int(labels.sum()), int((~labels).sum())
        if raw and people:
            error = np.sqrt((raw + people + 1) / (12 * raw * people))
            most = max(most, roc_auc_score(labels, evidence[numbers == number]) - _SURE * error)
    return float(np.clip((most - 0.5) / _FULL_SAY, 0.0, 1.0))


def fit_pages(
    matrix: sparse.csr_matrix, damaged: NDArray[np.bool_], weights: Matrix, *, penalty: float = _PENALTY
) -> PageWeights:
    """Weights of n-grams learned from documents (rows of `matrix_of`) that count by their weight; both labels alike."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    used = np.flatnonzero(weights)
    rows, labels, shares = matrix[used], damaged[used], weights[used].copy()
    for part in (labels, ~labels):
        shares[part] *= len(used) / 2.0 / max(shares[part].sum(), 1e-9)
    regression = LogisticRegression(C=penalty, solver="liblinear", dual=True, tol=0.05, max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last steps change no figure that is reported
        regression.fit(rows, labels, sample_weight=shares)
    rare = np.bincount(rows.indices, minlength=TABLE) < _FEWEST_DOCUMENTS
    return PageWeights(*quantised(np.where(rare, 0.0, regression.coef_[0])), float(regression.intercept_[0]))


def _cells_of_both(damaged: NDArray[np.bool_], cells: Sequence[str]) -> NDArray[np.int64]:
    """The number of each text's cell; cells that have not both labels, ten texts of each, are one together."""
    names, numbers = np.unique(list(cells), return_inverse=True)
    counts = [np.bincount(numbers[part], minlength=len(names)) for part in (damaged, ~damaged)]
    rarer = np.minimum(*counts)
    return np.where(rarer[numbers] >= _FEWEST_PAGES, numbers, len(names))


def _outlines(
    by_product: Mapping[str, Sequence[tuple[bool, str]]], english: Mapping[str, float]
) -> Iterator[tuple[str, sparse.csr_matrix]]:
    """The outlines of each product's pages, given by whether they are raw translation and their texts.

    A product's own words are told by other products, as those of a product that is judged one day.
    """
    written = {
        product: count_words(text for machine, text in pages if not machine) for product, pages in by_product.items()
    }
    for product, pages in by_product.items():
        others = sum((counts for name, counts in written.items() if name != product), Counter[str]())
        outline = outline_of(others or written[product], english)
        yield product, matrix_of((text for _, text in pages), outline)


def _pages(data: Path, language: str) -> list[tuple[str, bool, str]]:
    """Product, whether it is raw translation, and text of published pages."""
    found: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for row in read_rows(data, f"msdocs/{language}"):
        # The outline of French pages of a product left out is told by .78 instead of .69 without it (2026-11-27).
        if row["product"] != READS_LIKE_PEOPLE and len(row["text"].split()) >= MIN_WORDS:
            found[row["product"], row["kind"] == "mt"].append(row["text"])
    chance = random.Random(language)
    return [
        (product, machine, text)
        for (product, machine), texts in sorted(found.items())
        for text in chance.sample(texts, min(len(texts), _MOST_PAGES))
    ]
