"""Article spinning: words of a text exchanged for entries of a thesaurus, found in two ways.

Phrases that known thesauri and rule lists put in are put to the repair test in their places
(`spinning_places`), and every word is asked whether it fits its company, which shows the work of a
thesaurus that nobody has seen (`spinning_words`). Paragraphs and documents add both up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.features import Batch, Evidence, Matrix, Span
from quality.features.batch import pair_numbers
from quality.features.fluency import language_model
from quality.features.spinning_company import Company, Kept
from quality.features.spinning_marks import Marker, Settled, marks_model, word_habit
from quality.features.spinning_places import (
    CLASSES,
    Candidates,
    Lexicon,
    candidates,
    lexicon,
    within_names,
)
from quality.features.spinning_terms import Pairs
from quality.features.spinning_words import Words, words_model
from quality.model import Models

if TYPE_CHECKING:
    import kenlm

__all__ = [
    "DOCUMENT_NAMES",
    "NAMES",
    "Exchanged",
    "document_rows",
    "evidence_of",
    "exchanged",
    "least_weight",
    "measure",
]

_CODES = {"phrase": "S201", "name": "S202", "rule": "S203", "word": "S204"}

NAMES = (
    "spun_evidence",
    "spun_balance",
    "spun_places",
    "spun_strongest",
    "spun_second",
    "spun_phrases",
    "spun_names",
    "spun_rules",
    "spun_words",
    "spun_tested",
    "spun_new_evidence",
    "spun_new_places",
    "spun_new_phrases",
    "spun_new_names",
    "spun_new_rules",
    "spun_new_words",
    "misfit_balance",
    "misfit_evidence",
    "misfit_mean",
    "misfit_words",
    "misfit_strong",
    "misfit_strongest",
    "misfit_pair",
    "misfit_pairs",
    "company_around",
    "company_beside",
    "company_strangers",
    "spun_terms",
    "spun_terms_strongest",
    "spun_vocabulary",
    "spun_new_vocabulary_sparse",
    "spun_new_vocabulary_some",
    "spun_new_vocabulary_dense",
    "spun_marks",
    "spun_new_marks",
)

DOCUMENT_NAMES = (
    "spun_document_evidence",
    "spun_document_total",
    "spun_document_balance",
    "spun_document_places",
    "spun_document_strongest",
    "spun_document_second",
    "spun_document_phrases",
    "spun_document_names",
    "spun_document_rules",
    "spun_document_words",
    "spun_document_tested",
    "spun_document_spread",
    "spun_document_worst",
    "misfit_document_balance",
    "misfit_document_evidence",
    "misfit_document_mean",
    "misfit_document_words",
    "misfit_document_strong",
    "misfit_document_worst",
    "misfit_document_pairs",
    "company_document_around",
    "company_document_beside",
    "company_document_strangers",
    "spun_document_terms",
    "spun_document_terms_strongest",
    "spun_document_vocabulary",
    "spun_document_marks",
)

#: So many of the columns are about places; and from here on they are about company.
_PLACE_COLUMNS, _COMPANY_COLUMNS = NAMES.index("misfit_balance"), NAMES.index("company_around")
#: And from here on about pairs of words, about the words that rewriters prefer, and about marks.
_TERM_COLUMNS, _VOCABULARY_COLUMNS = NAMES.index("spun_terms"), NAMES.index("spun_vocabulary")
_MARK_COLUMNS = NAMES.index("spun_marks")
#: Gains of pairs (nats) are cut off here; a paragraph without pairs has the least.
_LEAST_GAIN, _MOST_GAIN = -6.0, 8.0
#: A rewriter is thought to have put this share of a text's words, whichever explains them best.
_SHARES = (0.05, 0.15, 0.4)
#: Choices that a spinner left unresolved, {a|b c}, also with its start lost. One of them has several words: program
#: code and its comments have {string|number}.
_RESIDUE = re.compile(
    r"(?<![{$\\])\{(?=[^{}\n]*\w \w)\w[\w ,.'’-]{1,50}(?:\|[\w ,.'’-]{0,50})+\}(?!\})"
    r"|(?<![{|\w])(?:\w[\w .'’-]{2,40}\|){3,}\w[\w .'’-]{2,40}\}"
)
#: What such choices weigh (nats); a third one proves no more.
_CHOICE = 3.0
#: No place counts for more than this (nats), and no doubt for more than the second.
_MOST, _LEAST = 6.0, -2.0
#: A place counts as one from this weight (nats) on.
_PLACE = 0.5
#: A word counts as a misfit from the first, as a strong one from the second (nats).
_MISFIT, _STRONG = 1.0, 2.5
#: A mark counts from here on (nats): in a spun text it would be right seven times in eight. Chosen by hand.
_SURE = 2.0
#: Two words side by side of which each is over the first, and both together over the second, make a misfit pair (nats):
#: who puts "profound learning" for "deep learning" has exchanged a phrase word by word.
_EACH_OF_PAIR, _PAIR = 0.5, 2.5
#: What an original's cosine with the words around the place says for it (nats), and the least cosine that is believed.
_COMPANY, _NO_COMPANY = 3.0, 0.0
#: A word that reads n times as a misfit in a document weighs less by this power of n. Chosen by hand.
_REPEATED = 0.5
#: A content word is a stranger where its cosine with those around it is under this: 15 % of those in our texts are.
_STRANGER = 0.22
#: Weights (nats) from which findings are shown: where document and paragraph read as spun; where the document does, but
#: not the paragraph; where the paragraph alone does; and elsewhere. The first is two to one that the mark is right.
#: Clean pages so have 1 finding in 10,000 words (1,200 texts of every register, 2026-11-27).
_SHOWN_IN_SPUN, _SHOWN_IN_PATCH, _SHOWN_IN_DOUBT, _SHOWN_ALONE = 0.7, 1.5, 2.0, 3.5
#: Scores of a paragraph from which on it reads as spun, within a spun document and alone. Chosen by hand.
_LIKELY, _DOUBTED = 0.5, 0.8
#: An expanded name right after a capital ("Ada United Nations") is in a place where names do not stand: its weight is
#: raised by so much.
_MISPLACED_NAME = 0.5
#: A paragraph is at least so many words long when it is compared with others for the worst one.
_LONG = 20
#: And a document for its densities: a few odd words in two lines of verse are no share of anything. Chosen by hand.
_LONG_DOCUMENT = 60
_MOST_ALTERNATIVES = 5


class Exchanged(TypedDict, total=False):
    """Arguments of `evidence_of`."""

    company: Company | None
    pairs: Pairs
    vocabulary: Matrix


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Weights of the places that a spinner may have filled, and of words that do not fit, added up by paragraph.

    Columns `spun_*`: sum of the places' weights over √words (nats), and the same with doubts counted too; root of
    places for 100 words; the strongest and the second phrase (nats, at most 6); roots of sums by class and of phrases
    tested, for 100 words; and `spun_new_*`, sums and places where each phrase counts once a document (nats). A phrase
    counts once a paragraph in all of them: a land register repeats "area unit", a spun page has other phrases too.
    Unresolved choices "{a|b c}" count into the sums.
    Columns `misfit_*`: sum of the words' log-odds over √words (nats), of the positive ones alone, their mean, and
    roots of words over 1 and over 2.5 nats for 100 words; the worst word, the worst two side by side (nats), and the
    root of such pairs for 100 words.
    Columns `spun_terms*`: sum of the gains of pairs over √words (nats), the largest gain (-6..8).
    Columns `spun_vocabulary`, `spun_new_vocabulary_*`: root of the evidence that a sentence rewriter chose the words,
    over √words, each word once a paragraph; and this evidence (nats), once a document, for three shares put.
    Columns `spun_marks`, `spun_new_marks`: root of the marks that are likely right in a spun text (`spinning_marks`)
    for 100 words, each word or phrase once a paragraph; and their number, each once a document. They know the
    document's other marks. Spun English paragraphs are called in 52 % instead of 44 % of cases, at .5 % false alarms on
    help pages of three programs and a handbook that nothing was learned from (18,770 paragraphs); in documents of which
    half is spun in 65 instead of 53 %, sound ones beside them in 2.5 instead of .5 % (3,386 paragraphs; experiments,
    by no script that is kept, 2026-11-27). Places counted each time they come again bring more false alarms.
    Columns `company_*`: means over the content words of their cosines with those around and beside them, and the share
    of strangers among them; NaN where there are none.
    Why: nobody writes "Gregorian calendar month" where "June" stands in the sentence; on our data (854 spun
    and 291 clean paragraphs of GUM) there are 2.7 such places in 100 words of spun text, 0.8 in clean text.
    Known false alarms: dialect, verse ("ne'er"), jargon that the language model has not read.
    """
    model = language_model(models, language)
    known, fitting = lexicon(models, language), words_model(models, language)
    if model is None or (known is None and fitting is None):
        return Evidence.empty(NAMES, len(batch.paragraphs))
    misfit = None if fitting is None else fitting.evidence(batch, model)
    found = None if known is None else candidates(known, model, batch, misfit)
    marks, marker = marks_model(models, language), None
    if marks is not None and known is not None and fitting is not None:
        marker = Marker(marks, fitting, known, model)
    more = exchanged(batch, fitting, model, misfit)
    return evidence_of(batch, known, found, misfit, marker=marker, explain=explain, **more)


def exchanged(batch: Batch, fitting: Words | None, model: kenlm.Model, misfit: Matrix | None) -> Exchanged:
    """What the words model knows of a batch besides the misfit of single words, as `evidence_of` takes it."""
    if fitting is None or misfit is None:
        return {}
    return {
        "company": fitting.company,
        # A language without known pairs has none: its heads see columns that never change, not missing ones.
        "pairs": Pairs.none() if fitting.terms is None else fitting.terms.found(batch, model, misfit),
        "vocabulary": fitting.vocabulary(batch, model),
    }


def evidence_of(
    batch: Batch,
    known: Lexicon | None,
    found: Candidates | None,
    misfit: Matrix | None,
    company: Company | None = None,
    pairs: Pairs | None = None,
    vocabulary: Matrix | None = None,
    *,
    marker: Marker | None = None,
    explain: bool,
) -> Evidence:
    """Columns and findings of a batch whose places were found and whose words were judged.

    A `marker` fills the columns of marks and weighs findings as marks of a spun text; without one they have the weights
    that the other columns add up.
    """
    residue = [_residue(paragraph) if "|" in paragraph.text else () for paragraph in batch.paragraphs]
    columns = np.full((len(batch.paragraphs), len(NAMES)), np.nan)
    settled = None
    if known is not None and found is not None:
        settled = Settled.of(batch, known, found)
        choices = np.array([len(spans) for spans in residue], np.float64)
        columns[:, :_PLACE_COLUMNS] = _place_columns(batch, known, settled, choices)
    if misfit is not None:
        columns[:, _PLACE_COLUMNS:_COMPANY_COLUMNS] = _word_columns(batch, misfit)
    if company is not None:
        columns[:, _COMPANY_COLUMNS:_TERM_COLUMNS] = _company_columns(batch, company.kept(batch))
    if pairs is not None:
        columns[:, _TERM_COLUMNS:_VOCABULARY_COLUMNS] = _term_columns(batch, pairs)
    if vocabulary is not None:
        columns[:, _VOCABULARY_COLUMNS:_MARK_COLUMNS] = _vocabulary_columns(batch, vocabulary)
    marks = None
    if marker is not None and settled is not None and misfit is not None:
        marks = marker.odds(batch, settled, misfit)
        columns[:, _MARK_COLUMNS:] = _mark_columns(batch, settled, *marks)
    if not explain:
        return Evidence(NAMES, columns, ((),) * len(batch.paragraphs))
    spans: list[list[Span]] = [
        [Span("S205", paragraph.start + start, paragraph.start + end, _CHOICE) for start, end in own]
        for paragraph, own in zip(batch.paragraphs, residue, strict=True)
    ]
    odds = None if misfit is None else misfit + word_habit(batch, misfit)[batch.owners[batch.channel.rows]]
    if known is not None and settled is not None:
        place_odds = settled.weights[settled.chosen] + settled.habit(batch, known)
        if marks is not None:
            odds, place_odds = marks
        _add_places(spans, batch, known, settled, place_odds, company)
    if pairs is not None:
        _add_pairs(spans, batch, pairs)
    if odds is not None:
        _add_words(spans, batch, odds)
    return Evidence(NAMES, columns, tuple(tuple(sorted(own, key=lambda span: span.start)) for own in spans))


def least_weight(paragraph: float, *, called: bool) -> float:
    """The weight (nats) from which on a finding is shown, by its paragraph's score and whether the document is called.

    Alone, "same" for "said" is an accident; in a text that reads as spun it needs no more proof.
    """
    if called:
        return _SHOWN_IN_SPUN if paragraph >= _LIKELY else _SHOWN_IN_PATCH
    return _SHOWN_IN_DOUBT if paragraph >= _DOUBTED else _SHOWN_ALONE


def _residue(paragraph: Paragraph) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _RESIDUE.finditer(paragraph.text))


def _place_columns(batch: Batch, known: Lexicon, settled: Settled, choices: Matrix) -> Matrix:
    """The `spun_*` columns, shape (paragraphs, _PLACE_COLUMNS)."""
    count, chosen = len(batch.paragraphs), settled.chosen
    rows, phrases = settled.found.paragraph[chosen], settled.found.phrase[chosen]
    weight = np.minimum(settled.weights[chosen], _MOST)
    positive = np.maximum(weight, 0.0)
    here = _heaviest(pair_numbers(rows, phrases), positive)
    fresh = _heaviest(pair_numbers(batch.owners[rows], phrases), positive)

    def total(values: NDArray[Any]) -> Matrix:
        return np.bincount(rows, weights=values, minlength=count).astype(np.float64, copy=False)

    def by_class(counted: NDArray[np.bool_]) -> list[Matrix]:
        kinds = known.kind[phrases]
        return [total(positive * (counted & (kinds == kind))) for kind in range(len(CLASSES))]

    choice = _CHOICE * np.minimum(choices, 2.0)
    first, second = _two_strongest(rows[here], positive[here], count)
    words = np.maximum(batch.words, _LONG)
    hundred, root = 100.0 / words, words**-0.5
    is_place = weight > _PLACE
    return np.column_stack(
        [
            (total(positive * here) + choice) * root,
            (total(np.maximum(weight, _LEAST) * (here | (weight < 0.0))) + choice) * root,
            np.sqrt((choices + total(is_place * here)) * hundred),
            first,
            second,
            *(np.sqrt(values * hundred) for values in by_class(here)),
            np.sqrt(total(np.ones(len(rows))) * hundred),
            total(positive * fresh) + choice,
            total(is_place * fresh) + choices,
            *by_class(fresh),
        ]
    )


def _heaviest(numbers: NDArray[np.intp], weights: Matrix) -> NDArray[np.bool_]:
    """Whether each weight is the largest of those with its number; of equals, the first."""
    most = np.full(int(numbers.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(most, numbers, weights)
    heavy = np.flatnonzero(weights == most[numbers])[::-1]
    first = np.zeros(len(most), np.intp)
    first[numbers[heavy]] = heavy  # of several with one number the last that is written stays
    found = np.zeros(len(numbers), np.bool_)
    found[first[numbers[heavy]]] = True
    return found


def _two_strongest(rows: NDArray[np.intp], weights: Matrix, count: int) -> tuple[Matrix, Matrix]:
    """The two largest weights of each row, 0 where there are none; shape (count,) each."""
    strongest = np.zeros((2, count))
    order = np.lexsort((-weights, rows))
    if len(order):
        firsts = np.flatnonzero(np.append(True, rows[order][1:] != rows[order][:-1]))
        for place in range(2):
            at = firsts + place
            at = at[at < np.append(firsts[1:], len(order))]
            strongest[place, rows[order[at]]] = weights[order[at]]
    return strongest[0], strongest[1]


def _word_columns(batch: Batch, misfit: Matrix) -> Matrix:
    """The `misfit_*` columns, shape (paragraphs, 8)."""
    table = batch.channel
    count = len(batch.paragraphs)

    def total(values: NDArray[Any]) -> Matrix:
        some = np.flatnonzero(values)
        sums = np.bincount(table.rows[some], weights=values[some], minlength=count)
        return sums.astype(np.float64, copy=False)

    def most(values: Matrix) -> Matrix:
        largest, some = np.zeros(count), np.flatnonzero(values > 0.0)
        np.maximum.at(largest, table.rows[some], values[some])
        return largest

    # A subject repeats its words: one counts once a paragraph, like a phrase, and the less the oftener the text has it.
    at = np.flatnonzero(misfit > 0.0)
    repeated = batch.repeated[at]
    positive = misfit[at] / np.bincount(repeated)[repeated] ** _REPEATED
    misfit = np.minimum(misfit, 0.0)
    misfit[at] = np.where(_heaviest(pair_numbers(table.rows[at], table.ids[at]), positive), positive, 0.0)
    together = np.zeros(len(misfit))
    joined = (table.rows[1:] == table.rows[:-1]) & (np.minimum(misfit[1:], misfit[:-1]) > _EACH_OF_PAIR)
    together[:-1] = np.where(joined, misfit[1:] + misfit[:-1], 0.0)
    words = np.maximum(batch.words, _LONG)
    root = words**-0.5
    balance = total(misfit)
    return np.column_stack(
        [
            balance * root,
            total(np.maximum(misfit, 0.0)) * root,
            balance / words,
            np.sqrt(total(misfit > _MISFIT) * 100.0 / words),
            np.sqrt(total(misfit > _STRONG) * 100.0 / words),
            most(misfit),
            most(together),
            np.sqrt(total(together > _PAIR) * 100.0 / words),
        ]
    )


def _company_columns(batch: Batch, kept: Kept) -> Matrix:
    """The `company_*` columns, shape (paragraphs, 3)."""
    rows, count = batch.channel.rows, len(batch.paragraphs)

    def means(values: Matrix, *more: NDArray[Any]) -> list[Matrix]:
        """Those of the values, and of more, over the words of which the first are known."""
        known = np.flatnonzero(~np.isnan(values))
        own = rows.take(known)
        counts = np.bincount(own, minlength=count)
        sums = (np.bincount(own, weights=each.take(known), minlength=count) for each in (values, *more))
        return [np.divide(each, counts, out=np.full(count, np.nan), where=counts > 0) for each in sums]

    around, strangers = means(kept.around, kept.around < _STRANGER)
    return np.column_stack([around, *means(kept.beside), strangers])


def _term_columns(batch: Batch, pairs: Pairs) -> Matrix:
    """The `spun_terms*` columns, shape (paragraphs, 2)."""
    count, rows = len(batch.paragraphs), batch.channel.rows[pairs.at]
    gain = np.clip(pairs.gain, _LEAST_GAIN, _MOST_GAIN)
    strongest = np.full(count, _LEAST_GAIN)
    np.maximum.at(strongest, rows, gain)
    total = np.bincount(rows, weights=np.maximum(gain, 0.0), minlength=count)
    return np.column_stack([total * np.maximum(batch.words, _LONG) ** -0.5, strongest])


def _vocabulary_columns(batch: Batch, vocabulary: Matrix) -> Matrix:
    """The `spun_vocabulary` and `spun_new_vocabulary_*` columns, shape (paragraphs, 1 + shares)."""
    count, at = len(batch.paragraphs), np.flatnonzero(vocabulary)
    rows, ids = batch.channel.rows[at], batch.channel.ids[at]
    even = np.ones(len(at))
    here, fresh = _heaviest(pair_numbers(rows, ids), even), _heaviest(batch.repeated[at], even)
    oftener = np.expm1(vocabulary[at])
    evidence = [np.log1p(share * oftener) for share in _SHARES]
    own = [np.bincount(rows, weights=values * here, minlength=count) for values in evidence]
    new = [np.bincount(rows, weights=values * fresh, minlength=count) for values in evidence]
    return np.column_stack([_rooted(own, np.maximum(batch.words, _LONG)), *new])


def _mark_columns(batch: Batch, settled: Settled, odds: Matrix, place_odds: Matrix) -> Matrix:
    """The columns of marks, shape (paragraphs, 2); `odds` are those of words and of chosen places."""
    count, table = len(batch.paragraphs), batch.channel
    at, places = np.flatnonzero(odds > _SURE), np.flatnonzero(place_odds > _SURE)
    chosen = settled.chosen[places]
    here, fresh = np.zeros(count), np.zeros(count)
    for rows, what, weights in (
        (table.rows[at], table.ids[at], odds[at]),
        (settled.found.paragraph[chosen], settled.found.phrase[chosen], place_odds[places]),
    ):
        here += np.bincount(rows[_heaviest(pair_numbers(rows, what), weights)], minlength=count)
        fresh += np.bincount(rows[_heaviest(pair_numbers(batch.owners[rows], what), weights)], minlength=count)
    return np.column_stack([np.sqrt(here * 100.0 / np.maximum(batch.words, _LONG)), fresh])


def _rooted(evidence: Sequence[NDArray[Any]], words: Matrix) -> Matrix:
    """Root of the evidence over √words for the share that explains most, 0 where none does."""
    rooted: Matrix = np.sqrt(np.maximum(np.max(evidence, axis=0), 0.0) * words**-0.5)
    return rooted


def _add_places(
    spans: list[list[Span]], batch: Batch, known: Lexicon, settled: Settled, odds: Matrix, company: Company | None
) -> None:
    """Findings for the places that are likely enough to be shown at all; `odds` are those of the chosen ones."""
    found, misplaced = settled.found, within_names(batch.channel)
    for place, weight in zip(settled.chosen.tolist(), odds.tolist(), strict=True):
        row = int(found.paragraph[place])
        at, length = int(found.at[place]), int(found.length[place])
        kind = CLASSES[known.kind[found.phrase[place]]]
        if kind == "name" and misplaced[at]:
            weight += _MISPLACED_NAME
        if weight < _SHOWN_IN_SPUN:
            continue
        more = None if company is None else company.would_keep(batch.channel, at, length, found.originals[place])
        suggestion, *others = found.ranked(place, None if more is None else _COMPANY * np.maximum(more, _NO_COMPANY))
        begin, end = _offsets(batch, at, at + length - 1)
        spans[row].append(Span(_CODES[kind], begin, end, weight, suggestion, tuple(others[:_MOST_ALTERNATIVES])))


def _add_pairs(spans: list[list[Span]], batch: Batch, pairs: Pairs) -> None:
    """Findings for known pairs, each in the place of lighter ones that it overlaps.

    A word of the pair that stands there unchanged is no part of the finding.
    """
    names = batch.channel.all_words
    for place in np.argsort(-pairs.weight, kind="stable").tolist():
        weight, at = float(min(pairs.weight[place], _MOST)), int(pairs.at[place])
        if weight < _SHOWN_IN_SPUN:
            break
        original = pairs.original(place)
        changed = [number for number in (0, 1) if names[at + number].lower() != original[number]]
        first, last = at + changed[0], at + changed[-1]
        begin, end = _offsets(batch, first, last)
        own = spans[int(batch.channel.rows[at])]
        others = [span for span in own if span.start < end and begin < span.end]
        if any(span.weight >= weight for span in others):
            continue
        suggestion = " ".join(
            word[0].upper() + word[1:] if names[at + number][0].isupper() else word
            for number, word in enumerate(original)
            if number in changed
        )
        own[:] = [span for span in own if span not in others]
        own.append(Span(_CODES["phrase"], begin, end, weight, suggestion))


def _add_words(spans: list[list[Span]], batch: Batch, odds: Matrix) -> None:
    """Findings for words that fit so badly that a spinner is the likelier writer, where no place covers them."""
    for at in np.flatnonzero(odds >= _SHOWN_IN_SPUN).tolist():
        row = int(batch.channel.rows[at])
        begin, end = _offsets(batch, at, at)
        if not any(span.start < end and begin < span.end for span in spans[row]):
            spans[row].append(Span("S204", begin, end, float(odds[at])))


def _offsets(batch: Batch, first: int, last: int) -> tuple[int, int]:
    """Offsets in the document from the first to the last of some words of the channel."""
    row = int(batch.channel.rows[first])
    paragraph, before = batch.paragraphs[row], batch.tokens.bounds[row]
    tokens = batch.channel_tokens
    return paragraph.starts[tokens[first] - before], paragraph.ends[tokens[last] - before]


def document_rows(evidence: Evidence, batch: Batch) -> Matrix:
    """Each document's features (`DOCUMENT_NAMES`) from its paragraphs', shape (documents, len(DOCUMENT_NAMES)).

    Densities are roots of means over words; `total` is the sum of weights with each phrase counted once (log scale),
    `spread` the share of longer paragraphs with a place, `worst` the densest of them.
    """
    words = np.maximum(batch.words, 1.0)
    total = batch.totals(words)
    lengths = np.maximum(words, _LONG)
    some = np.maximum(total, _LONG_DOCUMENT)
    root = some**-0.5
    column = dict(zip(NAMES, evidence.matrix.T, strict=True))
    long_enough = words >= _LONG
    # Where no paragraph is long, the short ones are compared.
    compared = long_enough | (_most(np.where(long_enough, 1.0, 0.0), batch) == 0)[batch.owners]

    def density(name: str) -> Matrix:
        return np.sqrt(batch.totals(np.square(column[name]) * lengths) / some)

    def new_density(name: str) -> Matrix:
        return np.sqrt(batch.totals(column[f"spun_new_{name}"]) * 100.0 / some)

    def summed(name: str) -> Matrix:
        return batch.totals(column[name] * np.sqrt(lengths)) * root

    def mean(name: str) -> Matrix:
        known = np.where(np.isnan(column[name]), 0.0, words)
        sums, counted = batch.totals(np.nan_to_num(column[name]) * known), batch.totals(known)
        means: Matrix = np.divide(sums, counted, out=np.full(len(batch), np.nan), where=counted > 0)
        return means

    def worst(name: str) -> Matrix:
        return _most(np.where(compared, column[name], -np.inf), batch)

    fresh = batch.totals(column["spun_new_evidence"])
    strongest = column["spun_strongest"]
    first, second = _two_strongest(batch.owners, np.nan_to_num(strongest), len(batch))
    spread = batch.totals(long_enough * (column["spun_places"] > 0)) / np.maximum(batch.totals(long_enough * 1.0), 1.0)
    judged = ~np.isnan(fresh)
    rows = [
        fresh * root,
        np.log1p(fresh),
        summed("spun_balance"),
        new_density("places"),
        np.where(judged, first, np.nan),
        np.where(judged, np.maximum(second, _most(np.nan_to_num(column["spun_second"]), batch)), np.nan),
        *(new_density(name) for name in ("phrases", "names", "rules", "words")),
        density("spun_tested"),
        np.where(judged, spread, np.nan),
        worst("spun_evidence"),
        summed("misfit_balance"),
        summed("misfit_evidence"),
        batch.totals(column["misfit_mean"] * lengths) / some,
        density("misfit_words"),
        density("misfit_strong"),
        worst("misfit_evidence"),
        density("misfit_pairs"),
        *(mean(name) for name in NAMES[_COMPANY_COLUMNS:_TERM_COLUMNS]),
        summed("spun_terms"),
        _two_strongest(batch.owners, column["spun_terms_strongest"] - _LEAST_GAIN, len(batch))[0],
        _rooted([batch.totals(column[name]) for name in NAMES[_VOCABULARY_COLUMNS + 1 : _MARK_COLUMNS]], some),
        new_density("marks"),
    ]
    matrix: Matrix = np.where((total > 0)[:, None], np.column_stack(rows), np.nan)
    return matrix


def _most(values: Matrix, batch: Batch) -> Matrix:
    """The largest of one value a paragraph over each document; 0 for a document without any."""
    largest = np.zeros(len(batch))
    filled = np.diff(batch.bounds) > 0
    if len(values):
        largest[filled] = np.maximum.reduceat(values, batch.bounds[:-1][filled])
    return largest
