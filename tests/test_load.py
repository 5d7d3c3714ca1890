"""People at work at the same time, at a small size: `python -m benchmarks load` does it with sixty for ten minutes."""

from io import StringIO

import pytest
from django.core.management import call_command

from benchmarks import load
from benchmarks.results import put
from mrc.demo.cast import DOMAIN, PASSWORD
from mrc.passphrases import Argon2

SECONDS = 3
AT_WORK = ("staff.pnh", "legal.pnh", "coordinator.svk", "coordinator.pnh", "programme", "administrator")
ROLES = ("staff", "legal_officer", "coordinator", "coordinator", "programme_officer", "administrator")


@pytest.fixture
def region(django_db_serialized_rollback, transactional_db, live_server, settings):
    """Where a small demo listens, with passwords hashed as in real use."""
    settings.PASSWORD_HASHERS = ["mrc.passphrases.Argon2"]
    settings.PROXIES = 1
    call_command("demo", "--cards", "60", stdout=StringIO())
    return live_server.url.partition("//")[2]


def people():
    return [
        {"email": f"{name}@{DOMAIN}", "password": PASSWORD, "role": role, "address": "198.51.100.1"}
        for name, role in zip(AT_WORK, ROLES, strict=True)
    ]


def test_people_at_work_see_no_error_while_others_guess(region):
    attack = load.attack_on(people(), each_second=5)
    seen = load.visit("Small", region, people(), seconds=SECONDS, think=0.05, attack=attack)
    assert seen.errors == []
    assert {"Signing in", "First page"} < set(seen.times)  # how much more depends on the machine
    assert len(seen.times["Signing in"]) == len(AT_WORK)
    assert sum(seen.guesses.values()) > 10
    assert "no error" in seen.text and "0 errors" in seen.text


def test_what_is_no_page_that_was_asked_for_is_an_error(region):
    stranger = {**people()[0], "password": "a wrong password"}
    seen = load.visit("Small", region, [stranger], seconds=2, think=0.2)
    assert seen.errors and "Signing in: 200 instead of 302" in seen.errors[0]
    assert f"{len(seen.errors)} errors |" in seen.text


def test_the_figures_are_those_of_the_nearest_rank():
    row = load.Latency("Card", [float(number) for number in range(100, 0, -1)])
    assert row.cells == ("Card", "100", "50", "95", "99", "100")
    assert load.Latency("Card", [7.0]).cells == ("Card", "1", "7", "7", "7", "7")


def test_each_benchmark_writes_its_own_part_and_keeps_the_others(tmp_path):
    file = tmp_path / "results.md"
    put("Benchmarks", "# Benchmarks\n\nFirst\n\n## SQLite\n\n1\n", file)
    put("Load", "# Load\n\nMany\n", file)
    put("Benchmarks", "# Benchmarks\n\nSecond\n\n## SQLite\n\n2\n", file)
    assert file.read_text() == "# Benchmarks\n\nSecond\n\n## SQLite\n\n2\n\n# Load\n\nMany\n"
    put("Load", "# Load\n\nMore\n", file)
    assert file.read_text().endswith("2\n\n# Load\n\nMore\n")


def test_a_hash_costs_little_and_no_less_than_owasp_asks():
    """m=19 MiB, t=2, p=1: with the numbers of Django sixty people who sign in would wait for one another."""
    hashed = Argon2().encode(PASSWORD, "salt-of-a-test-0123456789")
    assert "$argon2id$" in hashed and "$m=19456,t=2,p=1$" in hashed
    assert Argon2().verify(PASSWORD, hashed) and not Argon2().must_update(hashed)
