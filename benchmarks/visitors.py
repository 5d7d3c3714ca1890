"""People at work, as their browsers are seen from outside: ``python -m benchmarks.visitors`` reads who they are from
standard input (JSON) and prints how long they waited for each page. Nothing of the program is loaded here.
"""

import http.client
import itertools
import json
import random
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from urllib.parse import urlencode

PATIENCE = 30  # seconds; who waits longer has seen an error
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROW = re.compile(rf'href="(/cards/{UUID}/)">[^<]*</a></th>\s*<td[^>]*>([^<]*)<')
CASE = re.compile(rf'href="(/cases/{UUID}/)"')
NUMBER = re.compile(r'href="(/reports/records/[^"]+)"')
PAGE = re.compile(r'href="\?(?:[^"]*&amp;)?page=(\d+)"')
SUBMISSION = re.compile(rf'name="submission" value="({UUID})"')
SERVICES = ("counselling", "information_education_training", "networking", "skills_certification")
SEARCHED = "a word that no list showed"
GUESSES_AT_ONCE = 250


def today():
    return f"{datetime.now(UTC):%d/%m/%Y}"


class Failed(Exception):
    """Something else came than the page that was asked for."""


class Figures:
    """What all of them together have seen."""

    def __init__(self):
        self.times, self.errors, self.guesses, self.lock = defaultdict(list), [], Counter(), threading.Lock()

    def add(self, page, seconds):
        with self.lock:
            self.times[page].append(seconds * 1000)

    def fail(self, sentence):
        with self.lock:
            self.errors.append(sentence)

    def guessed(self, status):
        with self.lock:
            self.guesses[status] += 1


class Browser:
    """Keeps cookies and measures. Each request is a connection of its own, as the server has it."""

    def __init__(self, server, address, figures):
        self.server, self.address, self.figures, self.cookies = server, address, figures, {}

    def get(self, page, path):
        text, _place = self.ask(page, "GET", path)
        if 'hx-get="/to-do/number/"' in text:
            self.ask("Number of things to do", "GET", "/to-do/number/", htmx=True)
        return text

    def send(self, page, path, answers, *, expected=200, htmx=False):
        """The page that answers, or where it leads."""
        answers = {**answers, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        return self.ask(page, "POST", path, urlencode(answers, doseq=True), expected=expected, htmx=htmx)

    def ask(self, page, method, path, body=None, *, expected=200, htmx=False):
        headers = {"X-Forwarded-For": self.address, **({"HX-Request": "true"} if htmx else {})}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        try:
            response, text = exchange(self.server, method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{page}: no answer after {time.perf_counter() - begun:.1f} s ({error!r})") from error
        self.figures.add(page, time.perf_counter() - begun)
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies.update((name, one.value) for name, one in SimpleCookie(line).items())
        if response.status != expected:
            raise Failed(f"{page}: {response.status} instead of {expected} {response.headers.get('Location', '')}")
        return text, response.headers.get("Location", "")


def exchange(server, method, path, body, headers):
    connection = http.client.HTTPConnection(server, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response, response.read().decode(errors="replace")
    finally:
        connection.close()


class Visitor:
    """Somebody of a role, who opens one page after the other and thinks in between."""

    def __init__(self, person, server, figures, chance):
        self.person, self.figures, self.chance = person, figures, chance
        self.browser = Browser(server, person["address"], figures)
        self.pages, self.cards, self.cases, self.numbers, self.names, self.own = ["/cards/"], [], [], [], [], []

    def work(self, until, think):
        """``think``: seconds between two pages on average. People do not all begin at once, and nobody goes
        before everything that the role does was done once."""
        time.sleep(self.chance.uniform(0, min(10 * think, (until - time.monotonic()) / 2)))
        wishes, weights = zip(*WORK[self.person["role"]], strict=True)
        undone, is_in = self.chance.sample(wishes, len(wishes)), False
        while time.monotonic() < until or (is_in and undone):
            try:
                if is_in:
                    wish = undone.pop() if undone else self.chance.choices(wishes, weights)[0]
                    wish(self)
                else:
                    self.sign_in()
                    is_in = True
            except Failed as failed:
                self.figures.fail(f"{self.person['email']}: {failed}")
            time.sleep(min(self.chance.expovariate(1 / think), 5 * think))

    def sign_in(self):
        self.browser.get("Page to sign in", "/sign-in/")
        answers = {"username": self.person["email"], "password": self.person["password"]}
        self.browser.send("Signing in", "/sign-in/", answers, expected=302)
        self.home()

    def home(self):
        self.browser.get("First page", "/")

    def list_cards(self):
        text = self.browser.get("List of cards", self.chance.choice(self.pages))
        self.pages = ["/cards/", *(f"/cards/?page={number}" for number in PAGE.findall(text))]
        rows = ROW.findall(text)
        self.cards = [path for path, _name in rows]
        self.names = [name for _path, name in rows if name.strip(" –")]

    def search(self):
        words = self.chance.choice(self.names or [SEARCHED]).split()
        sought = self.chance.choice([words[0], " ".join(words)])
        found, _place = self.browser.send("Search for a person (posted)", "/cards/search/", {"q": sought})
        self.cards += [path for path, _name in ROW.findall(found)]

    def open_card(self):
        if not self.cards:
            return self.list_cards()
        return self.browser.get("Card", self.chance.choice(self.cards))

    def new_card(self):
        """A card for somebody who is not there yet."""
        form = self.browser.get("Form of a new card", "/cards/new/")
        answers = {
            "submission": SUBMISSION.search(form)[1],
            "registered_on": today(),
            "gender": self.chance.choice(["woman", "man"]),
            "name": f"Person {self.chance.randrange(10**9)} Made-up",
            "birth_year": self.chance.randint(1970, 2005),
            "consents": ["keep_data", "follow_up"],
            "consent_how": "spoken",
            "somebody_else": "on",
        }
        _text, path = self.browser.send("New card, saved", "/cards/new/", answers, expected=302)
        self.browser.get("Card", path)
        self.own.append((path, iter(SERVICES)))

    def add_service(self):
        """A line on a card of one's own: each service counts once a day."""
        while self.own:
            path, left = self.own[-1]
            if category := next(left, None):
                line = {"category": category, "received_on": today(), "note": "Load"}
                return self.browser.send("Service line, saved", f"{path}services/", line, htmx=True)
            self.own.pop()
        return self.new_card()

    def list_cases(self):
        self.cases = CASE.findall(self.browser.get("List of cases", "/cases/"))

    def open_case(self):
        if not self.cases:
            return self.list_cases()
        return self.browser.get("Case", self.chance.choice(self.cases))

    def add_step(self):
        """A step in the history of a case that is open on the screen."""
        if not self.cases:
            return self.list_cases()
        path = self.chance.choice(self.cases)
        step = {"submission": SUBMISSION.search(self.browser.get("Case", path))[1], "kind": "contact", "note": "Load"}
        step["happened_on"] = today()
        return self.browser.send("Step of a case, saved", f"{path}history/", step, expected=302)

    def tables(self):
        self.numbers = NUMBER.findall(self.browser.get("Report tables", "/reports/"))

    def behind_a_number(self):
        if not self.numbers:
            return self.tables()
        return self.browser.get("Records behind a number", self.chance.choice(self.numbers).replace("&amp;", "&"))

    def gender(self):
        self.browser.get("Gender analysis", "/reports/gender/")

    def agreements(self):
        self.browser.get("Agreements", "/reports/agreements/")

    def users(self):
        self.browser.get("Administration: users", "/admin/mrc/user/")

    def entries(self):
        self.browser.get("Administration: audit", "/admin/mrc/auditevent/")


CARDS = [
    (Visitor.home, 1),
    (Visitor.list_cards, 3),
    (Visitor.search, 4),
    (Visitor.open_card, 5),
    (Visitor.new_card, 2),
    (Visitor.add_service, 2),
]
CASES = [(Visitor.list_cases, 3), (Visitor.open_case, 5), (Visitor.add_step, 2)]
NUMBERS = [(Visitor.tables, 2), (Visitor.gender, 1), (Visitor.agreements, 1)]
WORK = {
    "staff": CARDS,
    "legal_officer": CARDS + CASES,
    "coordinator": [*CARDS, *CASES, *NUMBERS, (Visitor.behind_a_number, 2)],
    "programme_officer": [(Visitor.home, 1), *NUMBERS],
    "administrator": [(Visitor.home, 1), (Visitor.users, 2), (Visitor.entries, 1)],
}


class Guessers:
    """Wrong sign-ins that arrive at an even rate, whatever becomes of those before."""

    def __init__(self, server, figures, attack, chance):
        self.server, self.figures, self.attack, self.chance = server, figures, attack, chance
        self.token = "k" * 32

    def work(self, until):
        pause = 1 / self.attack["each_second"]
        begun = time.monotonic()
        with ThreadPoolExecutor(GUESSES_AT_ONCE) as pool:
            for number in itertools.count():
                due = begun + number * pause
                if due >= until:
                    break
                time.sleep(max(0, due - time.monotonic()))
                pool.submit(self.guess)

    def guess(self):
        answers = {"username": self.chance.choice(self.attack["emails"]), "password": "a wrong password"}
        headers = {
            "X-Forwarded-For": self.chance.choice(self.attack["addresses"]),
            "Cookie": f"csrftoken={self.token}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode({**answers, "csrfmiddlewaretoken": self.token})
        begun = time.perf_counter()
        try:
            response, _text = exchange(self.server, "POST", "/sign-in/", body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.figures.fail(f"wrong sign-in: {error!r}")
            return
        self.figures.guessed(response.status)
        page = {200: "Wrong sign-in, checked", 429: "Wrong sign-in, told to wait"}.get(response.status)
        if page is None:
            self.figures.fail(f"wrong sign-in: {response.status}")
        else:
            self.figures.add(page, time.perf_counter() - begun)


def main(given):
    figures, until = Figures(), time.monotonic() + given["seconds"]
    threads = []
    for number, person in enumerate(given["people"]):
        visitor = Visitor(person, given["server"], figures, random.Random(number))
        threads.append(threading.Thread(target=visitor.work, args=(until, given["think"])))
    if attack := given.get("attack"):
        guessers = Guessers(given["server"], figures, attack, random.Random("guesses"))
        threads.append(threading.Thread(target=guessers.work, args=(until,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"times": figures.times, "errors": figures.errors, "guesses": figures.guesses}


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
