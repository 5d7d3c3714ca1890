"""Which people of an import may be known already: compared with all cards of the centre and with each other, in bulk.

The same rule as clients.services.likely_duplicates, for thousands of people with one query.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clients import names
from clients.models import IdentityKey
from mrc import vault

Kind = IdentityKey.Kind
MOST_NAMED = 3


@dataclass
class Person:
    """A new card of the sheet, as it is compared."""

    row: object
    words: frozenset
    telephones: frozenset
    birth_year: int | None

    @classmethod
    def of(cls, row):
        words = names.without_titles(names.name_words(row.values["name"] or ""))
        telephones = names.telephone_query(row.values["telephone"] or "")
        return cls(row, frozenset(words), frozenset(telephones), row.values["birth_year"])

    def fits(self, birth_year):
        """Whether somebody of this name, born in that year, is likely to be this person."""
        if self.birth_year and birth_year:
            return abs(self.birth_year - birth_year) <= (1 if len(self.words) > 1 else 0)
        return len(self.words) > 1


def likely_duplicates(centre, rows):
    """Yields (row, column name, reason) for each row that may be a person of the centre, or of a row above it."""
    people = [Person.of(row) for row in rows]
    yield from _in_centre(centre, people)
    yield from _in_sheet(people)


def _in_centre(centre, people):
    by_text, birth_years, references = _cards_by_text(centre, people)
    for person in people:
        same_telephone = set().union(*(by_text[Kind.TELEPHONE, text] for text in person.telephones))
        if same_telephone:
            yield person.row, "telephone", _same(_("telephone"), [references[pk] for pk in same_telephone])
        sets = sorted((by_text[Kind.NAME, word] for word in person.words), key=len)
        same_name = sets[0].intersection(*sets[1:]) if sets else set()
        same_name = [pk for pk in same_name if person.fits(birth_years[pk])]
        if same_name:
            yield person.row, "name", _same(_("name"), [references[pk] for pk in same_name])


def _cards_by_text(centre, people):
    """{(kind, text): primary keys of cards}, their years of birth and their references, for the texts of these people.

    Reads the keys of the whole centre once: fewer and quicker than a question for each person.
    """
    by_text, birth_years, references = defaultdict(set), {}, {}
    texts = _texts_by_digest(centre, people)
    keys = IdentityKey.objects.filter(card__centre=centre, kind__in=(Kind.NAME, Kind.TELEPHONE))
    rows = keys.values_list("kind", "digest", "card", "card__birth_year", "card__reference")
    for kind, digest, pk, birth_year, reference in rows.iterator(chunk_size=5_000) if texts else ():
        if (kind, digest) in texts:
            by_text[kind, texts[kind, digest]].add(pk)
            birth_years[pk], references[pk] = birth_year, reference
    return by_text, birth_years, references


def _texts_by_digest(centre, people):
    """{(kind, digest): text}, with every key of the vault."""
    words = {word for person in people for word in person.words}
    telephones = {text for person in people for text in person.telephones}
    return {
        (kind, digest): text
        for kind, texts in ((Kind.NAME, words), (Kind.TELEPHONE, telephones))
        for text in texts
        for digest in vault.search_hashes(kind.value, [centre.pk], [text])
    }


def _in_sheet(people):
    by_telephone, by_words = {}, defaultdict(list)
    for person in people:
        for telephone in person.telephones:
            other = by_telephone.setdefault(telephone, person)
            if other is not person:
                yield person.row, "telephone", _same(_("telephone"), [_row(other)])
        alike = [other for other in by_words[person.words] if person.fits(other.birth_year)] if person.words else []
        if alike:
            yield person.row, "name", _same(_("name"), [_row(other) for other in alike])
        elif person.words:
            by_words[person.words].append(person)


def _row(person):
    return _("row %(number)s") % {"number": person.row.number}


def _same(what, others):
    named = ", ".join(sorted(others)[:MOST_NAMED]) + (" …" if len(others) > MOST_NAMED else "")
    return _("May be the same person as %(others)s: same %(what)s.") % {"others": named, "what": what}
