"""Measures in one database, that of DATABASE_URL; figures go to a file: ``python -m benchmarks.measure FILE``."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import django


def main(path):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mrc.settings")
    django.setup()
    from django.db import connection

    from benchmarks import draw, export, gender, machine, pages, profile, progress, report, rows

    queries = rows.measure()
    ratios = [ratio for part in (report, gender, profile, pages, draw, export) for ratio in part.measure()]
    figures = {
        "version": machine.database_version(connection),
        "ratios": [asdict(ratio) for ratio in ratios],
        "pages": [asdict(page) for page in queries],
        "stages": [asdict(one) for one in progress.measure()],
    }
    Path(path).write_text(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
