"""MANIFEST.toml: what the shipped models are, where they come from, and under which licences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from quality.model import FORMAT, MANIFEST, file_checksum

__all__ = ["CARD", "EVALUATION", "SOURCES", "write_manifest"]

#: The tables that `quality train` writes beside the models.
EVALUATION = "EVALUATION.md"
#: What tells people of the models.
CARD = "MODEL_CARD.md"

#: Model file (by how its name ends) → what it was made from and the licence that it carries.
SOURCES: Mapping[str, Sequence[str]] = {
    "outline.npz": ("product documentation by Microsoft in eleven languages (CC BY 4.0, MIT; weights only)",),
    "de/pages.npz": ("product documentation by Microsoft (CC BY 4.0, MIT; weights and common words only)",),
    "/pages.npz": ("weights learned from labelled text of one's own",),
    "/own_": ("weights learned from labelled text of one's own",),
    "de/fluency.binary": (
        "Plenary protocols of the German Bundestag and statutes (official works, §5 UrhG)",
        "Dingler's Polytechnisches Journal (Dingler-Online, CC BY-SA 3.0)",
        "ELTeC-deu novels (texts public domain, markup CC BY 4.0); GerDraCor (CC0)",
    ),
    "en/fluency.binary": (
        "White House, Digital.gov and 18F texts (US government works, public domain)",
        "ELTeC-eng novels (texts public domain, markup CC BY 4.0); inaugural and State of the Union addresses",
        "OpenStax textbooks (CC BY 4.0); product documentation by Microsoft (CC BY 4.0)",
        "English Wikipedia sentences of MLQE-PE (CC BY-SA 3.0, CC0)",
    ),
    "translation.npz": (
        "WMT news, IT and general translation tasks 2013–2023: system output and human text (research; weights only)",
        "product documentation by Microsoft (CC BY 4.0, MIT)",
        "human text of the language models' sources, of websites and of reviews (weights and word clusters only)",
    ),
    "whole_texts.npz": (
        "WMT news translation tasks 2013–2023: system output and human text (research; weights only)",
        "human text of the language models' sources, of websites and of reviews (weights only)",
    ),
    "slips.npz": ("sentences of MLQE-PE and their corrections (CC BY-SA 3.0, CC0; weights only)",),
    "casing.json": ("counts over the language-model sources of the language, and of English",),
    "de/spinning_words.npz": (
        "rates of hashed words and weights, learned with OpenThesaurus (LGPL; no entry of it is contained)",
        "counts, and vectors of words by what stands near them, over the German language-model sources",
    ),
    "en/spinning_words.npz": (
        "rates of hashed words and weights, learned with WordNet 3.0 and MyThes (WordNet licence); counts of our own",
        "vectors of words by what stands near them, over the counted texts (no text can be read from them)",
        "pairs of words that stand together in WordNet's entries, in terms of the Problematic Paper Screener's list "
        "(CC BY 4.0) and four times or more in the counted texts",
    ),
    "de/spinning_marks.npz": ("rates of hashed words and weights, learned with OpenThesaurus (LGPL; no entry of it)",),
    "en/spinning_marks.npz": (
        "rates of hashed words and weights, learned with WordNet 3.0 and MyThes (WordNet licence) and the rule list; "
        "counts of our own",
    ),
    "de/spinning.npz": ("synonyms collected by hand and counts of our own",),
    "spinning.npz": (
        "WordNet 3.0 (WordNet licence, Princeton University); MyThes English thesaurus (WordNet licence)",
        "phrase pairs of the Problematic Paper Screener (CC BY 4.0); rule list and counts of our own",
    ),
    "boilerplate/": (
        "web pages with line labels: CleanEval, CleanPortalEval, Readability, tiptop, trafilatura (weights only)",
    ),
    "heads.json": ("weights learned from all of the above",),
    "lid.176.ftz": ("fastText language identification, lid.176 (CC BY-SA 3.0), unchanged",),
}


def write_manifest(directory: Path, languages: Sequence[str], *, seed: int, base: str | None = None) -> None:
    """Write `directory/MANIFEST.toml` over every file in it: size, SHA-256, sources.

    `base` is the signature of the models that these were made from, if any.
    """
    lines = [
        "# Written by `quality train`; every file is checked against it when it is loaded.",
        f"format = {FORMAT}",
        f"seed = {seed}",
        *([] if base is None else [f"base = {_quoted(base)}"]),
        f"languages = [{', '.join(_quoted(language) for language in languages)}]",
    ]
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        # Markdown tells of the models; a hidden file is one that is being written.
        if path.is_file() and name != MANIFEST and path.suffix != ".md" and not path.name.startswith("."):
            lines += [
                "",
                f"[files.{_quoted(name)}]",
                f'sha256 = "{file_checksum(path)}"',
                f"bytes = {path.stat().st_size}",
                f"sources = [{', '.join(_quoted(source) for source in _sources(name))}]",
            ]
    (directory / MANIFEST).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _sources(name: str) -> Sequence[str]:
    return next((sources for part, sources in SOURCES.items() if part in name), ())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
