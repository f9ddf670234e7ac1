from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quality import Document
from quality.segmentation import channel_positions, is_hard_wrapped, mask_markdown, normalise, segment, tokenize

WRAPPED = (
    "The harbour office keeps a book in which every boat that comes in\n"
    "is written down with its length, its draught and the name of its\n"
    "owner. Nobody has ever asked to see it, and still it is kept with\n"
    "great care, in blue ink, by whoever happens to be on duty at noon\n"
    "and again at six in the evening when the second tide is expected.\n"
    "On Sundays the book is closed.\n"
    "\n"
    "A new book is begun every spring."
)


def texts(document: str, markdown: bool = False) -> list[str]:
    paragraphs = segment(Document(document, format="markdown" if markdown else "text"))
    return [" ".join(paragraph.text.split()) for paragraph in paragraphs]


def test_a_line_is_a_paragraph() -> None:
    assert texts("One.\nTwo.\n\n  Three. \r\nFour.") == ["One.", "Two.", "Three.", "Four."]


def test_a_line_of_no_break_spaces_is_blank() -> None:
    assert texts("One.\n\u00a0\nTwo.") == ["One.", "Two."]


def test_lines_of_one_width_are_joined_to_paragraphs() -> None:
    assert is_hard_wrapped(WRAPPED)
    assert len(texts(WRAPPED)) == 2


def test_verse_keeps_its_lines() -> None:
    verse = "O short\nwas the day in the valley of reeds and stones\nand long the night\nthat followed it home\n" * 4
    assert len(texts(verse)) == 16


def test_markdown_paragraphs_end_at_blank_lines_and_blocks() -> None:
    source = "# A title\nfirst line\nsecond line\n\n- one\n- two\n  more of two\n"
    assert texts(source, markdown=True) == ["A title", "first line second line", "one", "two more of two"]


def test_markdown_code_front_matter_and_link_targets_are_not_prose() -> None:
    source = (
        "---\ntitle: Secret\n---\nSee [the page](http://example.org/secret) now.\n\n"
        "```python\nsecret = 1\n```\n\n[ref]: http://example.org/secret\n\nThe **end**. <!-- secret -->\n"
    )
    assert texts(source, markdown=True) == ["See the page now.", "The end ."]


def test_entities_in_markdown_are_the_marks_that_they_stand_for() -> None:
    text = "Fast &mdash; and&nbsp;small &copy; us, M&uuml;ller &amp;nbsp; too"
    assert mask_markdown(text) == "Fast —       and      small ©      us, M&uuml;ller &amp;nbsp; too"


def test_masking_keeps_every_offset() -> None:
    source = "# Ä *word* and [link](x) `code`\n\nnext"
    masked = mask_markdown(source)
    assert len(masked) == len(source)
    assert masked.index("next") == source.index("next")


@given(st.text(max_size=400), st.booleans())
def test_tokens_stand_where_they_say(text: str, markdown: bool) -> None:
    document = Document(text, format="markdown" if markdown else "text")
    end = 0
    for paragraph in segment(document):
        assert end <= paragraph.start < paragraph.end <= len(text)
        end = paragraph.end
        for token, start, stop in zip(paragraph.tokens, paragraph.starts, paragraph.ends, strict=True):
            assert text[start:stop] == token


@given(st.text(max_size=200))
def test_every_word_of_the_channel_has_its_token(text: str) -> None:
    tokens = tokenize(text)[0]
    assert normalise([tokens[at] for at in channel_positions(tokens)]) == normalise(tokens)


def test_decomposed_letters_stay_in_their_word() -> None:
    assert tokenize("u\u0308ber alles")[0] == ("u\u0308ber", "alles")
