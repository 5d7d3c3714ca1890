"""The chain of the audit: whoever changes, removes, inserts or exchanges entries in the database is found out.

Each entry holds a SHA-256 digest over itself and the digest before it, and the vault's signature of that digest. A
signature vouches for everything before it in its chain, so that old entries stay proven after their key is taken away.

One chain would make everybody wait for everybody. On PostgreSQL there are several, the lanes: a transaction appends to
the first lane that nobody holds and keeps it to its end. SQLite has one writer at a time, and one lane.

Entries cut off the end of a lane leave no gap; only a head (``heads_as_text``) kept elsewhere tells of them.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from django.apps import apps
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from mrc import vault

LANES = 32  # transactions that append at the same time without waiting
PURPOSE = "audit"
SHORT = 16  # digits of a digest in a head
COLUMNS = ("pk", "at", "actor_id", "channel", "action", "centre_id", "model", "record", "detail")
PLACE = ("lane", "number", "digest", "signature")

_REFUSAL = "Audit entries are never changed and never deleted."
_RIGHTS = "UPDATE, DELETE, TRUNCATE ON mrc_auditevent"
# PostgreSQL: the owner of the table gives the rights up, too.
NO_RIGHT = f"REVOKE {_RIGHTS} FROM CURRENT_USER"
# What the database itself refuses, whoever asks. PostgreSQL: ALWAYS, so that no setting of a session is a way round it.
WALL = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON mrc_auditevent BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON mrc_auditevent BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",
        # INSERT OR REPLACE takes a row away without asking the trigger of deletion.
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON mrc_auditevent"
        " WHEN EXISTS (SELECT 1 FROM mrc_auditevent WHERE id = NEW.id OR (lane = NEW.lane AND number = NEW.number))"
        " BEGIN SELECT RAISE(ABORT, 'Audit entries are never replaced.'); END",
    ],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON mrc_auditevent "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
        "ALTER TABLE mrc_auditevent ENABLE ALWAYS TRIGGER audit_no_change",
        NO_RIGHT,
    ],
}
NO_WALL = {
    "sqlite": [f"DROP TRIGGER IF EXISTS audit_no_{what}" for what in ("update", "delete", "replace")],
    "postgresql": [
        "DROP TRIGGER IF EXISTS audit_no_change ON mrc_auditevent",
        f"GRANT {_RIGHTS} TO CURRENT_USER",
    ],
}


def content_of(at, actor_id, channel, action, centre_id, model, record, detail):
    """What an entry says, as one text that is the same whatever database it comes from."""
    said = [
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        actor_id,
        channel,
        str(action),
        centre_id,
        model,
        str(record) if record else None,
        detail,
    ]
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def next_digest(before, lane, number, content):
    return vault.fingerprint(f"{before}\n{lane}\n{number}\n{content}")


# --- writing -----------------------------------------------------------------------------------------------------


def link(entries):
    """Give these entries, which are not saved yet, the next places of a chain. Call it inside a transaction."""
    if entries:
        lane = free_lane()
        extend(lane, *head_of(lane), entries)


def extend(lane, number, digest, entries):
    """Places after ``number`` of a lane, whose digest is given; returns the new last number and digest."""
    for entry in entries:
        number += 1
        entry.record = entry._meta.get_field("record").to_python(entry.record)  # as it will be read
        digest = next_digest(digest, lane, number, content_of(*(getattr(entry, name) for name in COLUMNS[1:])))
        entry.lane, entry.number, entry.digest = lane, number, digest
        entry.signature = vault.sign(PURPOSE, digest)
    return number, digest


def free_lane():
    """A lane that is ours until the end of the transaction; waits for the first one if all are taken."""
    if connection.vendor != "postgresql":
        return 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lane FROM generate_series(1, %s) lane"
            " WHERE pg_try_advisory_xact_lock('mrc_auditevent'::regclass::oid::int, lane) LIMIT 1",
            [LANES],
        )
        found = cursor.fetchone()
    return found[0] if found else wait_for_lane(1)


def wait_for_lane(lane):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock('mrc_auditevent'::regclass::oid::int, %s)", [lane])
    return lane


def head_of(lane):
    """Number and digest of the last entry of a lane."""
    # A query of its own after the lock: it sees what the last holder of the lane wrote.
    last = _entries().filter(lane=lane).order_by("-number").values_list("number", "digest").first()
    return last or (0, "")


def _entries():
    return apps.get_model("mrc", "AuditEvent").objects.all()


# --- verifying -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Break:
    """The first place of a lane that is not as it was written."""

    lane: int
    number: int
    at: datetime | None
    told: str

    def __str__(self):
        where = _("Entry %(number)s of chain %(lane)s") % {"number": self.number, "lane": self.lane}
        return f"{where}{f' ({self.at:%Y-%m-%d %H:%M:%S} UTC)' if self.at else ''}: {self.told}"


def breaks():
    """The first broken entry of every lane that has one, the earliest first."""
    rows = _entries().order_by("lane", "number").values_list(*PLACE, *COLUMNS).iterator(chunk_size=2000)
    found = [_first_break(lane, entries) for lane, entries in groupby(rows, key=lambda row: row[0])]
    return sorted((one for one in found if one), key=lambda one: (one.at is None, one.at, one.number))


def _first_break(lane, entries):
    expected, before, unproven = 1, "", None
    for _lane, number, digest, signature, _pk, at, *said in entries:
        if number != expected:
            told = _("it is missing: this entry, or several from here to number %(next)s, were deleted")
            return Break(lane, expected, at, told % {"next": number - 1})
        signed = vault.is_signed(PURPOSE, digest, signature)
        if signed is False:
            return Break(lane, number, at, _("it was not written by this program: its signature is wrong"))
        if digest != next_digest(before, lane, number, content_of(at, *said)):
            return Break(lane, number, at, _("it was changed, or stands where another entry was"))
        if signed:
            unproven = None
        elif unproven is None:
            unproven = Break(lane, number, at, _("it is signed with a key that is not in MRC_VAULT_KEYS"))
        expected, before = number + 1, digest
    return unproven


def heads():
    """(lane, number, digest) of the last entry of every lane."""
    lanes = _entries().order_by("lane").values_list("lane", flat=True).distinct()
    return [(lane, *head_of(lane)) for lane in lanes]


def heads_as_text():
    """One line to keep elsewhere: with it, entries cut off the end are missed."""
    places = [f"{lane}:{number}:{digest[:SHORT]}" for lane, number, digest in heads()]
    return " ".join(["audit-head", f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}", *places])


def heads_in(text):
    """(when, lane, number, digits of the digest) of each place in the heads that stand in a text."""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["audit-head"]:
            for place in words[2:]:
                lane, number, digest = place.split(":")
                yield words[1], int(lane), int(number), digest


def breaks_against(text):
    """Places of earlier heads at which there is nothing any more, or another entry."""
    found = {}
    for when, lane, number, digest in heads_in(text):
        stored = _entries().filter(lane=lane, number=number).values_list("digest", flat=True).first()
        if stored is None:
            told = _("it was there on %(when)s and is missing: the end of the chain was cut off") % {"when": when}
        elif not stored.startswith(digest):
            told = _("it is another one than on %(when)s") % {"when": when}
        else:
            continue
        found.setdefault((lane, number), Break(lane, number, None, told))
    return [found[place] for place in sorted(found)]
