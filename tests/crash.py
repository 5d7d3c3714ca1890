"""A server that is killed while people save: the web processes, a PostgreSQL that keeps what it promised, the writers.

``python -m tests.crash prepare|report|commit N`` runs in a process of its own, on the database of DATABASE_URL.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
NEW = "/cards/new/"
CSRF = "k" * 32
YEAR = 2026
ANSWERS = {"registered_on": f"01/07/{YEAR}", "gender": "woman", "name": "Made-up Person", "consents": ["keep_data"]}
ANSWERS |= {"consent_on": f"01/07/{YEAR}", "consent_how": "spoken", "somebody_else": "on", "csrfmiddlewaretoken": CSRF}


def in_a_process_of_its_own(database, *arguments, before=()):
    """What ``python -m tests.crash`` with these arguments prints, read as JSON."""
    command = [*before, sys.executable, "-m", "tests.crash", *map(str, arguments)]
    environment = {**os.environ, "DATABASE_URL": database}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


class WebServer:
    """Gunicorn as it is deployed, in a group of processes of its own."""

    def __init__(self, database, log, workers=2, **settings):
        self.log, self.workers, self.process = log, workers, None
        self.settings = {"DATABASE_URL": database, **settings}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def start(self):
        command = [sys.executable, "-m", "gunicorn", "mrc.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(self.workers), "--timeout", "120", "--no-control-socket"],
                env={**os.environ, **self.settings},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + 60
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < until, Path(self.log).read_text()[-2000:]
            time.sleep(0.05)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def kill(self):
        """The whole group at once, as when the machine stops: nobody is asked to finish."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class PostgresServer:
    """A PostgreSQL in a folder, with the settings that it has by itself: every commit is on the disk."""

    def __init__(self, folder):
        # Not at the top: it would turn the processes of their own to the database of the tests.
        from tests.environment import find_program

        self.folder, self.as_user = Path(folder), []
        initdb, self.pg_ctl = find_program("initdb"), find_program("pg_ctl")
        if not initdb or not self.pg_ctl:
            raise FileNotFoundError("initdb and pg_ctl are not on this machine")
        self.folder.mkdir()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            if subprocess.run(["id", "postgres"], capture_output=True).returncode:
                raise FileNotFoundError("PostgreSQL does not run as root, and there is no user postgres")
            shutil.chown(self.folder, "postgres")
            for above in self.folder.parents:
                if above != Path("/tmp") and above.owner() == "root" and str(above).startswith("/tmp/"):
                    above.chmod(0o755)
            self.as_user = ["runuser", "-u", "postgres", "--"]
        self.run(initdb, "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8")

    @property
    def url(self):
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def run(self, *command):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder}
        subprocess.run([*self.as_user, *command], check=True, **quiet)

    def start(self):
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=40"
        self.run(self.pg_ctl, "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")

    def kill(self):
        """SIGQUIT: every process of the server stops where it is, and the next start recovers from the log."""
        self.run(self.pg_ctl, "-D", f"{self.folder}/data", "-m", "immediate", "stop")


class Writers:
    """People who save new cards, and press the button again for as long as no answer comes."""

    def __init__(self, port, session, number=5):
        self.port, self.session = port, session
        self.saved, self.answers, self.stop = {}, Counter(), threading.Event()
        self.threads = [threading.Thread(target=self.write) for _number in range(number)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def write(self):
        while not self.stop.is_set():
            token = str(uuid.uuid4())
            while not self.stop.is_set() and not self.save(token):
                time.sleep(0.05)

    def save(self, token):
        """Whether the server said that it is saved."""
        try:
            status, location = self.post(ANSWERS | {"submission": token})
        except (OSError, http.client.HTTPException):
            self.answers["none"] += 1
            return False
        is_saved = status == 302 and location.startswith("/cards/")
        self.answers["saved" if is_saved else f"{status} {location}"] += 1
        if is_saved:
            self.saved[token] = location
        return is_saved

    def post(self, answers):
        browser = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookies = f"sessionid={self.session}; csrftoken={CSRF}"
        headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            browser.request("POST", NEW, urlencode(answers, doseq=True), headers)
            response = browser.getresponse()
            response.read()
            return response.status, response.headers.get("Location", "")
        finally:
            browser.close()


# --- in a process of its own ------------------------------------------------------------------------------------------


def prepare():
    """An empty database with a centre and somebody signed in."""
    from django.core.management import call_command
    from django.test import Client

    from mrc.models import Centre
    from tests.conftest import make_user

    call_command("migrate", verbosity=0)
    call_command("add_centre", "PNH", "--name", "Phnom Penh", "--country", "KH", stdout=sys.stderr)
    browser = Client()
    browser.force_login(make_user("staff", "staff", Centre.objects.get()))
    return {"session": browser.cookies["sessionid"].value}


def report():
    """What is in the database after all of it."""
    from io import StringIO

    from django.core.management import call_command
    from django.db import connection

    from clients.models import ClientCard, Identity
    from mrc import audit
    from mrc.access import every_centre
    from mrc.models import ReferenceCounter, Submission

    told = StringIO()
    call_command("verify_audit", stdout=told)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check" if connection.vendor == "sqlite" else "SELECT 'ok'")
        [integrity] = cursor.fetchone()
    with every_centre("counting in a test"), audit.identities_opened():
        created = audit.AuditEvent.objects.filter(action="create", model="clients.ClientCard")
        return {
            "integrity": integrity,
            "audit": told.getvalue(),
            "submissions": {str(one.token): one.url for one in Submission.objects.all()},
            "cards": {card.get_absolute_url(): card.reference for card in ClientCard.objects.order_by("reference")},
            "identities": Identity.objects.count(),
            "created": sorted(f"/cards/{uid}/" for uid in created.values_list("record", flat=True)),
            "counter": ReferenceCounter.objects.get().last,
        }


def commit(number):
    """Commit so many cards one after the other; says how the database is set."""
    from django.db import connection, transaction

    from mrc import audit
    from mrc.access import centre_scope
    from mrc.models import Centre
    from tests.factories import make_card

    centre = Centre.objects.get()
    with centre_scope([centre]), audit.acting(None, "test"):
        for _number in range(int(number)):
            with transaction.atomic():
                make_card(centre)
    names = ("synchronous",) if connection.vendor == "sqlite" else ("fsync", "synchronous_commit", "full_page_writes")
    settings = {}
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"PRAGMA {name}" if connection.vendor == "sqlite" else f"SHOW {name}")
            [settings[name]] = cursor.fetchone()
    return settings


def main():
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mrc.settings")
    django.setup()
    name, *arguments = sys.argv[1:]
    json.dump({"prepare": prepare, "report": report, "commit": commit}[name](*arguments), sys.stdout)


if __name__ == "__main__":
    main()
