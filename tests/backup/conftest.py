"""A key for backups, records of every kind, and a backup of them."""

import pytest

from mrc import backup
from tests.backup.places import make_backup
from tests.marked_records import make_centre

PUBLIC, SECRET = backup.new_key()


@pytest.fixture(autouse=True)
def keys(settings, monkeypatch):
    settings.MRC_BACKUP_RECIPIENTS = [PUBLIC]
    monkeypatch.setenv("MRC_BACKUP_KEY", SECRET)


@pytest.fixture
def records():
    """A record of every kind."""
    return make_centre("a")


@pytest.fixture
def file(records, tmp_path):
    return make_backup(tmp_path)
