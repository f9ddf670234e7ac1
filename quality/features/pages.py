"""How a page is typed and worded: n-grams of whole documents, of German documentation and of languages added.

Two readings of a text. Its outline keeps marks, blanks, digits and capitals and says of a word only whether it is one
of the language's commonest, English, short or long: “l' mip”, “NuGet 3,0”, “Azure information protection” look alike in
every language that an engine wrote. Its wording keeps the words that all text of the language shares, and of the others
the capitals and the last letters. The weights of both are learned from documentation that its publisher labelled
(training/pages.py); those of the outline in many languages at once are part of the models that a language is added to,
whose wording is learned from the user's own labelled text.

A document is scaled to one length, whatever it holds: what a page says fifty times counts little more in its outline
than what it says twice (by the logarithm), and in its wording no more. Spanish and French documentation of a product
left out, learned from the one or two others: mean AUROC of wording .70 by counts over their root, as n-grams that add
up over paragraphs need them, .74 so. German, by product left out: .81 by such counts, .88 so, .93 with the outline
(pages from 2019 on, at most 500 of a product and label; experiments, by no script that is kept, 2026-11-27). What the
models that ship reach, with all pages, stands in docs/evaluation.md.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix
from quality.features.ngrams import documentation_share, left_in_run, outline, rolling_slots
from quality.model import Models

__all__ = [
    "DOCUMENT_NAMES",
    "OUTLINE_FILE",
    "TABLE",
    "Outline",
    "PageModel",
    "PageWeights",
    "Reading",
    "Wording",
    "document_counts",
    "document_rows",
    "evidence",
    "file_name",
    "outline_weights",
    "page_model",
    "plain_marks",
    "units",
]

#: The weights of the outline, in the models that languages are added to.
OUTLINE_FILE = "outline.npz"

#: Log-odds of the document by its wording and its outline, each times its share, in sum.
DOCUMENT_NAMES = ("document_page_evidence",)

TABLE = 1 << 18
_ORDERS = (1, 2, 3, 4)
#: The length that every document's counts are scaled to: with it the penalty of training is an ordinary one.
_LENGTH = 4.0

_UNIT = re.compile(r"[^\W\d_]+|\d+|\s+|[^\w\s]|_")
#: Marks that differ by where a text was published are one.
_MARKS = str.maketrans(
    {
        **dict.fromkeys("„“”«»‟″", '"'),
        **dict.fromkeys("’‘‚‛`´′", "'"),
        **dict.fromkeys("–—−‐‑", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f", " "),
        "…": "...",
    }
)


def plain_marks(text: str) -> str:
    """The text with one kind of quotation mark, apostrophe, dash and blank.

    >>> print(plain_marks("« L’été » – …"))
    " L'été " - ...
    """
    return text.translate(_MARKS)


def units(text: str) -> list[str]:
    """Words, numbers, marks and white space of a text, nothing left out.

    >>> units("NuGet 3,0 ")
    ['NuGet', ' ', '3', ',', '0', ' ']
    """
    return _UNIT.findall(plain_marks(text))


class Reading(Protocol):
    """One way to read a text: what stands in for each of its units, and what an n-gram found so many times counts."""

    def of(self, unit: str) -> str:
        """The stand-in of a unit; nothing for one that is passed over."""

    def values(self, counts: NDArray[np.int64]) -> Matrix:
        """What counts of n-grams in one document count."""


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """Says what a unit of text is like in any language; `function` and `foreign` are a language's words, lower case.

    >>> outline = Outline(frozenset({"la"}), frozenset({"information"}))
    >>> [outline.of(unit) for unit in ("la", "La", "information", "Azure", "vez", "2018", " ", "(")]
    ['xf', 'Xf', 'xe', 'X', 'xs', '0~4', ' ', '(']
    """

    function: frozenset[str]
    foreign: frozenset[str]

    def of(self, unit: str) -> str:
        """The stand-in of a word, a number, a mark or white space."""
        if unit[0].isspace():
            return "\n" if "\n" in unit else " "
        if unit[0].isdigit():
            return f"0~{min(len(unit), 5)}"
        if not unit[0].isalpha():
            return unit
        lower = unit.lower()
        if lower in self.function:
            return f"{_capitals(unit)}f"
        if lower in self.foreign:
            return f"{_capitals(unit)}e"
        return f"{_capitals(unit)}s" if len(unit) < 4 else _capitals(unit)

    def values(self, counts: NDArray[np.int64]) -> Matrix:
        """The logarithm of counts."""
        return np.log1p(counts)


@dataclass(frozen=True, eq=False, slots=True)
class Wording:
    """Keeps the words of a vocabulary (lower case), and the outline and last letters of others, one or more.

    >>> wording = Wording(frozenset({"la"}))
    >>> [wording.of(unit) for unit in ("la", "La", "Azure", "2018", " ", "(")]
    ['la', '^la', 'X~e', '0', '', '(']
    """

    vocabulary: frozenset[str]
    letters: int = 1

    def of(self, unit: str) -> str:
        """The stand-in of a unit; nothing for blanks."""
        if unit[0].isspace():
            return "\n" if "\n" in unit else ""
        if unit[0].isdigit():
            return "0"
        if not unit[0].isalpha():
            return unit
        lower = unit.lower()
        if lower in self.vocabulary:
            return lower if lower == unit else f"^{lower}"
        return f"{_capitals(unit)}~{lower[-self.letters :]}"

    def values(self, counts: NDArray[np.int64]) -> Matrix:
        """Once, however often."""
        return np.ones(len(counts))


def _capitals(word: str) -> str:
    return "I" if len(word) == 1 and word.isupper() else outline(word)


@dataclass(frozen=True, eq=False, slots=True)
class PageWeights:
    """Weights of n-grams, int8 of shape (TABLE,), their scale, and an intercept."""

    weights: NDArray[np.int8]
    scale: float
    intercept: float

    def evidence(self, slots: NDArray[np.int64], values: Matrix) -> float:
        """Log-odds of one document, given by its `document_counts`."""
        return float((self.weights[slots] * values).sum()) * self.scale + self.intercept

    def of_all(self, matrix: Any) -> Matrix:
        """The same of many, rows of a sparse matrix of shape (documents, TABLE); the last bits may differ."""
        evidence: Matrix = matrix @ (self.weights * self.scale) + self.intercept
        return evidence

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `read` reads."""
        return {"weights": self.weights, "numbers": np.array([self.scale, self.intercept])}

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]]) -> PageWeights:
        """The weights of the arrays that a file holds."""
        return cls(arrays["weights"], *arrays["numbers"].tolist())


@dataclass(frozen=True, eq=False, slots=True)
class PageModel:
    """Both readings of a language, their weights, and what each one's log-odds are multiplied by.

    Without weights of the outline wording alone counts. `documentation_only` tells that software documentation is all
    that was learned of.
    """

    outline: Outline
    wording: Wording
    outline_weights: PageWeights | None
    wording_weights: PageWeights
    shares: tuple[float, float] = (1.0, 1.0)
    documentation_only: bool = False

    def readings(self, text: str) -> tuple[float, float]:
        """Log-odds of a document by its wording and by its outline."""
        page = _Page.of(text)
        wording = self.wording_weights.evidence(*page.counts(self.wording))
        if self.outline_weights is None:
            return wording, 0.0
        return wording, self.outline_weights.evidence(*page.counts(self.outline))

    def evidence(self, text: str) -> float:
        """Both together."""
        wording, outline = self.readings(text)
        return self.shares[0] * wording + self.shares[1] * outline

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `page_model` reads of a language; weights of the outline only where they are not the same in all."""
        own = self.outline_weights.arrays() if self.documentation_only and self.outline_weights is not None else {}
        return {
            "function": np.array(sorted(self.outline.function)),
            "foreign": np.array(sorted(self.outline.foreign)),
            "vocabulary": np.array(sorted(self.wording.vocabulary)),
            "letters": np.array(self.wording.letters),
            "shares": np.array(self.shares),
            **self.wording_weights.arrays(),
            **{f"{_OUTLINE}{name}": values for name, values in own.items()},
        }

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[Any]], general: PageWeights | None) -> PageModel:
        """The model of the arrays that a file holds; `general` are the weights of the outline in all languages."""
        own = {name.removeprefix(_OUTLINE): values for name, values in arrays.items() if name.startswith(_OUTLINE)}
        wording, outline = arrays["shares"].tolist()
        return cls(
            Outline(frozenset(arrays["function"].tolist()), frozenset(arrays["foreign"].tolist())),
            Wording(frozenset(arrays["vocabulary"].tolist()), int(arrays["letters"])),
            PageWeights.read(own) if own else general,
            PageWeights.read(arrays),
            (wording, outline),
            documentation_only=bool(own),
        )


#: How the names of a language's own weights of the outline begin.
_OUTLINE = "outline_"


def document_counts(text: str, reading: Reading) -> tuple[NDArray[np.int64], Matrix]:
    """The slots of a document's n-grams, each once, and what each counts, shape (slots,) both."""
    return _Page.of(text).counts(reading)


@dataclass(frozen=True, eq=False, slots=True)
class _Page:
    """The distinct units of a document; its i-th unit is `distinct[numbers[i]]`."""

    distinct: tuple[str, ...]
    numbers: NDArray[np.intp]

    @classmethod
    def of(cls, text: str) -> _Page:
        known: dict[str, int] = {}
        numbers = [known.setdefault(unit, len(known)) for unit in units(text)]
        return cls(tuple(known), np.array(numbers, np.intp))

    def counts(self, reading: Reading) -> tuple[NDArray[np.int64], Matrix]:
        """As `document_counts` has them."""
        names = [reading.of(unit) for unit in self.distinct]
        hashes = np.array([zlib.crc32(name.encode()) for name in names], np.uint64)
        kept = np.array([bool(name) for name in names], np.bool_)[self.numbers]
        numbers = hashes[self.numbers[kept]]
        left = left_in_run(np.array([0, len(numbers)]), _ORDERS[-1])
        orders = [slots[inside] for slots, inside in rolling_slots(numbers, left, _ORDERS, TABLE)]
        slots, counts = np.unique(np.concatenate(orders), return_counts=True)
        values = reading.values(counts)
        return slots, values * (_LENGTH / np.sqrt(max(float((values**2).sum()), 1e-9)))


def file_name(language: str) -> str:
    """The model file of a language."""
    return f"{language}/pages.npz"


def outline_weights(models: Models) -> PageWeights | None:
    """The weights of the outline, which hold in every language, or None."""
    return PageWeights.read(models.arrays(OUTLINE_FILE)) if models.has(OUTLINE_FILE) else None


def page_model(models: Models, language: str) -> PageModel | None:
    """What was learned of pages in a language, or None."""
    name = file_name(language)
    if not models.has(name):
        return None
    return models.load(f"pages:{language}", lambda models: PageModel.read(models.arrays(name), outline_weights(models)))


def evidence(batch: Batch, model: PageModel, documentation: Matrix) -> Matrix:
    """Log-odds of each document of a batch, shape (documents,).

    `documentation` is the probability that each is software documentation: where that is all that was learned of,
    others are not read, and have no evidence.
    """
    read = documentation_share(documentation) > 0.0 if model.documentation_only else np.ones(len(batch), np.bool_)
    texts = ("\n".join(paragraph.text for paragraph in document) for document in batch.documents)
    return np.array([model.evidence(text) if own else 0.0 for own, text in zip(read.tolist(), texts, strict=True)])


def document_rows(batch: Batch, models: Models, *, language: str, documentation: Matrix) -> dict[str, Matrix]:
    """`evidence` by name; none in languages of which no pages are known."""
    model = page_model(models, language)
    found = np.zeros(len(batch)) if model is None else evidence(batch, model, documentation)
    return {DOCUMENT_NAMES[0]: found}
