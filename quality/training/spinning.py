"""Trains what scores spinning: weights of words and places, then the heads for paragraphs and documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Document
from quality.errors import TrainingError
from quality.features import Batch, Matrix, fluency
from quality.features.fluency import language_model
from quality.features.spinning import DOCUMENT_NAMES, NAMES, document_rows, evidence_of, exchanged
from quality.features.spinning_marks import Marker, Marks, Settled
from quality.features.spinning_places import (
    PLACE_FEATURES,
    Candidates,
    Lexicon,
    candidates,
    place_features,
    worth_features,
)
from quality.features.spinning_terms import Terms
from quality.features.spinning_words import CELLS, Words
from quality.model import Models
from quality.segmentation import segment
from quality.training.baselines import baselines
from quality.training.heads import HeadData, fit_head
from quality.training.inflection_de import BareForms, GermanForms, part_of_speech
from quality.training.judgements import Judgement, Subject, judgements
from quality.training.spinner import Spinner
from quality.training.spinning_company import company_arrays
from quality.training.spinning_counts import Counts, count, counted_texts, put_rates, rewriter_rates
from quality.training.spinning_examples import Example, english_spinners, examples, families_of, german_spinners
from quality.training.spinning_lexicon import PROVENANCE, build_lexicon, lexicon_arrays
from quality.training.spinning_marks import WAYS, fit_marks, way_rates
from quality.training.spinning_sentences import Exchanger, exchanged_sentences
from quality.training.spinning_substitutions import (
    MIXTURE,
    Ways,
    english_ways,
    held_back_term,
    inflector,
    read_rules,
    source_words,
    substitutions,
    thesaurus_ways,
    word_pairs,
)
from quality.training.spinning_tables import family_table, tortured_table
from quality.training.spinning_terms import named_pairs, term_arrays
from quality.training.tables import evaluation_table
from quality.training.thesauri import (
    Substitute,
    Thesaurus,
    read_aiksaurus,
    read_mythes,
    read_openthesaurus,
    read_wordnet,
    sisters,
)

__all__ = ["train_spinning"]

#: Fluency features that the heads see too: how strange the rest of the text is to the language model.
_FLUENT = ("log_probability", "out_of_vocabulary", "order_mean", "order_one", "surprise_share")
#: So many of the commonest words are function words and marks, which only the crudest spinners look up.
_UNTOUCHED = 70
#: Share of the places that would come to something which are given up to save tests: so three in ten places of
#: clean text need none (500 clean and 500 spun passages, 2026-11-22).
_LOST = 0.02
#: Of the spun rows, so many are shown to the heads once more without their places, so that they learn to do without.
#: With twice as many the thesaurus that nobody has seen goes from 49 % to 51 % called where it replaced 15 % of the
#: words, of all 56.5 → 54.6 %, of rule lists 93 → 83 % (6,080 spun, 22,687 clean documents, 2026-11-27). German
#: spinners are all of one thesaurus.
_UNKNOWN = {"de": 0.2, "en": 0.1}
#: One family of English spinners alone works like the rewriters of sentences: it counts so many times. Of 38 real pages
#: one more is called so, of all spun documents 54.6 % for 56.0 (2026-11-27).
_REWRITERS, _REWRITER_WEIGHT = "pairs", 2.0
#: What a sound text counts whose own term reads as put by a spinner. With thresholds set anew, of 1,635 help pages of
#: three programs and a handbook 6, 6 and 2 are called at 1, 3 and 8; of texts written to look spun (a survey's "area
#: unit", an "associate degree") 2, none and none; of 38 real spun pages 37, 36 and 36; of spun documents 64.8, 63.1 and
#: 60.2 %. An experiment, by no script that is kept (2026-11-27).
_TERM_WEIGHT = 8.0
#: What sentences with one exchanged term weigh in the paragraph head. The precision at which 60 % of tortured phrases
#: are found is .744 at 8, .757 at 12, .755 at 16 (437 sentences, terms left out); of spun paragraphs 50.8, 49.1 and
#: 47.7 % are called. An experiment, by no script that is kept (2026-11-27).
_SENTENCE_WEIGHT = 12.0
#: A paragraph of which less was replaced is neither spun nor clean.
_HARDLY = 0.03


@dataclass(frozen=True, eq=False)
class Source:
    """What a language's spinners are known to do: the spinners, and the arrays of `Words` and of `Lexicon`."""

    spinners: tuple[Spinner, ...]
    words: dict[str, NDArray[Any]]
    lexicon: dict[str, NDArray[Any]]
    #: What they put, and how often people write what.
    ways: Ways
    counts: Counts
    #: What each word may have been exchanged for, where known pairs of words are told too.
    table: Mapping[str, Mapping[str, tuple[float, str]]] | None = None


def train_spinning(
    data: Path, output: Path, language: str, *, tools: Path, seed: int, models: Models
) -> tuple[list[dict[str, Any]], list[str], list[Judgement]]:
    """Write `output/LANGUAGE/spinning*.npz`; the heads as records, their evaluation tables and held-out judgements.

    `models` must hold the language's fluency model; `tools` is where scripts/build_tools.sh put the thesauri.
    """
    model = language_model(models, language)
    if model is None:
        raise TrainingError(f"{language}/fluency.binary: not among the models; train the language models first")
    source = (_english if language == "en" else _german)(data, tools, model, seed)
    made = examples(data, language, source.spinners, seed)
    passages = [
        (_batch(example.text), example) for example in made if example.trains and (example.label or example.paired)
    ]
    words = Words.from_arrays(source.words)
    source.words["weights"] = fit_words(words, passages, model)
    words = Words.from_arrays(source.words)
    if words.terms is not None:
        source.words["term_weights"] = fit_pairs(words, words.terms, passages, model)
        words = Words.from_arrays(source.words)
    source.lexicon["weights"], source.lexicon["worth"] = fit_places(
        Lexicon.from_arrays(source.lexicon), words, passages, model
    )
    lexicon = Lexicon.from_arrays(source.lexicon)
    (output / language).mkdir(parents=True, exist_ok=True)
    np.savez_compressed(output / language / "spinning_words.npz", allow_pickle=False, **source.words)
    np.savez_compressed(output / language / "spinning.npz", allow_pickle=False, **source.lexicon)
    ways = way_rates(source.ways, WAYS[language], source.counts, words, lexicon)
    families = families_of(source.spinners)
    marker = Marker(Marks(ways["word_ways"], ways["phrase_ways"]), words, lexicon, model)
    markers, trees = fit_markers(marker, passages, len(families), seed)
    np.savez_compressed(output / language / "spinning_marks.npz", allow_pickle=False, **ways, **trees)
    del passages
    sentences: list[Example] = []
    if words.terms is not None and source.table is not None:
        exchanger = Exchanger.of(words.terms.known, source.table)
        sentences = exchanged_sentences(data, exchanger, len(families), seed)
    records, tables, judged = [], [], list[Judgement]()
    for level, (rows, shares) in head_data(made, markers, models, language).items():
        names = [*NAMES, *_FLUENT]
        if level == "document":
            names = [*DOCUMENT_NAMES, *(f"document_{name}" for name in _FLUENT)]
        more = None
        if level == "paragraph" and sentences:
            more, _ = head_data(sentences, markers, models, language)[level]
        taught = _taught(rows, names, families, more, language, level, seed)
        head, probabilities = fit_head(taught, kind="spinning", level=level, language=language, features=names)
        probabilities = probabilities[: len(rows.labels)]
        records.append(head.to_dict())
        judged += judgements(head, rows, probabilities, baselines(rows, names))
        tables.append(evaluation_table(head, rows, probabilities))
        tables.append(family_table(head, rows, probabilities, shares, families))
        if language == "en" and level == "paragraph":
            tables.append(tortured_table(data, head, lambda texts: _paragraph_rows(texts, markers[-1], models)))
    return records, tables, judged


def _taught(
    rows: HeadData,
    names: Sequence[str],
    families: Sequence[str],
    sentences: HeadData | None,
    language: str,
    level: str,
    seed: int,
) -> HeadData:
    """What a head learns from: the rows, some again as an unknown spinner's, and `sentences`, weighed."""
    places = np.array([name.startswith("spun_") for name in names])
    taught = with_unknown(rows, places, _UNKNOWN[language], seed)
    weights = np.ones(len(taught.labels))
    own_term = (rows.labels == 0) & np.array([subject.altered for subject in rows.subjects])
    weights[: len(own_term)][own_term] = _TERM_WEIGHT
    if _REWRITERS in families:
        weights[(taught.labels == 1) & (taught.folds == families.index(_REWRITERS))] = _REWRITER_WEIGHT
    increasing = np.array([_speaks_for_spinning(name, level) for name in names])
    taught = replace(taught, weights=weights)
    if sentences is not None:
        taught = _together(taught, sentences, _SENTENCE_WEIGHT)
    return replace(taught, increasing=increasing)


def _speaks_for_spinning(name: str, level: str) -> bool:
    """Whether a head may count more of a feature only for spinning, never against it.

    Of families left out some have none of what the others put, and marks that no tree knows: a regression over the
    others finds in them a sign of clean text. German documents by a list of our own, left out, are told by .47 without
    this rule, by .86 with it, paragraphs by .54 and .80 (AUROC). Of words that do not fit it holds in documents alone:
    of spun English paragraphs 48 instead of 49 % would be called (2026-11-27).
    """
    if name.endswith("_tested"):
        return False
    return name.startswith("spun_") or (level == "document" and name.startswith("misfit_"))


def _english(data: Path, tools: Path, model: Any, seed: int) -> Source:
    wordnet_directory = tools / "thesauri/wordnet-base/usr/share/wordnet"
    wordnet = read_wordnet(wordnet_directory)
    mythes = read_mythes(tools / "thesauri/mythes-en-us/usr/share/mythes/th_en_US_v2.dat")
    rules, pairs = read_rules("spinning_rules.en"), word_pairs(data / "spin/tortured.tsv", but=held_back_term)
    rewriter = read_rules("spinning_rewriter.en")
    counts = count(counted_texts(data, "en"))
    forms = inflector(wordnet_directory, wordnet, counts)
    sources = source_words(counts, wordnet, {**rules, **rewriter}, model, forms)
    ways = english_ways(wordnet, mythes, rules, rewriter, pairs, forms, sources)
    table = substitutions(ways, MIXTURE["en"])
    lexicon = lexicon_arrays(
        build_lexicon(table, counts, model), counts, np.zeros(PLACE_FEATURES + 1), PROVENANCE["en"]
    )
    rewritten = {
        source: (*rewriter.get(source, ()), *pairs.get(source, Counter()).elements())
        for source in sorted({*rewriter, *pairs})
    }
    unseen = read_aiksaurus(tools / "thesauri/libaiksaurus-1.2-data/usr/share/aiksaurus", forms.lemmas)
    spinners = english_spinners(
        wordnet, mythes, sisters(wordnet_directory), unseen, rules, rewritten, forms, _commonest(counts)
    )
    named = named_pairs((entry for entry in wordnet if " " in entry), data / "spin/tortured.tsv", but=held_back_term)
    words = {
        **_word_arrays(table, counts, seed),
        **rewriter_rates({source: Counter(targets) for source, targets in rewritten.items()}, counts),
        **term_arrays(table, named, counts),
    }
    return Source(spinners, words, lexicon, ways, counts, table)


def _german(data: Path, tools: Path, model: Any, seed: int) -> Source:
    """OpenThesaurus is LGPL: what is shipped of it are rates of hashed words and weights, no entry of its own.

    The lexicon, which holds words and their originals, is made from synonyms that were collected by hand.
    """
    thesaurus = read_openthesaurus(tools / "thesauri/mythes-de/usr/share/mythes/th_de_DE_v2.dat")
    counts = count(counted_texts(data, "de"))
    forms = _german_forms(thesaurus)
    collected = read_rules("spinning_synonyms.de")
    own = {
        source.lower(): tuple(Substitute(target, part_of_speech(source), "synonym", 0) for target in targets)
        for source, targets in collected.items()
    }
    own_forms = GermanForms.of(collected)
    sources = source_words(counts, {}, {}, model, forms)
    collected_ways, ways = thesaurus_ways(own, own_forms, sources), thesaurus_ways(thesaurus, forms, sources)
    entries = build_lexicon(substitutions(collected_ways, MIXTURE["de"]), counts, model, names=False)
    spinners = german_spinners(thesaurus, own, forms, BareForms(forms), own_forms, _commonest(counts))
    return Source(
        spinners,
        _word_arrays(substitutions(ways, MIXTURE["de"]), counts, seed),
        lexicon_arrays(entries, counts, np.zeros(PLACE_FEATURES + 1), PROVENANCE["de"]),
        ways,
        counts,
    )


def _german_forms(thesaurus: Thesaurus) -> GermanForms:
    """Entries are in lower case; the substitutes, among which each entry is again, are not."""
    phrases = {item.phrase for items in thesaurus.values() for item in items}
    return GermanForms.of(phrase for phrase in phrases if " " not in phrase)


def _commonest(counts: Counts) -> frozenset[str]:
    return frozenset(word for _, word in sorted(zip(counts.frequency, counts.words, strict=True))[-_UNTOUCHED:])


def _word_arrays(
    table: Mapping[str, Mapping[str, tuple[float, str]]], counts: Counts, seed: int
) -> dict[str, NDArray[Any]]:
    keys, put = put_rates(table, counts)
    return {"keys": keys, "put": put, "weights": np.zeros(CELLS + 1, np.float32), **company_arrays(counts, seed)}


def _batch(text: str) -> Batch:
    return Batch.of([segment(Document(text))])


def _word_offsets(batch: Batch) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each word of the batch's channel starts and ends in its document."""
    starts = np.array([start for paragraph in batch.paragraphs for start in paragraph.starts], np.int64)
    ends = np.array([end for paragraph in batch.paragraphs for end in paragraph.ends], np.int64)
    return starts[batch.channel_tokens], ends[batch.channel_tokens]


def _written_by_spinner(batch: Batch, example: Example) -> NDArray[np.bool_]:
    """Which words of the batch's channel stand in an edit."""
    if not example.edits:
        return np.zeros(len(batch.channel.ids), np.bool_)
    starts, ends = _word_offsets(batch)
    first = np.searchsorted(ends, [edit.start for edit in example.edits], "right")
    last = np.searchsorted(starts, [edit.end for edit in example.edits], "left")
    changes = np.zeros(len(starts) + 1, np.int64)
    np.add.at(changes, first, 1)
    np.add.at(changes, np.maximum(first, last), -1)
    return np.cumsum(changes)[:-1] > 0


def fit_words(words: Words, taught: Sequence[tuple[Batch, Example]], model: Any) -> NDArray[np.float32]:
    """Weights of the classes that words fall in: words that a spinner put against words of clean text, at even odds."""
    import scipy.sparse as sparse
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for batch, example in taught:
        table = batch.channel
        if not len(table.ids):
            continue
        chosen, found = words.cells(batch, model)
        spun = _written_by_spinner(batch, example)[chosen]
        # Untouched words of spun texts stand in broken company: they are no fair picture of clean text.
        fair = spun if example.label else np.ones(len(chosen), np.bool_)
        rows.append(found[fair].astype(np.int16))
        labels.append(spun[fair])
    indices, label = np.concatenate(rows), np.concatenate(labels)
    ends = np.arange(0, indices.size + 1, indices.shape[1])
    matrix = sparse.csr_matrix((np.ones(indices.size, np.float32), indices.ravel(), ends), shape=(len(indices), CELLS))
    weights = np.where(label, 0.5 / label.mean(), 0.5 / (1.0 - label.mean()))
    fitted = LogisticRegression(C=0.02, max_iter=300).fit(matrix, label, sample_weight=weights)
    return np.append(fitted.coef_[0], fitted.intercept_[0]).astype(np.float32)


def fit_pairs(words: Words, terms: Terms, taught: Sequence[tuple[Batch, Example]], model: Any) -> NDArray[np.float64]:
    """Slope and intercept from the gain of a pair to its weight: pairs a spinner had a part in against clean text's."""
    gains, labels = [], []
    for batch, example in taught:
        pairs = terms.found(batch, model, words.evidence(batch, model))
        written = _written_by_spinner(batch, example)
        spun = written[pairs.at] | written[pairs.at + 1]
        fair = spun if example.label else np.ones(len(spun), np.bool_)
        gains.append(pairs.gain[fair])
        labels.append(spun[fair])
    return _fitted(np.concatenate(gains)[:, None], np.concatenate(labels))


def fit_places(
    lexicon: Lexicon, words: Words, taught: Sequence[tuple[Batch, Example]], model: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of a place's features, and of those that tell beforehand whether it is worth a test.

    The first set places that a spinner filled against places of clean text; the second those of them that come to
    something against all in clean text.
    """
    rows, early, labels = [], [], []
    for batch, example in taught:
        misfit = words.evidence(batch, model)
        found = candidates(lexicon, model, batch, misfit, thorough=True)
        if not len(found):
            continue
        spun = _spun_places(batch, example, found)
        fair = spun if example.label else np.ones(len(found), np.bool_)
        ends = found.at + found.length
        stops = batch.channel.bounds[found.paragraph + 1]
        rows.append(place_features(lexicon, found)[fair])
        early.append(worth_features(lexicon, found.phrase, misfit, found.at, ends, stops)[fair])
        labels.append(spun[fair])
    label = np.concatenate(labels)
    features = np.concatenate(rows)
    weights = _fitted(features, label)
    useful = (features @ weights[:-1] + weights[-1] > 0.0) & label
    chosen = useful | ~label
    features = np.concatenate(early)
    worth = _fitted(features[chosen], useful[chosen])
    worth[-1] -= np.quantile(features[useful] @ worth[:-1] + worth[-1], _LOST)
    return weights, worth


def fit_markers(
    marker: Marker, taught: Sequence[tuple[Batch, Example]], folds: int, seed: int
) -> tuple[list[Marker], dict[str, NDArray[Any]]]:
    """For each fold a marker whose trees had not seen it, and last the one that ships, with the arrays of its trees."""
    rows, labels, own = mark_rows(marker, taught)
    markers = []
    for fold in range(folds + 1):  # the last is nobody's: nothing is left out
        seen = {level: own[level] != fold for level in rows}
        found = fit_marks(
            {level: rows[level][seen[level]] for level in rows},
            {level: labels[level][seen[level]] for level in rows},
            seed,
        )
        marks = {"word_ways": marker.marks.word_ways, "phrase_ways": marker.marks.phrase_ways, **found}
        markers.append(replace(marker, marks=Marks.from_arrays(marks)))
    return markers, found


def mark_rows(
    marker: Marker, taught: Sequence[tuple[Batch, Example]]
) -> tuple[dict[str, Matrix], dict[str, NDArray[np.bool_]], dict[str, NDArray[np.int64]]]:
    """Features of the marks of spun and of clean passages, whether a spinner had a part in them, and folds, by level.

    Untouched words of spun texts are in: it is from them that what was exchanged is to be told.
    """
    rows: dict[str, list[Matrix]] = {"word": [], "place": []}
    labels: dict[str, list[NDArray[np.bool_]]] = {"word": [], "place": []}
    folds: dict[str, list[int]] = {"word": [], "place": []}
    for batch, example in taught:
        misfit = marker.words.evidence(batch, marker.model)
        found = candidates(marker.known, marker.model, batch, misfit)
        settled = Settled.of(batch, marker.known, found)
        marked = marker.marked(batch, settled, misfit)
        written = _written_by_spinner(batch, example)
        places = settled.chosen[marked.place_at]
        before = np.concatenate([[0], np.cumsum(written)])
        rows["word"].append(marked.word_rows)
        labels["word"].append(written[marked.word_at])
        rows["place"].append(marked.place_rows)
        labels["place"].append(before[found.at[places] + found.length[places]] > before[found.at[places]])
        for level in rows:
            folds[level] += [example.fold] * len(rows[level][-1])
    return (
        {level: np.concatenate(found) for level, found in rows.items()},
        {level: np.concatenate(found) for level, found in labels.items()},
        {level: np.array(found) for level, found in folds.items()},
    )


def _fitted(features: Matrix, label: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A logistic regression at even odds, intercept last."""
    from sklearn.linear_model import LogisticRegression

    scale = features.std(axis=0) + 1e-9
    weights = np.where(label, 0.5 / label.mean(), 0.5 / (1.0 - label.mean()))
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(features / scale, label, sample_weight=weights)
    return np.append(fitted.coef_[0] / scale, fitted.intercept_[0])


def _spun_places(batch: Batch, example: Example, found: Candidates) -> NDArray[np.bool_]:
    """Whether each place is what the spinner put: inside one edit, and most of it."""
    if not example.edits:
        return np.zeros(len(found), np.bool_)
    starts, ends = _word_offsets(batch)
    start, end = starts[found.at], ends[found.at + found.length - 1]
    first = np.array([edit.start for edit in example.edits])
    last = np.array([edit.end for edit in example.edits])
    edit = np.maximum(np.searchsorted(first, start, "right") - 1, 0)
    inside: NDArray[np.bool_] = (
        (first[edit] <= start) & (end <= last[edit] + 1) & (end - start >= 0.6 * (last[edit] - first[edit]))
    )
    return inside


def head_data(
    made: Sequence[Example], markers: Sequence[Marker], models: Models, language: str
) -> dict[str, tuple[HeadData, Matrix]]:
    """Rows, labels and folds for the document and the paragraph head, and each row's share of replaced text.

    `markers` are one a fold, which had not seen it.
    """
    rows: dict[str, list[Matrix]] = {"document": [], "paragraph": []}
    notes: dict[str, list[tuple[int, int, str, bool, float, str, Subject]]] = {"document": [], "paragraph": []}
    for example, batch, matrix, fluent in _measured(made, markers, models, language):
        note = (example.fold, example.source, example.trains)
        total = batch.words.sum()
        if total >= 25:
            means = np.nansum(fluent * (batch.words / total)[:, None], axis=0)
            rows["document"].append(np.concatenate([matrix[-1], means]))
            subject = replace(example.subject, words=int(total))
            notes["document"].append((example.label, *note, example.share, example.text, subject))
        for at, share in enumerate(_shares(batch, example)):
            if batch.words[at] >= 8 and (example.label == 0 or share >= _HARDLY):
                rows["paragraph"].append(np.concatenate([matrix[at][: len(NAMES)], fluent[at]]))
                subject = replace(example.subject, words=int(batch.words[at]))
                notes["paragraph"].append((example.label, *note, share, batch.paragraphs[at].text, subject))
    result = {}
    for level, found in rows.items():
        labels, folds, sources, trains, shares, texts, subjects = zip(*notes[level], strict=True)
        data = HeadData(
            rows=np.array(found),
            labels=np.array(labels),
            folds=np.array(folds),
            sources=np.array(sources),
            trains=np.array(trains),
            texts=texts,
            subjects=subjects,
            sound=np.array([subject.sound for subject in subjects]),
        )
        result[level] = data, np.array(shares)
    return result


def with_unknown(data: HeadData, places: NDArray[np.bool_], share: float, seed: int) -> HeadData:
    """The rows, and at their end a share of the spun ones again as if no lexicon knew their thesaurus.

    Their columns of places are those of clean text: so the head learns to go by the words alone where it must.
    """
    chance = np.random.default_rng(seed)
    spun, clean = (np.flatnonzero((data.labels == label) & data.trains) for label in (1, 0))
    again = np.sort(chance.choice(spun, int(share * len(spun)), replace=False))
    rows = data.rows[again]
    rows[:, places] = data.rows[chance.choice(clean, len(again))][:, places]
    kept = np.zeros(len(data.labels), np.bool_)
    kept[again] = True
    return _together(data, replace(data.take(kept), rows=rows), 1.0)


def _together(data: HeadData, more: HeadData, weight: float) -> HeadData:
    """The rows of both, those of `more` at a weight; what was judged is no more told."""

    def both(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(data, name), getattr(more, name)])

    before = np.ones(len(data.labels)) if data.weights is None else data.weights
    return HeadData(
        rows=both("rows"),
        labels=both("labels"),
        folds=both("folds"),
        sources=both("sources"),
        trains=both("trains"),
        weights=np.concatenate([before, np.full(len(more.labels), weight)]),
        sound=both("sound"),
    )


def _measured(
    made: Sequence[Example], markers: Sequence[Marker], models: Models, language: str
) -> Iterator[tuple[Example, Batch, list[Matrix], Matrix]]:
    """Of each example its batch of one document, rows of its paragraphs and, last, of itself, and fluency."""
    columns = [fluency.NAMES.index(name) for name in _FLUENT]
    for example in made:
        batch, marker = _batch(example.text), markers[example.fold]
        misfit = marker.words.evidence(batch, marker.model)
        found = candidates(marker.known, marker.model, batch, misfit)
        more = exchanged(batch, marker.words, marker.model, misfit)
        evidence = evidence_of(batch, marker.known, found, misfit, marker=marker, explain=False, **more)
        fluent = fluency.measure(batch, models, language=language, explain=False).matrix[:, columns]
        yield example, batch, [*evidence.matrix, document_rows(evidence, batch)[0]], fluent


def _shares(batch: Batch, example: Example) -> list[float]:
    """Share of each paragraph's characters that the spinner wrote."""
    starts = np.array([edit.start for edit in example.edits])
    ends = np.array([edit.end for edit in example.edits])
    shares = []
    for paragraph in batch.paragraphs:
        overlap = np.minimum(ends, paragraph.end) - np.maximum(starts, paragraph.start)
        shares.append(float(np.maximum(overlap, 0).sum() / (paragraph.end - paragraph.start)))
    return shares


def _paragraph_rows(texts: Sequence[str], marker: Marker, models: Models) -> Matrix:
    """Features of texts of one paragraph, as the English paragraph head takes them."""
    made = [Example(text, 0, "", 0, False) for text in texts]
    measured = _measured(made, (marker,), models, "en")
    return np.array([np.concatenate([matrix[0], fluent[0]]) for _, _, matrix, fluent in measured])
