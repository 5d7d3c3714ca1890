"""The permissions of the report tables. The tables themselves are declared in annexes.py and computed, never stored."""

from django.db import models


class ReportTables(models.Model):
    """No table of the database: carries the permissions on the report tables."""

    shared_because = "it has no rows"

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("view_tables", "Can see the report tables"),
            ("view_cell_records", "Can open the records behind a number"),
        ]
