"""The commonest small words of some forty languages: articles, prepositions, pronouns, auxiliaries."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["other_small_words", "small_words"]


@cache
def small_words() -> Mapping[str, frozenset[str]]:
    """The commonest words of some forty languages, in lower case."""
    tables = tomllib.loads(resources.files("quality").joinpath("small_words.toml").read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in tables.items()}


@cache
def other_small_words(language: str) -> frozenset[str]:
    """Small words, of two letters at least, of all languages but one."""
    words = {word for other, listed in small_words().items() if other != language for word in listed if len(word) > 1}
    return frozenset(words - small_words()[language])
