"""Names, telephone numbers and e-mails in the one form under which they are found (DOMAIN: what search must find).

Names come in Latin, Khmer, Lao, Thai and Burmese script, in any order of words, with or without titles and accents.
Nothing here hashes or reads the database: what is stored and what is searched go through the same functions.
"""

import re
import unicodedata
from itertools import takewhile

from mrc import dates

MOST_WORDS = 30  # of one name; more is no name

# Titles that stand as words of their own (in Burmese script: as syllables). Some are names too, so a title is never
# left out of what is stored: a search that has other words does without it.
TITLE_WORDS = """
    mr mrs ms miss sir madam dr
    ko ma u daw maung mg saw nai nan naw sai sao ကို မ ဦး ဒေါ် မောင် နန်း စိုင်း
    lok neang oknha bong លោក លោកស្រី អ្នកស្រី កញ្ញា នាង
    nang nangsao thao phor mae ນາງ ນາງສາວ ທ້າວ ທ່ານ
    nay khun นาย นาง นางสาว คุณ ท้าว
    ong ba chi anh co em bac chu
    encik puan cik
"""
# Titles written without a blank before the name.
GLUED_TITLE_WORDS = "นางสาว นาง นาย คุณ ท้าว ນາງສາວ ນາງ ທ້າວ ທ່ານ លោកស្រី អ្នកស្រី លោក កញ្ញា នាង"
ABBREVIATED_TITLES = re.compile(r"(?<!\w)(น\s?\.\s?ส\s?\.|ด\s?\.\s?[ชญ]\s?\.)")
# What a syllable can begin with: consonants, vowels written before them, independent vowels.
SYLLABLE_START = re.compile("[ก-ฮเ-ไກ-ຮເ-ໄໜ-ໟក-ឳ]")
# A Burmese syllable begins at a consonant that neither ends one (asat) nor is stacked (virama).
BURMESE_BREAK = re.compile("(?<!\u1039)(?=[\u1000-\u102a\u103f](?!\u1037?[\u1039\u103a]))")
LATIN_MARKS = re.compile("[\u0300-\u036f]")
LETTERS_WITHOUT_MARK = str.maketrans({"đ": "d", "ð": "d", "ł": "l", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe"})
APOSTROPHES = re.compile("['’‘`´ʼʻ]")


def plain(text):
    """Lower case, Latin letters without marks, invisible characters gone; other scripts keep their vowels and tones."""
    text = unicodedata.normalize("NFC", text.replace("\u200b", " "))
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    text = unicodedata.normalize("NFKD", text.casefold())
    return LATIN_MARKS.sub("", text).translate(LETTERS_WITHOUT_MARK)


TITLES = frozenset(map(plain, TITLE_WORDS.split()))
GLUED_TITLES = sorted(map(plain, GLUED_TITLE_WORDS.split()), key=len, reverse=True)


def _is_of_word(character):
    return unicodedata.category(character)[0] in "LMN"


def _without_glued_title(word):
    for title in GLUED_TITLES:
        if word.startswith(title) and SYLLABLE_START.match(word, len(title)) and len(word) > len(title) + 1:
            return word[len(title) :]
    return word


def _split(text):
    text = APOSTROPHES.sub("", ABBREVIATED_TITLES.sub(" ", plain(text)))
    words = "".join(c if _is_of_word(c) else " " for c in text).split()
    for word in words:
        if "\u1000" <= word[0] <= "\u109f":
            yield from (syllable for syllable in BURMESE_BREAK.split(word) if syllable)
        else:
            yield _without_glued_title(word)


def words_of(text):
    """The different words of a text in their order, as they are compared; Burmese script gives its syllables."""
    return list(dict.fromkeys(_split(text)))


def name_words(text):
    """The same of a name, which has only so many."""
    return words_of(text)[:MOST_WORDS]


def without_titles(words):
    """The words that are not titles; all of them where there is nothing else (``Ko Ko``)."""
    return [word for word in words if word not in TITLES] or list(words)


def joined_name(text):
    """The whole name as one word, without blanks and without titles before it."""
    words = list(_split(text))[:MOST_WORDS]
    titles = list(takewhile(TITLES.__contains__, words))
    return "".join(words[len(titles) :] or words)


def name_keys(text):
    """Everything under which a name is found: its words, and the whole of it for those who type it without blanks."""
    words = name_words(text)
    return list(dict.fromkeys([*words, joined_name(text)])) if words else []


def digits_of(text):
    """The digits of a text, those of other scripts as 0 to 9."""
    return "".join(re.findall(r"[0-9]", dates.ascii_digits(text)))


def _numbers(text):
    """The telephone numbers in a text. Where a comma or stroke stands inside a number, the whole is one more."""
    parts = [digits_of(part) for part in re.split(r"[/,;|\n]", text)]
    numbers = [part for part in parts if len(part) >= 6]
    if len(numbers) < len(parts):
        numbers.append("".join(parts))
    return [number for number in numbers if number]


def telephone_keys(text):
    """Under what the numbers of a telephone field are found: their last 8 and last 6 digits, or all if fewer.

    So country prefix, leading zero and punctuation make no difference.
    """
    keys = []
    for number in _numbers(text):
        keys += [number[-size:] for size in (8, 6) if len(number) >= size]
        if len(number) < 6:
            keys.append(number)
    return list(dict.fromkeys(keys))


def telephone_query(text):
    """The keys that find a number: its last 8 digits, or as many as were typed."""
    return list(dict.fromkeys(number[-8:] if len(number) >= 8 else number[-6:] for number in _numbers(text)))


def email_key(text):
    return plain(text).strip()
