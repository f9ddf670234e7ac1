"""Scripts: words that mix alphabets, letters that only look right, invisible characters; counts broken encoding too.

Mixing is no damage by itself: "α-helix", "Δt", "NFκB", "iPhoneом", Belarusian typed with a Latin i. So a word
is judged by what stands around it. In Latin text, Cyrillic, Greek or styled letters among plain ones are an
attack when every one of them has a Latin twin; where they could be symbols they count only in a text that has
unmistakable cases. In Cyrillic and Greek text, Latin letters are slips or a habit of the keyboard, unless many
words have them while the right letter is in use as well.

Measured with `python benchmarks/languages.py` on help and manual pages in 33 languages, 1, 2 and 5 % of the letters
attacked in texts of 30, 80 and 200 words (2026-11-27; docs/scripts.md has the table): recall of attacked words .9995
and more for Cyrillic and full-width look-alikes, those that merely resemble included (п for n); Greek .993 and more,
Greek ones that merely resemble .988 in texts of 30 words at 1 %, else .9995; mathematical .994 there, else .9997. No
unattacked word is flagged. What is missed are mostly letters that stand alone ("α" for Italian "a") or may be symbols.
The same pages without attacks, 8.8 million words: .94 words in 100,000, all of them full-width Latin but for one word
with invisible marks in it. Of 2,304 windows with natural words of mixed scripts in 19 languages 4 are flagged.
Latin letters in Cyrillic and Greek pages: Cyrillic texts of 80 words .950, .981 and .999, of 200 words .995 and more;
Greek ones of 80 words .864, .946 and .996, of 200 words .997 and more; texts of 30 words 0, .434 and .048, Greek .306
at best, since two or three such letters are mostly slips. In Cyrillic texts of 200 words one unattacked word in 1,000,
a Latin one of a letter or two, is flagged beside them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from quality.document import Paragraph
from quality.features import Batch, Evidence, Span
from quality.features.encoding import SHOWN, Codes, Trace, code_points, find_broken_encoding
from quality.features.leetspeak import find_leetspeak
from quality.features.scripts_characters import (
    CYRILLIC,
    GREEK,
    INVISIBLE,
    LATIN,
    LONGEST,
    MARK,
    RARE,
    Word,
    character_bits,
    mixed_masks,
)
from quality.features.scripts_invisible import find_invisible, find_stacks
from quality.features.scripts_latin import judged
from quality.features.scripts_twins import LOOK_ALIKE
from quality.model import Models

__all__ = ["NAMES", "find_mixed_scripts", "measure", "plain_letters"]

NAMES = ("mixed_script_words", "broken_encoding_words", "mixed_script_share", "broken_encoding_share")

#: Spans kept of one paragraph, so that a megabyte of control characters makes no report of a gigabyte. All are counted.
_MOST = 1000
#: Full-width, mathematical, squared and circled letters.
_STYLED_LETTER = re.compile("[\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\U0001d400-\U0001d7cb\U0001f130-\U0001f149]")
_MIXED_WORD = re.compile(
    "[A-Za-z](?=[\u0370-\u052f\u13a0-\u13fd\ua4d0-\ua4f7])|[\u0370-\u052f\u13a0-\u13fd\ua4d0-\ua4f7](?=[A-Za-z])"
)


def measure(batch: Batch, models: Models, *, language: str, explain: bool) -> Evidence:
    """Words of mixed scripts and of broken encoding in each paragraph, counts and shares (0..1) of its words.

    >>> from quality.segmentation import segment
    >>> from quality.document import Document
    >>> batch = Batch.of([segment(Document("This pаssword is fÃ¼r you."))])
    >>> measure(batch, Models(""), language="en", explain=True).matrix.tolist()
    [[1.0, 1.0, 0.2, 0.2]]
    """
    del models, language  # all is in the paragraphs; nothing here is learned
    return Evidence.joined(NAMES, (_document(paragraphs, explain) for paragraphs in batch.documents))


def _document(paragraphs: Sequence[Paragraph], explain: bool) -> Evidence:
    matrix = np.zeros((len(paragraphs), len(NAMES)))
    spans: list[list[Span]] = [[] for _ in paragraphs]
    if paragraphs:
        body = "\n".join([paragraph.text for paragraph in paragraphs])
        offsets = list(accumulate((len(paragraph.text) + 1 for paragraph in paragraphs), initial=0))
        codes = None if body.isascii() else code_points(body)
        for column, traces in enumerate((find_mixed_scripts(body, codes), find_broken_encoding(body, codes))):
            last = -1
            for span, counts in sorted(traces, key=lambda trace: (trace[0].start, trace[0].end)):
                row = bisect_right(offsets, span.start) - 1
                if counts and span.start >= last:  # one word can give itself away twice
                    matrix[row, column] += 1
                    last = span.end
                if explain and len(spans[row]) < _MOST:
                    spans[row].append(_moved(span, paragraphs[row], offsets[row]))
        words = np.maximum([paragraph.word_count for paragraph in paragraphs], 1)
        matrix[:, 2:] = np.minimum(matrix[:, :2] / words[:, None], 1.0)
    return Evidence(NAMES, matrix, tuple(map(tuple, spans)))


def find_mixed_scripts(text: str, codes: Codes | None = None) -> list[Trace]:
    """The places of `text` with letters of two scripts in a word, look-alikes or invisible characters.

    Each comes with whether it counts as a word of mixed scripts. `codes` are the text's code points, if known.

    >>> [(span.code, span.suggestion) for span, _ in find_mixed_scripts("The bаnk; the α-helix and Δt.")]
    [('X402', 'bank')]
    """
    found = list(find_leetspeak(text))
    if text.isascii():
        return found
    bits = character_bits().take(code_points(text) if codes is None else codes)
    if not (bits & ~np.uint16(LATIN)).any():
        return found
    inside = np.zeros(len(bits) + 2, bool)
    np.not_equal(bits, 0, out=inside[1:-1])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    masks = np.bitwise_or.reduceat(bits, starts)
    chosen = mixed_masks()[masks] & (ends - starts <= LONGEST)
    alone = (masks & (GREEK | CYRILLIC | RARE) != 0) & (ends - starts == 1)
    if chosen.any() or alone.any():
        runs = np.column_stack((starts[chosen], ends[chosen], masks[chosen])).tolist()
        words = [Word(text[start:end], start, end, mask) for start, end, mask in runs]
        found.extend(judged(text, words, bits, starts, ends, masks))
    hidden = (masks & INVISIBLE) != 0
    if hidden.any():
        found.extend(find_invisible(text, starts[hidden].tolist(), ends[hidden].tolist(), masks[hidden].tolist()))
    if (masks & MARK).any():
        found.extend(find_stacks(text))
    return found


def plain_letters(text: str) -> str:
    """The text with its attacked words spelt plainly, so that other readers than people know them.

    >>> plain_letters("Thе bаnk, ｗｉｄｅ and 𝗯𝗼𝗹𝗱.")
    'The bank, wide and bold.'
    """
    if text.isascii() or LOOK_ALIKE.search(text) is None:
        return text
    if _STYLED_LETTER.search(text) is not None:
        text = _STYLED_LETTER.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    if _MIXED_WORD.search(text) is None:
        return text
    parts: list[str] = []
    last = 0
    for span, _ in sorted(find_mixed_scripts(text), key=lambda trace: trace[0].start):
        if span.suggestion is not None and span.start >= last and span.code in ("X401", "X402"):
            parts += text[last : span.start], span.suggestion
            last = span.end
    return "".join(parts) + text[last:]


def _moved(span: Span, paragraph: Paragraph, offset: int) -> Span:
    """The span in offsets of the document, shortened where it would not fit on a screen."""
    shift = paragraph.start - offset
    end = min(span.end, span.start + SHOWN, offset + len(paragraph.text))
    return replace(span, start=span.start + shift, end=end + shift)
