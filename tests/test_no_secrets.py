"""No key, token or password of anybody is in the tree; examples and those of tests are named here with their reason."""

import base64
import binascii
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# Beginnings are written in parts, so that this file does not find itself.
PATTERNS = {
    "a private key": r"-{5}BEGIN [A-Z ]*PRIVATE " + r"KEY-{5}",
    "a key of age": r"AGE-SECRET-" + r"KEY-1[0-9A-Z]{50,}",
    "a key of a cloud": r"\b(AKIA|ASIA)" + r"[0-9A-Z]{16}\b|\bAIza" + r"[\w-]{35}\b",
    "a token": r"\b(gh[pousr]_|github_" + r"pat_|glpat-|xox[abprs]-|sk-|pypi-|npm_|hf_)" + r"[A-Za-z0-9_-]{20,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ" + r"[\w-]{10,}\.[\w-]{10,}",
    "a password in an address": r"\b[a-z0-9+]+://[^\s:/@\"'{}]+:([^\s@/\"'{}]+)@",
    "a password": r"(?i)\b\w*(?:secret|passwd|password|token|api_?key)\w*[\"']?\s*[=:]\s*[\"']([^\"'\s]{12,})[\"']",
    "a Fernet key": r"(?<![\w+/=-])[\w-]{43}=(?![\w=])",
}
# What is found and is none, and why.
ALLOWED = {
    "ZXhhbXBsZS12YXVsdC1rZXktZm9yLWRldi1vbmx5ISE=": "the example for development, refused in production",
    "example-secret-key-for-development-only-0123456789-abcdefghij": "the same",
    "dGVzdHMtb25seS12YXVsdC1rZXktMDEyMzQ1Njc4OTA=": "of the test suite: it says so when it is decoded",
    "tests-only-secret-key-0123456789-0123456789-0123456789": "of the test suite",
    "production-key-of-a-test-0123456789-0123456789-0123456789-abc": "of the tests of the settings",
    "password": "the example of the README, refused in production",
    "Kx8uJ2vQ4tR9": "of the tests of the settings: no such database is anywhere",
}
# Files that try passphrases which nobody has.
MADE_UP_PASSWORDS = {"tests/test_guessing.py"}
NEVER_TRACKED = re.compile(r"(^|/)(\.env|id_(rsa|ed25519)|.*\.(pem|key|p12|pfx|sqlite3?|age|pgpass|kdbx))$")


def tracked():
    """The files that are part of the program, by what git says."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("NOT looked for secrets: this is no git repository.")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def secrets_in(text):
    """(kind, the secret) of everything that looks like one."""
    for kind, pattern in PATTERNS.items():
        for match in re.finditer(pattern, text):
            value = next((group for group in match.groups() if group), match[0]) if "password" in kind else match[0]
            if value not in ALLOWED and not (kind == "a Fernet key" and not is_key(value)):
                yield kind, value


def is_key(text):
    try:
        return len(base64.urlsafe_b64decode(text)) == 32
    except (binascii.Error, ValueError):
        return False


def test_no_tracked_file_holds_a_secret():
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", errors="ignore")
        found += [
            f"{name}: {kind}: {value[:6]}…"
            for kind, value in secrets_in(text)
            if kind != "a password" or name not in MADE_UP_PASSWORDS
        ]
    assert found == []


def test_no_file_is_tracked_that_only_holds_secrets_or_data():
    assert [name for name in tracked() if NEVER_TRACKED.search(name)] == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "AGE-SECRET-" + "KEY-1" + "Q" * 58,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a1B2" * 9,
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "c2lnbmF0dXJlMTIz",
        "postgres://mrc:" + "hunter2hunter2@db.internal/mrc",
        "EMAIL_PASSWORD = '" + "correct-horse-battery'",
        '"api_key": "' + 'abcdef0123456789"',
        "key " + base64.urlsafe_b64encode(bytes(range(32))).decode(),
    ],
)
def test_the_search_finds_what_it_looks_for(text):
    assert list(secrets_in(text))
