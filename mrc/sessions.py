"""How long a session lasts, and what ends it: 20 minutes without a request, 10 hours, a change of the account.

What an account is worth is part of the mark that Django compares on every request (User.get_session_auth_hash), so
that a new role, other centres, another password or second factor end the sessions of before with the next request.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from mrc.databases import is_away

BEGAN = "began"
WHOLE = timedelta(hours=10)
RENEWED_EVERY = timedelta(minutes=1)  # not on every request: each renewal is a write


class SessionStore(db.SessionStore):
    """Django's sessions in the database, which also know when they end, and whose they were when they have ended."""

    ends_at = None
    ended_of = None  # primary key, as text, of the user whose session has ended for want of a request

    def _get_session_from_db(self):
        stored = self.model.objects.filter(session_key=self.session_key).first()
        if stored is None:
            self._session_key = None
            return None
        if stored.expire_date > timezone.now():
            self.ends_at = stored.expire_date
            return stored
        self.ended_of = self.decode(stored.session_data).get(SESSION_KEY)
        stored.delete()
        self._session_key = None
        return None

    def save(self, must_create=False):
        """A database that does not answer is no session that somebody ended, which is what Django takes it for."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if is_away(error.__context__):
                raise error.__context__ from error.__context__.__cause__
            raise

    def renew(self):
        """Counts the minutes without a request from now."""
        end = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        if self.ends_at and end - self.ends_at >= RENEWED_EVERY:
            self.model.objects.filter(session_key=self.session_key).update(expire_date=end)


def began(sender, request, user, **kwargs):
    """Receiver of user_logged_in, connected in mrc/apps.py."""
    request.session[BEGAN] = timezone.now().isoformat()


def is_over(session):
    """Whether the ten hours are over. A session that does not say when it began never began."""
    began_at = session.get(BEGAN)
    return began_at is None or timezone.now() - datetime.fromisoformat(began_at) >= WHOLE


def find_ended(request):
    """Signs out whose session is over; tells whose session ended with this request, as text, or None."""
    was = request.session.get(SESSION_KEY) or request.session.ended_of
    if request.user.is_authenticated and is_over(request.session):
        logout(request)
    if not request.user.is_authenticated:
        return was
    request.session.renew()
    return None
