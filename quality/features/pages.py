"""How a page is typed and worded, in languages that were added to the bundled ones: n-grams of whole documents.

Two readings of a text. Its outline keeps marks, blanks, digits and capitals and says of a word only whether it is one
of the language's commonest, English, short or long: “l' mip”, “NuGet 3,0”, “Azure information protection” look alike in
every language that an engine wrote. Its weights are learned from software documentation in many languages
(training/pages.py) and are part of the models that a language is added to. Its wording keeps the words that all text
of the language shares, and of the others the capitals and the last letter; its weights are learned from the user's own
labelled text.

A document is the logarithm of how often it has each n-gram, scaled to one length: what a page says fifty times counts
little more than what it says twice. Spanish and French documentation of a product left out, learned from the one or two
others: mean AUROC of wording .70 by counts over their root, as the bundled models have them, .74 so (2026-11-27).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features import Batch, Matrix
from quality.features.ngrams import left_in_run, outline, rolling_slots
from quality.model import Models

__all__ = [
    "DOCUMENT_NAMES",
    "OUTLINE_FILE",
    "TABLE",
    "Outline",
    "PageModel",
    "PageWeights",
    "Wording",
    "document_counts",
    "document_rows",
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


@dataclass(frozen=True, eq=False, slots=True)
class Wording:
    """Keeps the words of a vocabulary (lower case), and the outline and last letter of others.

    >>> wording = Wording(frozenset({"la"}))
    >>> [wording.of(unit) for unit in ("la", "La", "Azure", "2018", " ", "(")]
    ['la', '^la', 'X~e', '0', '', '(']
    """

    vocabulary: frozenset[str]

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
        return f"{_capitals(unit)}~{lower[-1]}"


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

    Where the models have no weights of the outline, wording alone counts.
    """

    outline: Outline
    wording: Wording
    outline_weights: PageWeights | None
    wording_weights: PageWeights
    shares: tuple[float, float] = (1.0, 1.0)

    def readings(self, text: str) -> tuple[float, float]:
        """Log-odds of a document by its wording and by its outline."""
        wording = self.wording_weights.evidence(*document_counts(text, self.wording.of))
        if self.outline_weights is None:
            return wording, 0.0
        return wording, self.outline_weights.evidence(*document_counts(text, self.outline.of))

    def evidence(self, text: str) -> float:
        """Both together."""
        wording, outline = self.readings(text)
        return self.shares[0] * wording + self.shares[1] * outline

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `page_model` reads of a language; the outline's weights are the same in all."""
        return {
            "function": np.array(sorted(self.outline.function)),
            "foreign": np.array(sorted(self.outline.foreign)),
            "vocabulary": np.array(sorted(self.wording.vocabulary)),
            "shares": np.array(self.shares),
            **self.wording_weights.arrays(),
        }


def document_counts(text: str, reading: Callable[[str], str]) -> tuple[NDArray[np.int64], Matrix]:
    """The slots of a document's n-grams, each once, and what each counts, shape (slots,) both."""
    hashes: dict[str, int] = {}
    found = []
    for unit in units(text):
        number = hashes.get(unit)
        if number is None:
            name = reading(unit)
            number = hashes[unit] = zlib.crc32(name.encode()) if name else -1
        if number >= 0:
            found.append(number)
    numbers = np.array(found, np.uint64)
    left = left_in_run(np.array([0, len(numbers)]), _ORDERS[-1])
    orders = [slots[inside] for slots, inside in rolling_slots(numbers, left, _ORDERS, TABLE)]
    slots, counts = np.unique(np.concatenate(orders), return_counts=True)
    values = np.log1p(counts)
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

    def read(models: Models) -> PageModel:
        arrays = models.arrays(name)
        wording, outline = arrays["shares"].tolist()
        return PageModel(
            Outline(frozenset(arrays["function"].tolist()), frozenset(arrays["foreign"].tolist())),
            Wording(frozenset(arrays["vocabulary"].tolist())),
            outline_weights(models),
            PageWeights.read(arrays),
            (wording, outline),
        )

    return models.load(f"pages:{language}", read)


def document_rows(batch: Batch, models: Models, *, language: str) -> dict[str, Matrix]:
    """The evidence of each document by name, shape (documents,); nothing in languages of which no pages are known."""
    model = page_model(models, language)
    if model is None:
        return {}
    texts: Iterable[str] = ("\n".join(paragraph.text for paragraph in document) for document in batch.documents)
    return {DOCUMENT_NAMES[0]: np.array([model.evidence(text) for text in texts])}
