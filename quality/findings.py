"""The codes of findings: one small function each, whose docstring is what `quality explain CODE` shows.

A function takes the span and the words it covers and returns the message of one line. Codes go by
hundreds: M1xx machine translation, S2xx spinning, B3xx boilerplate, X4xx scripts and encoding,
L5xx language.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from quality.document import Finding
from quality.errors import UsageError
from quality.features import Span

__all__ = ["CODES", "code_titles", "explain_code", "finding"]

Message = Callable[[Span, str], str]


# --- whole documents and paragraphs: `words` is "document" or "paragraph", `detail` the evidence -----


def m100(span: Span, words: str) -> str:
    """Reads as machine-translated.

    The calibrated probability (0..1, for an even prior) that the document or paragraph was machine-
    translated and reads as broken is at or over its threshold. The threshold was set where 0.1 % of clean
    documents (0.5 % of paragraphs) kept back from training are called damaged. The findings M111 and up are
    signs of it; M101 shows where a person would change the wording. Known false alarms: word-for-word human
    translation, beginners' writing, lists of headlines.
    """
    return f"{words} reads as machine-translated {span.detail}".rstrip()


def s200(span: Span, words: str) -> str:
    """Reads as spun.

    The calibrated probability (0..1, for an even prior) that words of the document or paragraph were
    replaced by an article spinner is at or over its threshold, which was set where 0.1 % of clean documents
    (0.5 % of paragraphs) kept back from training are called damaged. The findings S201 and up are its
    evidence. Known false alarms: beginners' writing with a thesaurus, old or ornate English.
    """
    return f"{words} reads as spun, word by word, from another text {span.detail}".rstrip()


def b300(span: Span, words: str) -> str:
    """Is boilerplate.

    The probability that the paragraph is furniture of the page it was scraped from (navigation, consent,
    comment form, credit …) and no part of the article is at or over its threshold. Reported, but no reason
    to call a document damaged. Known false alarms: captions and headings that are wanted.
    """
    return f"{words} is page furniture, not article {span.detail}".rstrip()


def x400(span: Span, words: str) -> str:
    """Has words of mixed scripts or broken encoding.

    The share (0..1) of words that mix scripts (Latin with Cyrillic letters that look alike) or hold
    characters from a wrong decoding is at or over its threshold. The findings X401 and up name each one.
    Known false alarms: mathematics, product names, texts about alphabets.
    """
    return f"{words} has too many words of mixed scripts or broken encoding {span.detail}".rstrip()


def l500(span: Span, words: str) -> str:
    """Is in another language than the document.

    The probability that the paragraph is in another language than the rest. Reported, but no reason to
    call a document damaged. Known false alarms: quotations, titles and names that were left as they are.
    """
    return f"{words} is in another language than the document {span.detail}".rstrip()


# --- places in the text ----------------------------------------------------------------------------


def m101(span: Span, words: str) -> str:
    """Wording of machine translation.

    Shown in text that reads as machine-translated: words such as people change when they correct a translation, since
    these neighbours make them unlikely. Learned from corrected sentences; of those left out, half of what is shown in
    German has a changed word, of all as long stretches a third (models/EVALUATION.md, "words shown"). In a language
    without such sentences, words whose order, endings and small words are far commoner in machine translation.
    Known false alarms: names, rare words, quotations in another language.
    """
    return f"reads like machine translation: “{words}”"


def m111(span: Span, words: str) -> str:
    """Noun in lower case.

    Clean text of the language writes this word with a capital wherever it stands (in at least 99.5 % of
    its uses inside sentences). Engines lose the capital of nouns that they leave untranslated or take for verbs.
    Known false alarms: writers who use no capitals; verbs that look like a noun.
    """
    return f"noun in lower case: “{words}”"


def m112(span: Span, words: str) -> str:
    """Capital inside a sentence.

    Clean text writes this word small unless a sentence starts (at least 99 % of its uses). Engines carry capitals
    over from English ("Russian") or from the start of a link. Known false alarms: names of institutions, titles.
    """
    return f"capital inside a sentence: “{words}”"


def m113(span: Span, words: str) -> str:
    """Sentence that starts over.

    A function word with a capital follows a word without any mark between them: two pieces that were translated
    apart, as at the edge of a link, stand side by side. Known false alarms: headings run into their text.
    """
    return f"a sentence starts over at “{words}”"


def m114(span: Span, words: str) -> str:
    """Glued words.

    Two words of the language run together, and the whole is no word: the space at the edge of a link was lost.
    Known false alarms: names in CamelCase.
    """
    return f"two words run together: “{words}”"


def m115(span: Span, words: str) -> str:
    """Untranslated word.

    A common English word that the language does not use stands in the text. Weak by itself, strong beside other
    traces. Known false alarms: quotations, titles, technical talk.
    """
    return f"left untranslated: “{words}”"


def m116(span: Span, words: str) -> str:
    """Doubled quotation mark.

    A closing quotation mark is written twice, with a space: engines that translate sentence by sentence close a
    quotation that the sentence itself had closed. Known false alarms: hardly any.
    """
    return "quotation mark doubled"


def m117(span: Span, words: str) -> str:
    """Doubled mark.

    A comma, semicolon or full stop stands twice. Known false alarms: an ellipsis of two dots, slips of typing.
    """
    return f"mark doubled: “{words}”"


def m118(span: Span, words: str) -> str:
    """Space before a mark.

    A full stop or comma stands apart from its word, in a text that otherwise keeps them together. Known false
    alarms: tables, text rebuilt from tokens (left out where most marks stand apart).
    """
    return "space before the mark"


def m119(span: Span, words: str) -> str:
    """Emptied brackets.

    Brackets with nothing in them: what they held was dropped as an untranslatable piece. Known false alarms:
    blanks to be filled in, code (left out right after a word).
    """
    return "brackets emptied of their content"


def m120(span: Span, words: str) -> str:
    """Split clitic.

    The ending after an apostrophe stands apart ("the river ' s"), as old engines and tokenisers leave it. Known false
    alarms: quotation marks that are apostrophes.
    """
    return f"ending split off: “{words}”"


def s201(span: Span, words: str) -> str:
    """Spun phrase.

    A phrase of several words stands where people write another word ("area unit" for "are", "scholarly
    person" for "scholar"): a thesaurus lists it beside that word, often in another sense or part of speech.
    The language model finds the sentence far likelier with the original; the weight (nats) is the log-odds
    that the phrase was put there, given how the phrase fits elsewhere in the document and how many places of it a
    spinner filled. Known false alarms: terms of a trade that the models have not read.
    """
    return f"“{words}” stands where “{span.suggestion}” is expected"


def s202(span: Span, words: str) -> str:
    """Expanded acronym or name.

    A short name was looked up like a word and its expansion or its class put in its place ("United
    Nations" in a person's name, "Asian country" for a country). The weight (nats) is the log-odds of that,
    from the language model's gain with the original. Known false alarms: names of the same kind in lists.
    """
    return f"“{words}” stands where the name “{span.suggestion}” is expected"


def s203(span: Span, words: str) -> str:
    """Substitution from a spinner's rule list.

    A common word or phrase that spinners put for a commoner one ("conjointly" for "also", "within the" for
    "in the") stands where only the other fits. Single ones prove little and are shown only among other
    evidence; the weight (nats) is the log-odds of the place, given how other rules fared in the document.
    Known false alarms: stiff or foreign writers' English, which prefers some of the same words.
    """
    return f"“{words}” stands where “{span.suggestion}” is expected, as spinners put it"


def s204(span: Span, words: str) -> str:
    """Rare synonym in a place where it does not fit.

    A word that people seldom write stands in the company of its common synonym ("ne’er" for "never" in
    plain prose). The weight (nats) is the log-odds that a spinner put it, bounded by how much oftener
    spinners write it than people do, and given how many words of the document read so. Where no thesaurus that
    we know tells which word it replaced, none is suggested: then it is the words around it that it does not fit,
    and such words are only shown in a text that reads as spun. Known false alarms: dialect, verse, old books,
    jargon.
    """
    if span.suggestion is None:
        return f"“{words}” does not fit its place, as if put for another word"
    return f"rare “{words}” stands where “{span.suggestion}” is expected"


def s205(span: Span, words: str) -> str:
    """Choices that a spinner left in the text.

    Spinners' templates write alternatives as {one|another|a third}; left in a text, they show how it was
    made. At least one of them has several words. Known false alarms: templates, grammars, texts about spinning.
    """
    return f"choices left by a spinner: “{words}”"


# --- B3xx: page furniture ----------------------------------------------------------------------------


def b301(span: Span, words: str) -> str:
    """Comment form.

    Words of a form or list of comments ("leave a reply", required fields), in any of some forty languages.
    Named, like all codes B301–B320, in paragraphs that are called page furniture as a whole.
    Known false alarms: articles about commenting.
    """
    return f"comment form: “{words}”"


def b302(span: Span, words: str) -> str:
    """Consent or cookie notice.

    Words of a notice on cookies, tracking, scripts or blocked advertisements.
    Known false alarms: articles about the law of data protection.
    """
    return f"consent notice: “{words}”"


def b303(span: Span, words: str) -> str:
    """Newsletter or subscription.

    Words that ask to subscribe, to pay or to leave an address.
    Known false alarms: appeals for donations that are the article.
    """
    return f"newsletter or subscription: “{words}”"


def b304(span: Span, words: str) -> str:
    """Share or follow.

    Words of buttons that share, print, copy or follow.
    Known false alarms: a heading that is one such word.
    """
    return f"share or follow button: “{words}”"


def b305(span: Span, words: str) -> str:
    """Login or registration.

    Words that ask to log in or to become a member, often in order to comment.
    Known false alarms: instructions for a program.
    """
    return f"login or registration: “{words}”"


def b306(span: Span, words: str) -> str:
    """Related link.

    Words that lead to another page ("read more", most read, "(MORE: …)" set into the text).
    Known false alarms: references that belong to the article ("see also").
    """
    return f"link to another page: “{words}”"


def b307(span: Span, words: str) -> str:
    """Caption or credit.

    A credit of a picture: an agency between slashes or after ©, "Photo:", "Symbolbild". The caption that stands
    in the same paragraph goes with it.
    Known false alarms: captions that are wanted; sources that the article names.
    """
    return f"caption or credit of a picture: “{words}”"


def b308(span: Span, words: str) -> str:
    """Byline or time stamp.

    Who wrote the article, when it was published or changed, how long it takes to read.
    Known false alarms: headings that begin with "By" or "Von" and a name.
    """
    return f"byline or time stamp: “{words}”"


def b309(span: Span, words: str) -> str:
    """Tag of a source, site or section.

    A name as it stands in addresses ("asia-pacific"), or a short line that names source, section or tags.
    Known false alarms: hyphenated words on lines of their own.
    """
    return f"tag of a source or section: “{words}”"


def b310(span: Span, words: str) -> str:
    """Title, lead or line repeated.

    The paragraph, or how it begins, stands in the document a second time.
    Known false alarms: refrains, headings that the next sentence takes up.
    """
    return "repeats a title or line of the document"


def b311(span: Span, words: str) -> str:
    """About the author.

    Words that introduce the author or list more by the same one.
    Known false alarms: portraits of journalists.
    """
    return f"about the author: “{words}”"


def b312(span: Span, words: str) -> str:
    """Copyright or legal notice.

    Words of copyright, terms of use, privacy policy, disclaimer.
    Known false alarms: texts about these.
    """
    return f"copyright or legal notice: “{words}”"


def b313(span: Span, words: str) -> str:
    """Navigation.

    Words of menus and links within a site.
    Known false alarms: a heading that is one such word ("Sport", "Politik").
    """
    return f"navigation: “{words}”"


def b314(span: Span, words: str) -> str:
    """Error or missing page.

    Words of an error page or of content that did not load.
    Known false alarms: manuals that quote the message.
    """
    return f"error or missing content: “{words}”"


def b315(span: Span, words: str) -> str:
    """Advertisement or shop.

    Words of advertisements, shopping carts and offers.
    Known false alarms: product tests.
    """
    return f"advertisement or shop: “{words}”"


def b316(span: Span, words: str) -> str:
    """Stands in many documents of the corpus.

    The table of `--repeats` lists the line: so many of the documents that `quality repeats` went over have it
    (case, spaces and the values of numbers do not count), and what many pages share is furniture whatever it says.
    Known false alarms: headings and formulas that the documents of a kind share, refrains, and copies of one
    document; remove duplicates before counting, or count with a higher --min-documents.
    """
    return f"stands in {span.detail} documents of the corpus"


def b320(span: Span, words: str) -> str:
    """Looks like page furniture.

    No phrase gives a reason: length, marks, capitals, place in the document and the paragraphs around it do.
    Known false alarms: headings, lists, tables, verse.
    """
    return "looks like page furniture by its shape and place"


# --- X4xx: scripts and encoding ----------------------------------------------------------------------


def x401(span: Span, words: str) -> str:
    """Word that mixes scripts.

    The word takes letters of another script into its own (Latin letters in a Cyrillic or Greek word). Single
    slips and whole keyboards' habits (Latin i throughout Belarusian or Kazakh) stay quiet: it is reported where
    such words are frequent in the text while the right letter is used elsewhere in it. The suggestion is the
    word in one script. Counts as a word of mixed scripts.
    Known false alarms: pages typed by several people, of whom one had the wrong keyboard.
    """
    return f"“{words}” mixes scripts{_in_brackets(span)}{_plainly(span)}"


def x402(span: Span, words: str) -> str:
    """Letters that only look like the right ones (homoglyphs).

    Cyrillic, Greek, full-width, mathematical or other letters stand in a word for the Latin ones that they
    look like (Unicode's table of confusables, UTS #39; compatibility mappings), so that searches, filters and
    models do not see the word. The suggestion is the plain spelling. Counts as a word of mixed scripts.
    Known false alarms: symbols glued to words in mathematics and biochemistry; they are taken for symbols
    unless the text has other, unmistakable cases.
    """
    return f"“{words}” has letters that only look right{_in_brackets(span)}{_plainly(span)}"


def x403(span: Span, words: str) -> str:
    """Invisible character.

    A zero-width space or joiner, a byte-order mark, a filler or a tag character. Inside a word of an alphabet
    that needs none (Latin, Greek, Cyrillic …) it hides the word from searches and models and counts as a word of
    mixed scripts; elsewhere it is only reported. Joiners in emoji, Arabic, Persian and Indic words, and spaces of
    zero width in Thai, Khmer and Burmese are not reported.
    Known false alarms: break hints that a web editor put into long words.
    """
    return f"invisible character{_in_brackets(span)}{_plainly(span)}"


def x404(span: Span, words: str) -> str:
    """Control character of text direction.

    An override, embedding, isolate or mark of direction in a document that has no right-to-left letter: what is
    shown may differ from what is stored. Inside a word it counts as a word of mixed scripts.
    Known false alarms: marks left over from a page that held Arabic or Hebrew.
    """
    return f"control character of text direction{_in_brackets(span)} without right-to-left text"


def x405(span: Span, words: str) -> str:
    """Variation selector that selects nothing.

    A variation selector after a letter that has no variants, or several in a row (which can carry hidden data).
    Counts as a word of mixed scripts when it stands inside a word. Known false alarms: none measured.
    """
    return "variation selector where no character has variants"


def x406(span: Span, words: str) -> str:
    """Stacked combining marks.

    More than four combining marks on one letter: no orthography needs them; such text was made to look odd or
    to break what reads it. Counts as a word of mixed scripts. Known false alarms: none measured.
    """
    return f"more combining marks on one letter than any spelling has{_plainly(span)}"


def x407(span: Span, words: str) -> str:
    """Word in letters meant for formulas or for East Asian columns.

    A whole word in mathematical, circled, squared or full-width letters, in text that is not East Asian. Readers see
    bold or script type, a search sees nothing. The suggestion is the plain spelling. Counts as a word of mixed
    scripts. Known false alarms: names of operators in formulas.
    """
    return f"“{words}” is not written in plain letters{_plainly(span)}"


def x408(span: Span, words: str) -> str:
    """Private-use character.

    A code point without public meaning: mostly an icon font's picture, a font's own ligature, or a logo that lost its
    font on the way. Inside a word it stands for a lost letter and the word counts as broken encoding; elsewhere it
    is only reported. Known false alarms: conscripts and scholars' fonts.
    """
    return f"private-use character{_in_brackets(span)} has no public meaning"


def x409(span: Span, words: str) -> str:
    """Digits or signs in the place of letters (leetspeak).

    Digits and signs stand in a word for the letters that they look like ("p4ssw0rd"), which filters and searches
    miss. Found where the text has the plain spelling as well, or where at least four different words, and 4 % of
    all, are written so. The suggestion is the plain spelling. Counts as a word of mixed scripts.
    Known false alarms: lists of product names and of passwords.
    """
    return f"“{words}” has digits or signs in the place of letters{_plainly(span)}"


def x410(span: Span, words: str) -> str:
    """Mojibake: text decoded with the wrong character set.

    UTF-8 read as Windows-1252 or another one-byte set, once or several times ("fÃ¼r"), found and repaired with
    ftfy; the suggestion is the repaired text. Counts as a broken word, unless only quotation marks or dashes at
    its edges became control codes: then the word itself is whole.
    Known false alarms: rare sequences of capitals with accents before quotation marks or signs.
    """
    return f"“{words}” was decoded with the wrong character set{_plainly(span)}"


def x411(span: Span, words: str) -> str:
    """Replacement character.

    U+FFFD stands where a decoder met bytes that it could not read: the letter is lost. Counts as a broken word.
    Known false alarms: text about encodings.
    """
    return f"“{words}” has lost characters (U+FFFD)"


def x412(span: Span, words: str) -> str:
    """HTML entity left in text.

    A named or numeric character reference that was never decoded, or was encoded twice (&amp;amp;). The
    suggestion is the character. Counts as a broken word when a letter or mark of the text is behind it.
    In Markdown files an entity that stands for a mark or a space is none. Known false alarms: text about HTML.
    """
    return f"HTML entity “{words}” was not decoded{_plainly(span)}"


def x413(span: Span, words: str) -> str:
    """Markup left in text.

    An HTML tag in what should be plain text. Reported; the words around it are whole and do not count as broken.
    Known false alarms: text about HTML, code.
    """
    return f"markup left in the text: “{words}”"


def x414(span: Span, words: str) -> str:
    """Letter lost to a question mark.

    A question mark inside a word stands for a letter that the character set on the way did not have ("f?r",
    "gr??er"). Told from a missing space after a question by what is left of the word: one part cannot be
    spoken alone. Unclear cases count only in a text that has clear ones. Counts as a broken word.
    Known false alarms: a question mark glued to the next word, abbreviations.
    """
    return f"“{words}” has lost letters to question marks"


def x415(span: Span, words: str) -> str:
    """Control character.

    A C0 control code (NUL, backspace, escape …) other than tab, line end and form feed. Reported; inside a word
    it counts as a broken word. Known false alarms: logs of terminals.
    """
    return f"control character{_in_brackets(span)} in the text"


def x416(span: Span, words: str) -> str:
    """Soft hyphen.

    Invisible where the line does not end there; it splits the word for searches and models. Reported; the word
    counts as broken only where more than one word in twenty has one. The suggestion is the word without.
    Known false alarms: text that was set for narrow columns.
    """
    return f"“{words}” has soft hyphens{_plainly(span)}"


def x417(span: Span, words: str) -> str:
    """Word broken at the end of a line.

    A hyphen at a line end that goes on with a small letter: the text was taken from a printed page. The
    suggestion is the whole word. Reported; does not count as broken.
    Known false alarms: suspended hyphens at a line end.
    """
    return f"word broken at the end of a line: “{words}”{_plainly(span)}"


def x418(span: Span, words: str) -> str:
    """Ligature or compatibility character.

    A single code point that stands for several letters (ﬁ, ﬀ, ŉ), as text taken from PDF files has: searches and
    models do not see the word. The suggestion is the plain spelling. Reported; does not count as broken.
    Known false alarms: text that is typeset so on purpose.
    """
    return f"“{words}” has a ligature in the place of letters{_plainly(span)}"


# --- L5xx: languages --------------------------------------------------------------------------------


def l501(span: Span, words: str) -> str:
    """Paragraph in another language.

    The paragraph's language, told by fastText's model of 176 languages, is not the document's. Short lines have to
    be told with more certainty. Reported; the score `foreign_language` of the same paragraph is 1.
    Known false alarms: quotations and titles that were left in their language.
    """
    return f"in {span.detail}, unlike the document"


def l502(span: Span, words: str) -> str:
    """Untranslated run inside a paragraph.

    Six words or more among which small words of one other language stand, and none of the paragraph's own, or as
    many in another script; fastText's model names the language. Reported, but part of no score. Runs in quotation
    marks, titles in capitals, names and single loan words are quiet, and so is every language without a list of
    small words (some forty have one).
    Known false alarms: quotations and titles without quotation marks, mottos, phrases in textbooks of a language.
    """
    return f"left in {span.detail}: “{words}”"


def _in_brackets(span: Span) -> str:
    return f" ({span.detail})" if span.detail else ""


def _plainly(span: Span) -> str:
    return "" if span.suggestion is None else f"; plainly “{span.suggestion}”"


# --- table ----------------------------------------------------------------------------------------

CODES: dict[str, Message] = {
    "M100": m100,
    "S200": s200,
    "B300": b300,
    "X400": x400,
    "L500": l500,
    "M101": m101,
    "M111": m111,
    "M112": m112,
    "M113": m113,
    "M114": m114,
    "M115": m115,
    "M116": m116,
    "M117": m117,
    "M118": m118,
    "M119": m119,
    "M120": m120,
    "S201": s201,
    "S202": s202,
    "S203": s203,
    "S204": s204,
    "S205": s205,
    "B301": b301,
    "B302": b302,
    "B303": b303,
    "B304": b304,
    "B305": b305,
    "B306": b306,
    "B307": b307,
    "B308": b308,
    "B309": b309,
    "B310": b310,
    "B311": b311,
    "B312": b312,
    "B313": b313,
    "B314": b314,
    "B315": b315,
    "B316": b316,
    "B320": b320,
    "X401": x401,
    "X402": x402,
    "X403": x403,
    "X404": x404,
    "X405": x405,
    "X406": x406,
    "X407": x407,
    "X408": x408,
    "X409": x409,
    "X410": x410,
    "X411": x411,
    "X412": x412,
    "X413": x413,
    "X414": x414,
    "X415": x415,
    "X416": x416,
    "X417": x417,
    "X418": x418,
    "L501": l501,
    "L502": l502,
}


def finding(span: Span, text: str) -> Finding:
    """The finding for a span of `text` (the whole document)."""
    words = text[span.start : span.end]
    return Finding(
        code=span.code,
        start=span.start,
        end=span.end,
        text=words,
        message=CODES[span.code](span, words),
        weight=max(0.0, span.weight),
        suggestion=span.suggestion,
        alternatives=span.alternatives,
    )


def explain_code(code: str) -> str:
    """The full explanation of a code: its title, then what it means and when it is wrong.

    Raises UsageError, with the known codes, when there is no such code.
    """
    try:
        function = CODES[code.upper()]
    except KeyError:
        raise UsageError(f"{code}: no such code; known are {', '.join(sorted(CODES))}") from None
    return f"{code.upper()}  {inspect.getdoc(function)}"


def code_titles() -> dict[str, str]:
    """Every code with the first line of its explanation."""
    return {code: (inspect.getdoc(CODES[code]) or "").partition("\n")[0] for code in sorted(CODES)}
