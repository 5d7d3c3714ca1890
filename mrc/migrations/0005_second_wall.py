"""Row-level security for all tables of records that there are so far (mrc/wall.py)."""

from django.db import migrations

from mrc.wall import make_functions, put_up


class Migration(migrations.Migration):
    dependencies = [
        ("mrc", "0004_second_factor"),
        ("clients", "0001_initial"),
        ("legal_cases", "0001_initial"),
        ("activities", "0002_roles"),
        ("harvesting", "0002_roles"),
        ("reports", "0006_members_of_submitted"),
        ("results", "0002_roles"),
    ]
    operations = [
        migrations.RunPython(make_functions, migrations.RunPython.noop),
        put_up(
            {
                "mrc.ReferenceCounter": "centre",
                "mrc.Submission": "centre",
                "mrc.PendingImport": "centre",
                "clients.ClientCard": "centre",
                "clients.Identity": "card",
                "clients.IdentityKey": "card",
                "clients.Consent": "card",
                "clients.ServiceReceived": "centre",
                "legal_cases.Party": "centre",
                "legal_cases.GroupComplaint": "centre",
                "legal_cases.LegalCase": "centre",
                "legal_cases.CaseSubject": "case",
                "legal_cases.CaseRemedy": "case",
                "legal_cases.CaseEvent": "case",
                "activities.Activity": "centre",
                "activities.Participant": "activity",
                "harvesting.Questionnaire": "centre",
                "harvesting.Question": "questionnaire",
                "harvesting.SampleDraw": "centre",
                "harvesting.DrawOutcome": "draw",
                "harvesting.Interview": "centre",
                "harvesting.Answer": "interview",
                "harvesting.AnswerChoice": "answer",
                "harvesting.Story": "interview",
                # Case studies of a centre are counted by the period of their report.
                "reports.ProgressReport": "period__agreement__centres",
                "reports.ReportText": "report__period__agreement",
                "reports.ReportStory": "report__period__agreement",
                "reports.CaseStudy": "centre",
                "reports.MajorAction": "report__period__agreement",
                "reports.ActionStatus": "report__period__agreement",
                "reports.SubmittedReport": "report__period__agreement",
                "results.Step": "agreement",
                "results.Assumption": "step",
                "results.Indicator": "step",
                "results.IndicatorDefinition": "indicator",
                "results.PeriodFigure": "indicator",
            }
        ),
    ]
