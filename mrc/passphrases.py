"""Which passphrases are too easy to guess (no rule about capital letters, digits or signs), and how they are kept."""

import re

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

LONGEST_READ = 72  # characters that zxcvbn looks at; more of them never make a passphrase easier
ENOUGH = 9  # digits of the number of guesses: at the rate that mrc/throttling.py allows, longer than anybody waits
OF_THE_WORK = ("mrc", "migrant", "worker", "workers", "resource", "centre", "center", "coordinator", "legal", "officer")


class GuessableValidator:
    """Counts how many guesses somebody needs who tries common passwords, words, names, dates, rows of keys, repetitions
    and everything that stands around the account: zxcvbn, whose lists are part of the program."""

    def validate(self, password, user=None):
        found = zxcvbn(password[:LONGEST_READ], user_inputs=[*OF_THE_WORK, *words_around(user)])
        if found["guesses_log10"] < ENOUGH:
            raise ValidationError(f"{_('This is easy to guess.')} {self.get_help_text()}", code="guessable")

    def get_help_text(self):
        return _(
            "Put four or more words together that do not belong together, without names, dates or anything that others "
            "know of you."
        )


def words_around(user):
    """What others know of the person: e-mail, name, and the names of centres and organizations."""
    if user is None:
        return []
    texts = [user.email, user.name]
    if user.pk:
        for centre in user.active_centres:
            texts += [centre.code, centre.name, centre.place, centre.organization.name]
    words = {word.lower() for text in texts for word in re.split(r"\W+", text)}
    together = {re.sub(r"\W+", "", text.lower()) for text in texts}
    return sorted((words | together) - {""})


class Argon2(Argon2PasswordHasher):
    """Argon2id as OWASP's "Password Storage Cheat Sheet" asks at least. Django's own numbers cost ten times as much
    at each try, right or wrong: sixty people at eight o'clock, or somebody who guesses, would make everybody wait."""

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
