"""``manage.py progress_report``: what it writes, and that a refusal changes nothing."""

import io
import json
import subprocess
import sys

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from mrc.access import centre_scope
from mrc.audit import AuditEvent
from tests.factories import make_closed_case


def run(path, *centres, start="2026-07-01", end="2026-09-30", file_format="json", **more):
    centres = [argument for code in centres for argument in ("--centre", code)]
    call_command(
        "progress_report",
        *centres,
        "--from",
        start,
        "--to",
        end,
        "--format",
        file_format,
        "--output",
        str(path),
        **more,
    )


@pytest.fixture
def closed(in_a):
    make_closed_case(in_a, gender="woman")
    return in_a


def test_the_tables_are_written_as_json(closed, tmp_path):
    run(tmp_path / "report.json", "PNH")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["period"] == {"from": "2026-07-01", "to": "2026-09-30"} and data["centres"] == ["PNH"]
    assert data["tables"]["cases_closed"]["total"] == {"women": 1, "men": 0, "other": 0, "total": 1}


def test_several_centres_are_counted_together_each_once(closed, centre_b, tmp_path):
    with centre_scope([centre_b]):
        make_closed_case(centre_b)
    run(tmp_path / "report.json", "PNH", "CNX", "PNH")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["centres"] == ["CNX", "PNH"]
    assert data["tables"]["cases_closed"]["total"]["total"] == 2


@pytest.mark.parametrize("file_format", ["xlsx", "docx"])
def test_the_tables_are_written_as_a_document_that_opens(closed, tmp_path, file_format):
    path = tmp_path / f"report.{file_format}"
    run(path, "PNH", file_format=file_format)
    assert path.read_bytes().startswith(b"PK")
    if file_format == "xlsx":
        assert openpyxl.load_workbook(path).active["A1"].value == "Legal assistance outcomes, services and activities"


def test_a_centre_may_be_written_in_small_letters_and_twice(closed, tmp_path):
    run(tmp_path / "report.json", " pnh", "PNH")
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["centres"] == ["PNH"] and data["tables"]["cases_closed"]["total"]["total"] == 1


def test_an_export_by_command_is_in_the_audit(closed, tmp_path):
    run(tmp_path / "report.json", "PNH")
    entry = AuditEvent.objects.get(action="export")
    assert (entry.channel, entry.actor, entry.centre_id) == ("progress_report", None, closed.pk)


def test_an_existing_file_is_replaced_and_nothing_is_left_beside_it(closed, tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o600)
    run(path, "PNH")
    assert path.read_text().startswith("{")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_a_link_keeps_leading_to_the_file(closed, tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / "there" / "real.json")
    run(link, "PNH")
    assert link.is_symlink() and (tmp_path / "there" / "real.json").read_text().startswith("{")


def test_the_tables_go_to_standard_output_for_a_dash(closed):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    run("-", "PNH", stdout=stream)
    assert json.loads(stream.buffer.getvalue())["centres"] == ["PNH"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"centres": ["XXX"]}, "There is no centre XXX. Centres: PNH."),
        ({"centres": ["PNH", "xxx"]}, "There is no centre xxx."),
        ({"start": "2026-09-30", "end": "2026-07-01"}, "The period ends (2026-07-01) before it begins (2026-09-30)."),
        ({"start": "2026-02-30"}, "--from: There is no day 30 in month 2 of 2026."),
        ({"end": "soon"}, "--to: “soon” is not a date."),
        ({"file_format": "pdf"}, "invalid choice: 'pdf'"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(closed, tmp_path, wrong, says):
    path = tmp_path / "report.json"
    path.write_text("old")
    centres = wrong.pop("centres", ["PNH"])
    with pytest.raises(CommandError) as refusal:
        run(path, *centres, **wrong)
    assert says in str(refusal.value)
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"] and path.read_text() == "old"
    assert not AuditEvent.objects.filter(action="export").exists()


@pytest.mark.parametrize("where", ["", "missing/report.json", "file/report.json", "x" * 300, "nul\0.json"])
def test_a_path_that_cannot_be_written_is_refused_and_leaves_no_entry(closed, tmp_path, where):
    (tmp_path / "file").write_text("old")
    with pytest.raises(CommandError, match="cannot be written"):
        run(f"{tmp_path}/{where}", "PNH")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert not AuditEvent.objects.filter(action="export").exists()


def test_from_a_shell_a_refusal_has_a_status_and_stands_on_standard_error(tmp_path):
    path = tmp_path / "report.json"
    days = ["--from", "2026-09-30", "--to", "2026-07-01"]
    result = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "progress_report",
            "--centre",
            "PNH",
            *days,
            "--format",
            "json",
            "--output",
            path,
        ],
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "CommandError: The period ends (2026-07-01) before it begins (2026-09-30).\n"
    assert not path.exists()
