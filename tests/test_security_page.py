"""SECURITY.md names what proves each promise: the files are there and hold tests."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMMENT = re.compile("<!--.*?-->", re.DOTALL)


def rows(text):
    """(promise, the files that prove it) of each row of the table of promises."""
    shown = COMMENT.sub("", text)
    promised = shown.partition("## What is promised")[2].partition("\n## ")[0]
    lines = [line.strip("|").rsplit("|", 1) for line in promised.splitlines() if line.startswith("|")]
    return [(promise.strip(), re.findall(r"`(tests/[\w/]+\.py)`", proof)) for promise, proof in lines[2:]]


def unproven(text):
    """Promises without a file of tests that is there."""
    return [
        promise
        for promise, files in rows(text)
        if not files
        or not all((ROOT / file).is_file() and "\ndef test_" in (ROOT / file).read_text() for file in files)
    ]


def test_every_promise_names_tests_that_are_there():
    text = (ROOT / "SECURITY.md").read_text()
    assert len(rows(text)) > 15
    assert unproven(text) == []
    named = set(re.findall(r"`((?:tests|benchmarks|mrc)/[\w/.]+)`", COMMENT.sub("", text)))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("proof", ["", "`tests/test_nothing.py`", "`tests/factories.py`"])
def test_a_promise_without_tests_would_be_found(proof):
    table = f"## What is promised\n\n| Promise | Tests |\n|---|---|\n| Nobody sees it. | {proof} |\n\n## Not"
    assert unproven(table) == ["Nobody sees it."]


def test_the_page_is_two_pages_and_the_readme_leads_to_it():
    text = re.sub(r"`tests/[^`]*`,?|\|", "", COMMENT.sub("", (ROOT / "SECURITY.md").read_text()))
    assert 700 <= len(text.split()) <= 1150
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text()
