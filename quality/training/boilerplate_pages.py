"""Pages whose lines are labelled content or furniture: as they were labelled, as extractors leave them, in extracts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from quality.document import Paragraph
from quality.features import Batch
from quality.features.boilerplate_lines import phrase_lists
from quality.language import assign_languages
from quality.model import Models
from quality.training.data import clean_texts, read_rows

__all__ = [
    "CLEAN",
    "EXTRACT",
    "HELD_OUT",
    "SCRAPED",
    "SHORT",
    "SOURCES",
    "Page",
    "clean_pages",
    "extracts",
    "read_pages",
    "scraped_pages",
    "short_texts",
]

#: Labelled pages to train on: how far a source's labels are trusted (those given by language models and by
#: other extractors less), and its part in the training beside the others.
SOURCES = {
    "cleaneval-dev": (1.0, 1.5),
    "cleanportaleval": (1.0, 0.7),
    "readability": (1.0, 0.7),
    "tiptop-wceb": (0.7, 0.7),
    "trafilatura-eval": (0.5, 2.0),
}
#: Research use only: reported, no part of training.
HELD_OUT = "l3s-gn1"
#: Pages made of the labelled ones as an extractor leaves them, and documents without any furniture.
SCRAPED, CLEAN = "scraped", "clean"
#: Some lines of a page by themselves, as records of a corpus often are.
EXTRACT = "extract"
#: Extracts of each page, and the most lines in one.
_EXTRACTS, _EXTRACT_LINES = 4, 8
#: A line or two of prose with a line or two of furniture behind it, which may stand anywhere on the page: nothing but
#: what that says tells it from the prose.
SHORT = "short"
#: Such texts made of each page, and the fewest words of their lines of prose. Chosen by hand.
_SHORT_TEXTS, _SHORT_PROSE_WORDS = 4, 8
#: Documents of each clean source, and paragraphs of each.
_CLEAN_DOCUMENTS = 30
_CLEAN_PARAGRAPHS = 60
#: Pages that are made into scraped ones have so many content paragraphs of so many words.
_PROSE_PARAGRAPHS, _PROSE_WORDS = 5, 20
#: Lines made here are furniture for certain, and few.
_MADE_TRUST = 4.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines as paragraphs, with labels: 1 furniture, 0 content, -1 unknown.

    `origin` is the source of the page that a scraped one was made from, else `source` itself.
    """

    source: str
    origin: str
    site: str
    language: str
    paragraphs: tuple[Paragraph, ...]
    labels: tuple[int, ...]
    trust: tuple[float, ...]


def read_pages(data: Path, models: Models) -> list[Page]:
    """All labelled pages, with the languages of their lines."""
    pages = []
    for source in (*SOURCES, HELD_OUT):
        trusted = SOURCES.get(source, (1.0, 0.0))[0]
        for row in read_rows(data, f"boilerplate/{source}"):
            lines = [line for line in row["lines"] if line["text"].strip()]
            site = (row.get("url") or "").split("//")[-1].split("/")[0].removeprefix("www.") or row["doc"]
            if lines:
                pages.append(
                    Page(
                        source=source,
                        origin=source,
                        site=site,
                        language=row["lang"],
                        paragraphs=_paragraphs([" ".join(line["text"].split()) for line in lines], models),
                        labels=tuple({"content": 0, "boilerplate": 1}.get(line["label"], -1) for line in lines),
                        trust=tuple(1.0 if line.get("gold") else trusted for line in lines),
                    )
                )
    return pages


def clean_pages(data: Path, models: Models) -> Iterator[Page]:
    """Documents of every register as pages that have content alone."""
    for language in ("de", "en"):
        counts: dict[str, int] = {}
        for text in clean_texts(data, language):
            if text.weight == 0 or text.source.startswith("boilerplate/"):
                continue
            counts[text.source] = counts.get(text.source, 0) + 1
            lines = [" ".join(line.split()) for line in text.text.split("\n") if line.strip()][:_CLEAN_PARAGRAPHS]
            if counts[text.source] <= _CLEAN_DOCUMENTS and lines:
                paragraphs = _paragraphs(lines, models)
                yield Page(CLEAN, CLEAN, text.source, language, paragraphs, (0,) * len(lines), (1.0,) * len(lines))


def extracts(pages: Sequence[Page], models: Models, seed: int) -> Iterator[Page]:
    """Of every page some lines: a run as it stands, or some of the content with a few lines of furniture behind it."""
    for number, page in enumerate(pages):
        rng = random.Random(f"{seed} {number} {page.site}")
        content = [at for at, label in enumerate(page.labels) if label == 0]
        for _ in range(_EXTRACTS if content else 0):
            at = rng.choice(content)
            length = rng.randint(1, _EXTRACT_LINES)
            if rng.random() < 0.5:
                first = max(0, at - rng.randrange(length))
                chosen = list(range(first, min(first + length, len(page.labels))))
            else:
                first = content.index(at)
                chosen = content[first : first + rng.randint(1, _EXTRACT_LINES // 2)]
                after = [line for line in range(chosen[-1] + 1, len(page.labels)) if page.labels[line] == 1]
                start = rng.randrange(max(1, len(after) - _EXTRACT_LINES))
                chosen += after[start : start + rng.randrange(_EXTRACT_LINES // 2)]
            yield _part(page, EXTRACT, chosen, models)


def short_texts(pages: Sequence[Page], models: Models, seed: int) -> Iterator[Page]:
    """Of every page some texts of a line or two of prose, with a line or two of its furniture behind, if it has any."""
    for number, page in enumerate(pages):
        rng = random.Random(f"{seed} short {number} {page.site}")
        furniture = [at for at, label in enumerate(page.labels) if label == 1]
        prose = [
            at
            for at, label in enumerate(page.labels)
            if label == 0 and page.paragraphs[at].word_count >= _SHORT_PROSE_WORDS
        ]
        for _ in range(_SHORT_TEXTS if prose else 0):
            first = rng.randrange(len(prose))
            chosen = prose[first : first + rng.randint(1, 2)]
            if furniture:
                first = rng.randrange(len(furniture))
                chosen += furniture[first : first + rng.randint(1, 2)]
            yield _part(page, SHORT, chosen, models)


def _part(page: Page, source: str, lines: Sequence[int], models: Models) -> Page:
    """Some lines of a page as a page of their own, whose lines' languages are told from these alone."""
    return Page(
        source=source,
        origin=page.origin,
        site=page.site,
        language=page.language,
        paragraphs=_paragraphs([page.paragraphs[line].text for line in lines], models),
        labels=tuple(page.labels[line] for line in lines),
        trust=tuple(page.trust[line] for line in lines),
    )


def _paragraphs(lines: Iterable[str], models: Models) -> tuple[Paragraph, ...]:
    """Lines as the scorer would have them, one paragraph each."""
    made: list[Paragraph] = []
    offset = 0
    for text in lines:
        made.append(Paragraph(len(made), offset, offset + len(text), text))
        offset += len(text) + 1
    return assign_languages(Batch.of([made]), models)[1].paragraphs


def scraped_pages(pages: Sequence[Page], models: Models, seed: int) -> Iterator[Page]:
    """Every page that has prose, as an extractor may leave it."""
    for at, page in enumerate(pages):
        made = scraped(page, pages, models, random.Random(f"{seed} {at} {page.site}"))
        if made is not None:
            yield made


def scraped(page: Page, others: Sequence[Page], models: Models, rng: random.Random) -> Page | None:
    """A page as extractors leave it: most furniture gone, some at its borders and between, some of our making.

    None for a page without some paragraphs of prose: nothing would be left to tell furniture from.
    """
    labels = page.labels
    content = [at for at, label in enumerate(labels) if label == 0]
    if sum(page.paragraphs[at].word_count >= _PROSE_WORDS for at in content) < _PROSE_PARAGRAPHS:
        return None
    kept: list[int] = []
    for start, end in _runs(labels):
        if labels[start] != 1:
            kept.extend(range(start, end))
            continue
        few = rng.choice((0, 0, 0, 0, 1, 1, 2, 3))
        kept.extend(range(max(start, end - few), end) if end <= content[0] else range(start, min(end, start + few)))
    lines = [(page.paragraphs[at], labels[at], page.trust[at]) for at in kept]
    for made in _furniture(rng, others):
        first = 0 if rng.random() < 0.6 else len(lines) * 3 // 4
        at = rng.randrange(first, len(lines) + 1)
        lines[at:at] = [(paragraph, 1, _MADE_TRUST) for paragraph in _paragraphs(made, models)]
    paragraphs, kept_labels, trust = zip(*lines, strict=True)
    return Page(SCRAPED, page.origin, page.site, page.language, paragraphs, kept_labels, trust)


def _runs(labels: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(labels) + 1):
        if at == len(labels) or (labels[at] == 1) != (labels[start] == 1):
            yield start, at
            start = at


_AGENCIES = (
    "AP",
    "AFP",
    "Reuters",
    "dpa",
    "Getty Images",
    "EPA",
    "imago",
    "picture alliance",
    "Shutterstock",
    "Xinhua",
)
_FIRST_NAMES = ("Anna", "Peter", "Maria", "John", "Li", "Olga", "Paul", "Fatima", "Jan", "Chloé", "Tom", "Sofia")
_LAST_NAMES = ("Meyer", "Brown", "Novak", "Rossi", "Chen", "Larsen", "Kaya", "Silva", "Weber", "Jones", "Petrov")


def _furniture(rng: random.Random, others: Sequence[Page]) -> Iterator[list[str]]:
    """Lines that extractors leave in articles and that the labelled pages have few of."""
    for _ in range(rng.choice((0, 1, 2, 3, 4, 5))):
        name = f"{rng.choice(_FIRST_NAMES)} {rng.choice(_LAST_NAMES)}"
        agency = rng.choice(_AGENCIES)
        page = rng.choice(others)
        texts = [
            paragraph.text
            for paragraph, label in zip(page.paragraphs, page.labels, strict=True)
            if label == 0 and 8 <= paragraph.word_count <= 40
        ]
        text = rng.choice(texts) if texts else "A view of the harbour."
        word = rng.choice(("FOTO", "Foto", "Photo", "Bild", "Credit"))
        phrases = rng.choice(phrase_lists())
        chosen = rng.sample(phrases, min(len(phrases), rng.choice((1, 1, 2))))
        said = [phrase[:1].upper() + phrase[1:] for phrase in chosen]
        slug = "-".join(text.lower().split()[:2])
        caption = rng.choice(
            (
                f"{name}/{agency} {text}",
                f"{text} ({name}/{agency})",
                f"{agency}/ {text}",
                f"{name}/{agency}/ {word}: {text}",
                f"© {agency}. {text}",
                f"{text} {word}: {name}",
            )
        )
        inset = f"({rng.choice(('MORE', 'MEHR', 'READ', 'RELATED', 'LESEN', 'WATCH'))}: {text.rstrip('.')})"
        yield rng.choice(
            (
                [caption],
                [caption],
                [caption],
                [inset],
                [f"{inset} {caption}"],
                [f"{'. '.join(said)}. {inset}"],
                [f"{word}: {name}/{agency}"],
                [rng.choice((f"{agency}/{rng.choice(_AGENCIES)}", agency))],
                [f"{rng.choice(('By', 'Von', 'By', 'Von', 'Par', 'Por'))} {name}"],
                [rng.choice((slug, f"{slug}-{rng.randrange(100)}", slug.split("-")[0] + f"-{rng.randrange(100)}"))],
                [f"{rng.choice(('source', 'via', 'tags', 'Quelle', 'Kategorie'))}{rng.choice((' ', ': '))}{slug}"],
                [rng.choice("—–|•*·")],
                said,
                said,
                said,
                [f"{'. '.join(said)}."],
            )
        )
