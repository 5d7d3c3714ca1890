"""On what was measured: processor, memory, versions. No name of the machine and no path of it."""

import os
import platform
import sqlite3
from pathlib import Path

import django


def machine():
    """Cores, memory and processor in one line."""
    return f"{len(os.sched_getaffinity(0))} cores, {_memory():.0f} GB memory, {_processor()}"


def versions(databases):
    """``databases``: what the servers say of themselves, by name."""
    shown = {"Python": platform.python_version(), "Django": django.get_version(), **databases}
    return ", ".join(f"{name} {version}" for name, version in shown.items())


def database_version(connection):
    if connection.vendor == "sqlite":
        return sqlite3.sqlite_version
    return ".".join(map(str, connection.get_database_version()))


def _memory():
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return pages * size / 1024**3


def _processor():
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
