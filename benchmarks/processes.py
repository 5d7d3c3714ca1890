"""Steps of a benchmark in processes of their own, with the settings of production."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent


def production_settings(url, hosts):
    """Settings of the environment, with secrets of this run, and a ledger of erasures that is signed with them."""
    place = tempfile.mkdtemp(prefix="mrc-bench-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return {
        "MRC_ERASURES": f"{place}/erasures.log",
        "DATABASE_URL": url,
        "DEBUG": "false",
        "HTTPS": "false",
        "SECOND_FACTOR": "none",  # who opens pages here has no app
        "ALLOWED_HOSTS": hosts,
        "SECRET_KEY": os.urandom(40).hex(),
        "MRC_VAULT_KEYS": Fernet.generate_key().decode(),
    }


def run_python(*arguments, given=None, **settings):
    """What the command prints. ``given``: its standard input."""
    environment = {**os.environ, **settings}
    command = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, text=True, capture_output=True, input=given
    )
    if command.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed ({command.returncode}):\n{command.stderr}")
    return command.stdout


def fill(cards, settings):
    """An empty database becomes that of the demo with so many client cards; returns how many seconds that took."""
    run_python("manage.py", "migrate", "--verbosity", "0", **settings)
    run_python("manage.py", "collectstatic", "--no-input", "--verbosity", "0", **settings)
    begun = time.perf_counter()
    run_python("manage.py", "demo", "--cards", str(cards), **settings)
    return time.perf_counter() - begun
