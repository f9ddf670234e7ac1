"""What lines of page furniture say: phrases in many languages, patterns of credits, bylines and tags.

All paragraphs are joined to one text of lines, so that each search goes over it once; what was found are arrays.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality.document import Paragraph
from quality.small_words import small_words

__all__ = ["CLASSES", "REASONS", "SAID", "SHORT", "Lines", "Said", "find_reasons", "join", "phrase_lists", "stop_words"]

Integers = NDArray[np.int64]

#: Reasons that a phrase or pattern gives, with the codes of their findings.
REASONS = {
    "comment": "B301",
    "consent": "B302",
    "newsletter": "B303",
    "share": "B304",
    "login": "B305",
    "related": "B306",
    "credit": "B307",
    "byline": "B308",
    "tag": "B309",
    "repeated": "B310",
    "author": "B311",
    "legal": "B312",
    "navigation": "B313",
    "missing": "B314",
    "promotion": "B315",
}
#: The reasons that words give; `Said.reasons` are places in it.
SAID = tuple(reason for reason in REASONS if reason != "repeated")
_NUMBER = {reason: number for number, reason in enumerate(SAID)}

#: What a character is; each is one thing only.
CLASSES = ("other", "lower", "upper", "digit", "mark", "separator", "stop", "comma")
_SEPARATORS = frozenset("|»›•·→►▸▶/>«‹←>_~")
_STOPS = frozenset(".!?…。！？।؟")
_COMMAS = frozenset(",،、，")

#: Longer paragraphs are no dates, tags or bylines.
SHORT = 160

_AGENCY = (
    r"(?:AFP|AP|DPA|dpa|Reuters|REUTERS|EPA|EFE|ANSA|APA|TASS|KCNA|NTB|ANP|Belga|BELGA|Keystone|KEYSTONE|Xinhua|XINHUA"
    r"|Yonhap|YONHAP|Sputnik|RIA Novosti|Bloomberg|Getty(?: Images)?|GETTY(?: IMAGES)?|Shutterstock|iStock|Alamy"
    r"|imago(?: images)?|IMAGO|picture[- ]alliance|Anadolu(?: Agency)?|NurPhoto|Zuma Press|ZUMA|Adobe ?Stock|Pixabay"
    r"|Unsplash|Pexels|Flickr|Wikimedia(?: Commons)?|Depositphotos|Lehtikuva|Ritzau|TT|PTI|ANI|UPI|CNN|BBC|NBC|CBS"
    r"|ABC|Fox News)"
)
#: An agency before or after a slash or after ©; "SEOUL (Reuters) –" opens an article and is none.
_CREDIT = re.compile(rf"(?<![\w.])/ ?{_AGENCY}\b|(?<=\w)/{_AGENCY}\b(?!\.)|\b{_AGENCY} ?/|© ?{_AGENCY}")
#: "(MORE: …)": a link to another article that was set into the text.
_INSET = re.compile(r"\([A-ZÄÖÜÀ-ÞА-Я]{4,}(?: [A-ZÄÖÜÀ-ÞА-Я]{2,}){0,3}: ")
_NAME = r"(?:[A-ZÄÖÜÀ-ÞŁŚŽŠČ][\w.'’-]+|d[aeiu]|v[ao]n|d[eo]s|[a-z]l)"
#: What a page calls what its readers wrote, counted: "36 Comments", "Kommentare (3)", "12 thoughts on “Ferries”".
_COMMENTS = (
    r"(?:comments?|replies|responses?|thoughts?|kommentare?n?|gedanken?|antworten?|rückmeldungen|commentaires?|réponses?"
    r"|réactions?|avis|comentarios?|respuestas?|comentários?|respostas?|comment[io]|rispost[ae]|reacties?|antwoord(?:en)?"
    r"|komentarz[ye]?|odpowied(?:ź|zi)|komentář[eů]?|odpověd[ií]|komentár(?:e|ov)?|hozzászólás|comentarii?|răspunsuri"
    r"|kommentar(?:er)?|svar|kommenttia?|vastausta?|yorum(?:lar)?|yanıt|комментари[йяев]+|отзыв(?:а|ов)?|ответ(?:а|ов)?"
    r"|коментар[іяєв]*|відповід[ьеій]+|σχόλι[οα]|απαντήσεις|komentar(?:a|i|ji|jev|ų|ai)?|odgovora?|komentaari?"
    r"|bình luận)"
)
_POSTED_ON = "(?:to|on|for|zu|zum|auf|sur|à|en|a|sobre|su|op|do|na|k|til|till|på|к|на|до)"
#: Whole lines: readers' words counted; an agency alone; a byline; a name made for addresses ("asia-pacific"), or a
#: short line that names its source, section or tags.
_WHOLE_LINE = re.compile(
    rf"(?P<comment>(?i:\W*\d+(?:[.,]\d+)*\+? {_COMMENTS}(?:\W*|\W* {_POSTED_ON} .{{1,100}})"
    rf"|{_COMMENTS}\W{{0,3}}\d+\W*))"
    rf"|(?P<credit>\W*{_AGENCY}\W*)"
    r"|(?P<byline>"
    r"(?:By|BY|by|Von|VON|Par|PAR|Por|POR|Di|De|Door|DOOR|Av|AV|Af|Od|Autor|Autorin|Author|Text|Redaktion|Editor)"
    rf"(?: ?: ?| )[A-ZÄÖÜÀ-ÞŁŚŽŠČ][\w.'’-]+(?: {_NAME}){{0,4}}(?:(?:,| and| und| et| y| e|\|| -| –).{{0,60}})?)"
    r"|(?P<tag>[^\WA-Z_]+(?:(?:[-/]|_+)[^\WA-Z_]+)+"
    r"|(?i:source|via|tags?|tagged|category|categories|filed under|topics?|keywords|section"
    r"|quelle|kategorien?|rubrik|schlagwörter|stichwörter|fuente|etiquetas|categorías?|fonte|bron|źródło|tagi|kategorie"
    r"|zdroj|štítky|kaynak|etiketler|kategori|источник|теги|метки|рубрика|джерело|étiquettes|catégories?)\b[^.!?]{0,40})"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """Paragraphs of one or several documents as one string of lines.

    `starts[i]` and `ends[i]` are paragraph i's offsets in `text`; `folded` has the same offsets. `codes` are the
    code points, `classes` what they are (places in `CLASSES`), `owners` their paragraphs (line ends: the one before).
    """

    text: str
    folded: str
    codes: NDArray[np.uint32]
    classes: NDArray[np.uint8]
    starts: Integers
    ends: Integers
    owners: Integers

    def counts(self) -> Integers:
        """How many characters of each class the paragraphs have, shape (paragraphs, len(CLASSES))."""
        keys = self.owners * len(CLASSES) + self.classes
        return np.bincount(keys, minlength=len(self.starts) * len(CLASSES)).reshape(-1, len(CLASSES))

    def having(self, characters: NDArray[np.bool_]) -> list[int]:
        """The paragraphs that hold one of the characters marked, in order."""
        have = np.zeros(len(self.starts), np.bool_)
        have[self.owners[np.flatnonzero(characters)]] = True
        found: list[int] = np.flatnonzero(have).tolist()
        return found


@dataclass(frozen=True, eq=False, slots=True)
class Said:
    """Places that give a reason, in order: paragraph, reason (a place in `SAID`), offsets in the joined text."""

    paragraphs: Integers
    reasons: Integers
    starts: Integers
    ends: Integers


@dataclass(frozen=True, eq=False, slots=True)
class _Phrases:
    """The phrases of all languages, with an automaton that finds them in folded text."""

    automaton: Any
    reasons: Integers
    #: Whether a phrase is tied to the start and to the end of its paragraph.
    starts: NDArray[np.bool_]
    ends: NDArray[np.bool_]


def join(paragraphs: Sequence[Paragraph]) -> Lines:
    """Paragraphs (at least one) as lines."""
    texts = [paragraph.text for paragraph in paragraphs]
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])
    text = "\n".join(texts)
    if text.count("\n") >= len(texts):  # paragraphs over several lines
        text = "\n".join([one.replace("\n", " ") for one in texts])
    try:
        encoded = text.encode("utf-32-le")
    except UnicodeEncodeError:  # half a pair of surrogates, which no search in Rust takes
        text = _SURROGATE.sub("\ufffd", text)
        encoded = text.encode("utf-32-le")
    codes = np.frombuffer(encoded, np.uint32)
    classes = _class_table().take(codes, mode="clip")
    owners = np.repeat(np.arange(len(texts)), lengths + 1)[:-1]
    return Lines(text, _fold(text), codes, classes, starts, starts + lengths, owners)


def _fold(text: str) -> str:
    """Lower case at unchanged offsets; Turkish i's and apostrophes made one.

    >>> _fold("ÜYE GİRİŞİ – don’t")
    "üye girişi – don't"
    """
    return text.replace("İ", "i").lower().replace("ı", "i").replace("’", "'").replace("\xa0", " ")


def find_reasons(lines: Lines) -> Said:
    """Every place where a phrase or pattern gives a reason."""
    found = [_phrases_in(lines), _patterns_in(lines)]
    paragraphs, reasons, starts, ends = np.concatenate(found, axis=1)
    order = np.lexsort((reasons, ends, starts))
    return Said(paragraphs[order], reasons[order], starts[order], ends[order])


def _phrases_in(lines: Lines) -> Integers:
    """Paragraph, reason, start and end of each phrase that stands where words begin and end, shape (4, places)."""
    phrases = _phrases()
    matches = phrases.automaton.find_matches_as_indexes(lines.folded, overlapping=True)
    if not matches:
        return np.empty((4, 0), np.int64)
    which, starts, ends = np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches)).reshape(-1, 3).T
    kinds = np.concatenate([_border_table().take(lines.codes, mode="clip"), [0]])
    # No border is where two letters or digits meet of scripts that put spaces between words. What is before the
    # first character (index -1) and after the last is the 0 at the end.
    before, first, last, after = kinds[starts - 1], kinds[starts], kinds[ends - 1], kinds[ends]
    free = ((before & first) != 1) & ((last & after) != 1)
    which, starts, ends = which[free], starts[free], ends[free]
    owners = lines.owners[starts]
    # A tied phrase has only marks between itself and its end of the line.
    spoken = np.concatenate([[0], np.cumsum(kinds[:-1] > 0)])
    kept = ~(phrases.starts[which] & (spoken[starts] > spoken[lines.starts[owners]]))
    kept &= ~(phrases.ends[which] & (spoken[lines.ends[owners]] > spoken[ends]))
    return np.stack([owners[kept], phrases.reasons[which[kept]], starts[kept], ends[kept]])


def _patterns_in(lines: Lines) -> Integers:
    """The same of credits, links set into the text, bylines and tags."""
    found: list[tuple[int, int, int, int]] = []
    text = lines.text
    for match in _INSET.finditer(text):
        found.append((int(lines.owners[match.start()]), _NUMBER["related"], *match.span()))
    for at in lines.having((lines.codes == ord("/")) | (lines.codes == ord("©"))):
        for match in _CREDIT.finditer(text, int(lines.starts[at]), int(lines.ends[at])):
            found.append((at, _NUMBER["credit"], *match.span()))
    short = np.flatnonzero(lines.ends - lines.starts <= SHORT)
    whole_line = _WHOLE_LINE.fullmatch
    for at, start, end in zip(short.tolist(), lines.starts[short].tolist(), lines.ends[short].tolist(), strict=True):
        whole = whole_line(text, start, end)
        if whole is not None:
            found.append((at, _NUMBER[str(whole.lastgroup)], start, end))
    return np.array(found, np.int64).reshape(-1, 4).T


@functools.cache
def _phrases() -> _Phrases:
    from ahocorasick_rs import AhoCorasick

    texts, reasons, starts, ends = [], [], [], []
    for reason, languages in _tables().items():
        for phrase in dict.fromkeys(phrase for phrases in languages.values() for phrase in phrases):
            texts.append(_fold(phrase.removeprefix("^").removesuffix("$")))
            reasons.append(_NUMBER[reason])
            starts.append(phrase.startswith("^"))
            ends.append(phrase.endswith("$"))
    return _Phrases(AhoCorasick(texts), np.array(reasons), np.array(starts), np.array(ends))


def phrase_lists() -> tuple[tuple[str, ...], ...]:
    """The phrases of each reason and language, without the marks that tie them."""
    return tuple(
        tuple(phrase.removeprefix("^").removesuffix("$") for phrase in phrases)
        for reason, languages in _tables().items()
        for phrases in languages.values()
    )


@functools.cache
def stop_words() -> frozenset[str]:
    """The commonest small words of many languages, in lower case and with a capital."""
    words = {word for listed in small_words().values() for word in listed}
    return frozenset(words | {word.capitalize() for word in words})


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    name = "boilerplate_phrases.toml"
    return tomllib.loads(resources.files("quality.features").joinpath(name).read_text(encoding="utf-8"))


def _first_plane() -> str:
    """The characters of Unicode's first plane, surrogates among them."""
    return "".join(map(chr, range(0x10000)))


@functools.cache
def _class_table() -> NDArray[np.uint8]:
    """The class of each character of the first plane; those beyond count as U+FFFF, "other"."""
    names = {"L": "lower", "M": "lower", "N": "digit", "P": "mark", "S": "mark"}
    classes = {name: at for at, name in enumerate(CLASSES)}
    categories = list(map(unicodedata.category, _first_plane()))
    by_category = {
        category: classes["upper" if category in ("Lu", "Lt") else names.get(category[0], "other")]
        for category in set(categories)
    }
    table = np.array([by_category[category] for category in categories], np.uint8)
    for name, characters in (("comma", _COMMAS), ("stop", _STOPS), ("separator", _SEPARATORS)):
        table[[ord(character) for character in characters]] = classes[name]
    return table


@functools.cache
def _border_table() -> NDArray[np.uint8]:
    """0 for what is no letter or digit, 1 for one of a script with spaces between words, 2 for one without.

    Those beyond the first plane count as U+FFFF, 0.
    """
    codes = np.arange(0x10000)
    spaceless = codes >= 0x2E80
    for first, last in ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF)):
        spaceless[first : last + 1] = True
    table = np.fromiter(map(str.isalnum, _first_plane()), np.uint8, len(codes))
    table += table & spaceless
    return table
