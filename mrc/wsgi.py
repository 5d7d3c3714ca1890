"""The WSGI application that gunicorn serves. It does not start on a database that is not safe."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mrc.settings")
application = get_wsgi_application()


def check_database():
    """Ends the process with a sentence; the connection is not handed on to processes that are forked later."""
    from django.conf import settings
    from django.db import connection

    from mrc.databases import check_server
    from mrc.wall import check_tables

    if not settings.DEBUG:
        check_server(connection)
        check_tables(connection)
        erase_again()
        connection.close()


def erase_again():
    """A copy of the database from before an erasure, however it was put back, is not served."""
    from django.core.exceptions import ImproperlyConfigured

    from clients import forgetting
    from mrc.erasures import LedgerError

    try:
        forgetting.erase_again("start")
    except LedgerError as error:
        raise ImproperlyConfigured(str(error)) from error


check_database()
