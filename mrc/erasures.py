"""The ledger of erasures: a file beside the database, so that a backup from before an erasure cannot undo it.

A line says which card (by its random identifier) was erased when and why, with the vault's signature: nobody makes one
up without the key. The first line names the ledger, so that another one is not taken for it.
"""

import fcntl
import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mrc import vault

PURPOSE = "erasures"


class LedgerError(RuntimeError):
    """A sentence that says why the ledger cannot be relied on."""


@dataclass(frozen=True)
class Entry:
    """One erasure. ``erasure`` and ``card``: random identifiers; ``at``: time in ISO 8601."""

    erasure: str
    card: str
    at: str
    why: str


@dataclass(frozen=True)
class Ledger:
    name: str
    entries: tuple


def path():
    return Path(settings.MRC_ERASURES)


def begin():
    """Make the file if there is none. From then on a restore on this machine knows that there is one."""
    try:
        descriptor = os.open(path(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with open(descriptor, "wb") as file:
        _write(file, _line({"ledger": str(uuid.uuid4())}))


def append(entries):
    """Write erasures down for good. Call it last in their transaction: what cannot be written down is not erased."""
    begin()
    with open(path(), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = file.read()
        # What a power cut left of a line belongs to a transaction that was never committed.
        file.truncate(whole.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        _write(file, "".join(_line(asdict(entry)) for entry in entries))


def _write(file, text):
    file.write(text.encode())
    file.flush()
    os.fsync(file.fileno())


def _line(values):
    text = json.dumps(values, sort_keys=True)
    return f"{text}\t{vault.sign(PURPOSE, text)}\n"


def text():
    """The whole file as it stands; empty if there is none."""
    return path().read_text() if path().is_file() else ""


def read(text):
    """The Ledger of a text, or None for an empty one. Raises LedgerError for a line that is not ours."""
    lines = [_believed(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    if not lines:
        return None
    if "ledger" not in lines[0]:
        raise LedgerError(_("The ledger of erasures has lost its first line."))
    return Ledger(lines[0]["ledger"], tuple(Entry(**values) for values in lines[1:]))


def _believed(line):
    content, _tab, signature = line.rstrip("\n").partition("\t")
    signed = vault.is_signed(PURPOSE, content, signature)
    if signed is None:
        raise LedgerError(
            _("The ledger of erasures needs a key that is not in MRC_VAULT_KEYS: add the key that was in use.")
        )
    if not signed:
        raise LedgerError(_("The ledger of erasures was changed: the signature of a line is wrong."))
    return json.loads(content)


def needed(carried, *, may_be_missing):
    """What a restore must erase again: all entries of the ledger here and of that in the backup (text).

    Raises LedgerError if the ledger here is missing or is another one than the backup's, unless that is allowed.
    """
    here, theirs = read(text()), read(carried)
    if not may_be_missing:
        if here is None:
            raise LedgerError(_NOT_THERE % {"path": path()})
        if theirs and theirs.name != here.name:
            raise LedgerError(_ANOTHER % {"path": path()})
    known = [entry for one in (here, theirs) if one for entry in one.entries]
    return list(dict.fromkeys(known))


def bring_in(carried):
    """Go on from the ledger of a backup that was put back: all of it if there is none here, else what is missing."""
    here, theirs = read(text()), read(carried)
    if here is None and theirs:
        descriptor = os.open(path(), os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with open(descriptor, "wb") as file:
            _write(file, carried)
    elif theirs and (missing := [entry for entry in theirs.entries if entry not in here.entries]):
        append(missing)
    else:
        begin()


def sign_anew():
    """Sign every line with the newest key of the vault, so that older keys can be taken away."""
    if not path().is_file():
        return
    partial = path().with_suffix(".partial")
    with open(path(), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = [_believed(line) for line in file.read().decode().splitlines(keepends=True) if line.endswith("\n")]
        descriptor = os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with open(descriptor, "wb") as renewed:
            _write(renewed, "".join(map(_line, lines)))
        file.seek(0)
        file.truncate()
        # Into the same file: who waits for the lock holds this one open.
        _write(file, partial.read_text())
    partial.unlink()


_NOT_THERE = gettext_lazy(
    "There is no ledger of erasures at %(path)s, and nothing was changed: people who were erased after this backup was "
    "made would come back. Bring the file from the machine that the program ran on, or name its place in MRC_ERASURES. "
    "If it is lost, --without-erasures puts the backup back all the same, and erases what the backup itself knows of."
)
_ANOTHER = gettext_lazy(
    "The ledger of erasures at %(path)s is not the one that this backup belongs to, and nothing was changed. Bring the "
    "file from the machine that the program ran on, or use --without-erasures if it is lost."
)
