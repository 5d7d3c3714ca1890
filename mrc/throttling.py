"""How often somebody may try to sign in. It is counted before a password is hashed, so that guessing costs us nothing.

Wrong tries are counted for fifteen minutes from the first one, for each of these, and no try is counted while it must
wait, so that nobody waits longer than those minutes:

* the address that asks, whoever is meant;
* the account that is meant, at one address and, with more patience, at all addresses together;
* but the account in a browser that did sign in to it before: strangers who guess, from wherever and for however long,
  use up the tries of strangers and never those of the right person in the usual browser, wherever it is;
* the second factor of the account, apart for strangers and known browsers.
"""

import ipaddress
import math
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from mrc import audit, vault

WINDOW = timedelta(minutes=15)
OF_ONE_PERSON = 5
OF_AN_ACCOUNT = 20
OF_AN_ADDRESS = 30  # an office has one address for everybody
KNOWN_FOR = timedelta(days=90)
COOKIE = "browser"
IPV6_NETWORK = 64  # what one subscriber has


class Paused(RuntimeError):
    """There were too many wrong tries. ``seconds``: how long to wait."""

    def __init__(self, seconds):
        super().__init__(f"Wait {seconds} seconds.")
        self.seconds = seconds

    @property
    def minutes(self):
        return math.ceil(self.seconds / 60)


class WrongTries(models.Model):
    """Wrong tries of somebody since a moment. Who it is stands here as a keyed hash only."""

    shared_because = "counts before anybody is signed in; holds nothing of a client"

    key = models.BigIntegerField(primary_key=True)
    number = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(db_index=True)


class KnownBrowser(models.Model):
    """A browser in which a user signed in before, by the digest of the random number in its cookie."""

    shared_because = "belongs to an account; holds nothing of a client"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the number")
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_row_a_known_browser")]


# --- who asks ----------------------------------------------------------------------------------------------------


def address_of(request):
    """The address that asks; of IPv6 the network. Behind proxies it is what the outermost of ours was asked from."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = passed_on[max(-settings.PROXIES, -len(passed_on))].strip() or address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
    return str(parsed)


def _digest(request):
    return vault.fingerprint(request.COOKIES.get(COOKIE, ""))


def is_known_browser(request, email):
    since = timezone.now() - KNOWN_FOR
    known = KnownBrowser.objects.filter(user__email=email, digest=_digest(request), used_at__gt=since)
    return COOKIE in request.COOKIES and known.exists()


def remember_browser(request, response, user):
    """From now on the tries of this browser for this account are counted apart from those of strangers."""
    now = timezone.now()
    KnownBrowser.objects.filter(user=user, used_at__lte=now - KNOWN_FOR).delete()
    is_ours = COOKIE in request.COOKIES and KnownBrowser.objects.filter(digest=_digest(request)).exists()
    number = request.COOKIES[COOKIE] if is_ours else secrets.token_urlsafe(24)
    KnownBrowser.objects.update_or_create(user=user, digest=vault.fingerprint(number), defaults={"used_at": now})
    response.set_cookie(
        COOKIE,
        number,
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


# --- counting ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counter:
    """What is counted. ``kind``: as the audit says it."""

    kind: str
    key: int
    limit: int


def _counter(kind, limit, *texts):
    return Counter(kind, vault.search_hash(f"wrong tries {kind}", 0, "\0".join(texts)), limit)


def counters_of_password(request, email):
    if is_known_browser(request, email):
        return [_counter("browser", OF_ONE_PERSON, email, _digest(request))]
    address = address_of(request)
    return [
        _counter("account at an address", OF_ONE_PERSON, email, address),
        _counter("account", OF_AN_ACCOUNT, email),
        _counter("address", OF_AN_ADDRESS, address),
    ]


def counters_of_code(request, email):
    browser = _digest(request) if is_known_browser(request, email) else ""
    return [_counter("code", OF_ONE_PERSON, email, browser)]


@contextmanager
def counting(counters, **detail):
    """One try: a ValidationError raised inside says that it was wrong. Raises Paused instead of beginning."""
    take(counters)
    try:
        yield
    except ValidationError:
        failed(counters, **detail)
        raise
    succeeded(counters)


def take(counters):
    """Count one try, before it is known how it ends: of many at once no more than the limit pass.

    Raises Paused, and counts nothing, if any of the counters is full.
    """
    now = timezone.now()
    _refuse_if_full(counters, now)
    with transaction.atomic():
        for counter in sorted(counters, key=lambda counter: counter.key):  # everybody in one order: no deadlock
            WrongTries.objects.get_or_create(key=counter.key, defaults={"since": now})
            is_over = Q(since__lte=now - WINDOW)
            taken = WrongTries.objects.filter(is_over | Q(number__lt=counter.limit), key=counter.key).update(
                number=Case(When(is_over, then=Value(1)), default=F("number") + 1),
                since=Case(When(is_over, then=Value(now)), default=F("since")),
            )
            if not taken:  # others who came together with this one took the last
                _refuse_if_full(counters, now)
                raise Paused(1)


def _refuse_if_full(counters, now):
    limits = {counter.key: counter.limit for counter in counters}
    rows = WrongTries.objects.filter(key__in=limits, since__gt=now - WINDOW)
    waits = [row.since + WINDOW - now for row in rows if row.number >= limits[row.key]]
    if waits:
        raise Paused(math.ceil(max(waits).total_seconds()))


def failed(counters, **detail):
    """The try was wrong. The one that fills a counter is written down; those that are refused then are not."""
    numbers = dict(
        WrongTries.objects.filter(key__in=[counter.key for counter in counters]).values_list("key", "number")
    )
    for counter in counters:
        if numbers.get(counter.key, 0) >= counter.limit:
            audit.record(audit.AuditEvent.Action.SIGN_IN_PAUSED, by=counter.kind, **detail)


def succeeded(counters):
    """The try was right, and is not counted. The counters go on: one's own account must not let one guess at others,
    and who has a right password must not try codes without end."""
    WrongTries.objects.filter(since__lte=timezone.now() - WINDOW).delete()
    keys = [counter.key for counter in counters]
    WrongTries.objects.filter(key__in=keys, number__gt=0).update(number=F("number") - 1)
