"""What spinners of a language are known to do: their thesauri and rules, and the arrays that are made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.features.spinning_places import PLACE_FEATURES
from quality.features.spinning_words import CELLS
from quality.training.inflection_de import BareForms, GermanForms, part_of_speech
from quality.training.spinner import Spinner
from quality.training.spinning_company import company_arrays
from quality.training.spinning_counts import Counts, count, counted_texts, put_rates, rewriter_rates
from quality.training.spinning_examples import english_spinners, german_spinners
from quality.training.spinning_lexicon import PROVENANCE, build_lexicon, lexicon_arrays
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
from quality.training.spinning_terms import named_pairs, term_arrays
from quality.training.thesauri import (
    Substitute,
    Thesaurus,
    read_aiksaurus,
    read_mythes,
    read_openthesaurus,
    read_wordnet,
    sisters,
)

__all__ = ["Source", "english_source", "german_source"]

#: So many of the commonest words are function words and marks, which only the crudest spinners look up.
_UNTOUCHED = 70


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


def english_source(data: Path, tools: Path, model: Any, seed: int) -> Source:
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


def german_source(data: Path, tools: Path, model: Any, seed: int) -> Source:
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
