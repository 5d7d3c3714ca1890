"""Secrets that a command needs and that stand neither in its arguments nor on the screen."""

import os
import sys
from getpass import getpass

from django.core.management.base import CommandError
from django.utils.translation import gettext as _


def read_backup_key():
    """The secret key of backups: MRC_BACKUP_KEY, else one line of standard input."""
    key = os.environ.get("MRC_BACKUP_KEY", "").strip()
    if not key:
        key = getpass("MRC_BACKUP_KEY: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not key:
        raise CommandError(_("The secret key is missing: set MRC_BACKUP_KEY, or write it on one line."))
    return key
