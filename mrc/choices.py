"""Code lists shared by two or more apps, countries and currencies. The code is stored; labels are the manual's."""

import re
from functools import cache

from babel import Locale
from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def wording(label):
    """An answer as it is read, without what the form asks besides: “Other (specify)” is “Other”."""
    return re.sub(r"\s*\([^)]*\)", "", str(label)).strip()


class Gender(models.TextChoices):
    """Annex 2 (1), Annex 3 (1)."""

    WOMAN = "woman", _("Woman")
    MAN = "man", _("Man")
    OTHER = "other", _("Other/Unknown")


class Sector(models.TextChoices):
    """Annex 5 (4)."""

    FISHING = "fishing", _("Fishing")
    SEAFOOD = "seafood", _("Seafood processing")
    ENTERTAINMENT = "entertainment", _("Entertainment")
    DOMESTIC_WORK = "domestic_work", _("Domestic work")
    MANUFACTURING = "manufacturing", _("Manufacturing")
    HOSPITALITY = "hospitality", _("Hospitality")
    AGRICULTURE = "agriculture", _("Agriculture")
    CONSTRUCTION = "construction", _("Construction")
    RETAIL = "retail", _("Retail")
    RESTAURANT = "restaurant", _("Restaurant")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Unknown")


class LegalStatus(models.TextChoices):
    """Annex 2 (1), Annex 3 (1)."""

    REGULAR = "regular", _("Regular")
    IRREGULAR = "irregular", _("Irregular")
    UNKNOWN = "unknown", _("Unknown")


# The countries of the programme, first wherever a country is chosen.
PROGRAMME_COUNTRIES = ("KH", "LA", "MY", "MM", "TH", "VN")
# Annex 5 (4) prints these five columns; any other currency in use follows them.
FIRST_CURRENCIES = ("USD", "MMK", "MYR", "THB", "VND")
COMMON_CURRENCIES = FIRST_CURRENCIES + (
    "KHR",
    "LAK",
    "SGD",
    "HKD",
    "TWD",
    "JPY",
    "KRW",
    "CNY",
    "AED",
    "SAR",
    "AUD",
    "EUR",
)

# What people write for a country beside its name in the CLDR: short names, former names, nationalities.
OTHER_COUNTRY_NAMES = {
    "burma": "MM", "burmese": "MM", "myanmar": "MM", "khmer": "KH", "cambodian": "KH", "lao": "LA", "laotian": "LA",
    "lao pdr": "LA", "lao people's democratic republic": "LA", "viet nam": "VN", "vietnamese": "VN", "thai": "TH",
    "malaysian": "MY", "chinese": "CN", "filipino": "PH", "filipina": "PH", "indonesian": "ID", "singaporean": "SG",
    "republic of korea": "KR", "korea": "KR", "taiwan, china": "TW", "hong kong": "HK", "hong kong, china": "HK",
    "uae": "AE", "usa": "US", "uk": "GB", "bangladeshi": "BD", "nepali": "NP", "nepalese": "NP", "indian": "IN",
}  # fmt: skip


@cache
def _locale(language):
    return Locale.parse(language, sep="-")


@cache
def countries(language):
    """ISO 3166-1 alpha-2 code -> name in the language, the programme's countries first."""
    names = {
        code: name
        for code, name in _locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }
    rest = sorted((code for code in names if code not in PROGRAMME_COUNTRIES), key=names.get)
    return {code: names[code] for code in (*PROGRAMME_COUNTRIES, *rest)}


# Codes of the CLDR that are no country of ISO 3166-1.
NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "CQ", "DG", "EA", "IC", "TA", "XK"}


def country_name(code):
    """The name in the reader's language; an empty text for no country."""
    return countries(get_language() or "en").get(code, code or "")


@cache
def _country_codes():
    by_name = dict(OTHER_COUNTRY_NAMES)
    for language, _name in settings.LANGUAGES:
        by_name.update({name.casefold(): code for code, name in countries(language).items()})
    by_name.update({code.casefold(): code for code in countries("en")})
    return by_name


def country_code(text):
    """The alpha-2 code for a code or a name in any language of the interface; None if there is no such country."""
    return _country_codes().get(" ".join(text.casefold().split()))


@cache
def currencies():
    """All ISO 4217 codes -> English name, those used most in the programme first."""
    names = {code: name for code, name in _locale("en").currencies.items() if len(code) == 3 and code.isalpha()}
    return {code: names[code] for code in (*COMMON_CURRENCIES, *sorted(set(names) - set(COMMON_CURRENCIES)))}
