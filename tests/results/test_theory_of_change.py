"""Drawing a theory of change with forms alone: adding, moving, editing, deleting; assumptions and their risk."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mrc.access import OutsideScope, agreement_scope
from reports.models import ReportText
from results.models import Assumption, Indicator, Step
from results.services import steps_in_order
from tests.factories import make_agreement, make_report
from tests.results.making import make_indicator, make_step


@pytest.fixture
def window(sign_in, coordinator):
    return sign_in(coordinator)


def labels(agreement):
    return [f"{step.label} {step.text}" for step in steps_in_order(agreement)]


def post(window, name, record, /, **answers):
    return window.post(reverse(f"results:{name}", args=[record.uid]), answers)


def test_a_theory_of_change_is_drawn_from_the_goal_backwards(window, in_agreement):
    page = window.get(reverse("results:theory", args=[in_agreement.uid]))
    assert "There is no theory of change yet." in page.content.decode()
    assert post(window, "impact_add", in_agreement, text="Rights are protected").status_code == 302
    impact = Step.objects.get()
    post(window, "step_add", impact, text="Access to justice")
    outcome = Step.objects.get(level="outcome")
    post(window, "step_add", outcome, text="Legal assistance is received", level="output")
    post(window, "step_add", outcome, text="Talks with employers", level="activity")
    output = Step.objects.get(level="output")
    answer = post(window, "step_add", output, text="Taking complaints")
    assert labels(in_agreement) == [
        "Impact Rights are protected",
        "Outcome 1 Access to justice",
        "Output 1.1 Legal assistance is received",
        "Activity 1.1.1 Taking complaints",
        "Activity 1.2 Talks with employers",
    ]
    text = window.get(answer.url).content.decode()
    for step in steps_in_order(in_agreement):
        assert step.label in text and step.text in text


def test_an_activity_has_nothing_below_it(window, theory):
    assert window.get(reverse("results:step_add", args=[theory["activity"].uid])).status_code == 404


def test_an_answer_that_is_missing_is_named_and_nothing_is_saved(window, theory):
    page = post(window, "step_add", theory["impact"], text=" ")
    assert page.status_code == 422 and "What it says" in str(page.context["form"].errors["text"])
    page = post(window, "step_add", theory["justice"], text="A level that is none", level="impact")
    assert page.status_code == 422 and "A level that is none" in page.content.decode()
    assert Step.objects.count() == len(theory)


def test_a_page_sent_twice_adds_one_step(window, theory):
    page = window.get(reverse("results:step_add", args=[theory["impact"].uid]))
    for _time in range(2):
        post(window, "step_add", theory["impact"], text="Third", submission=page.context["submission"])
    assert Step.objects.filter(level="outcome").count() == 3


def test_steps_move_up_and_down_and_their_numbers_follow(window, in_agreement, theory):
    post(window, "step_move", theory["safety"], direction="up")
    assert labels(in_agreement)[1:3] == ["Outcome 1 Safer migration", "Activity 1.1 Training before departure"]
    post(window, "step_move", theory["safety"], direction="up")  # it is the first already
    assert labels(in_agreement)[1] == "Outcome 1 Safer migration"
    post(window, "step_move", theory["safety"], direction="down")
    assert labels(in_agreement)[1] == "Outcome 1 Access to justice"


def test_a_direction_that_is_none_is_refused(window, theory):
    assert post(window, "step_move", theory["safety"], direction="sideways").status_code == 400


def test_a_step_can_contribute_to_another_step(window, in_agreement, theory):
    page = window.get(reverse("results:step_edit", args=[theory["output"].uid]))
    assert [label.split(":")[0] for _uid, label in page.context["form"].fields["parent"].choices] == [
        "Outcome 1", "Outcome 2",
    ]  # fmt: skip
    answer = post(window, "step_edit", theory["output"], text="Moved", parent=theory["safety"].uid, version=1)
    assert answer.status_code == 302
    assert labels(in_agreement)[-2:] == ["Output 2.2 Moved", "Activity 2.2.1 Legal assistance"]


def test_a_step_cannot_contribute_to_a_step_of_the_wrong_level_or_of_another_agreement(
    window, theory, centre_a, in_agreement
):
    other = make_agreement("MOU-2026-09", centre_a)
    with agreement_scope([other]):
        elsewhere = make_step(other, "outcome", parent=make_step(other, "impact"))
    for parent in (theory["activity"], theory["impact"], theory["output"], elsewhere):
        page = post(window, "step_edit", theory["output"], text="Moved", parent=parent.uid, version=1)
        assert page.status_code == 422 and "parent" in page.context["form"].errors


@pytest.mark.parametrize("parent", ["justice", "safety", "output", "activity"])
def test_the_record_itself_refuses_a_wrong_level_so_that_there_is_never_a_circle(theory, parent):
    step = Step.objects.get(pk=theory["justice"].pk)
    step.full_clean()
    step.parent = theory[parent]
    with pytest.raises(ValidationError, match="cannot hang directly below"):
        step.full_clean()


def test_the_record_itself_refuses_a_parent_of_another_agreement(theory, centre_a, in_agreement):
    other = make_agreement("MOU-2026-09", centre_a)
    with agreement_scope([other, in_agreement]):
        step = Step(agreement=in_agreement, level="outcome", text="X", parent=make_step(other, "impact"))
        with pytest.raises(ValidationError, match="another agreement"):
            step.full_clean()
        with pytest.raises(OutsideScope):
            step.save()


def test_a_step_that_nothing_hangs_on_is_deleted_after_a_question(window, theory):
    address = reverse("results:step_delete", args=[theory["activity"].uid])
    assert "Delete this step of the theory of change?" in window.get(address).content.decode()
    assert Step.objects.filter(pk=theory["activity"].pk).exists()
    assert window.post(address).status_code == 302
    assert not Step.objects.filter(pk=theory["activity"].pk).exists()


@pytest.mark.parametrize("what", ["step", "indicator", "assumption", "text"])
def test_a_step_that_something_hangs_on_stays_and_the_page_says_what(window, in_agreement, theory, what):
    step = theory["activity"] if what != "step" else theory["output"]
    if what == "indicator":
        make_indicator(step)
    elif what == "assumption":
        Assumption.objects.create(step=step, text="Employers answer", risk="high")
    elif what == "text":
        report = make_report(in_agreement)
        ReportText.objects.create(report=report, key=f"step:{step.uid}:progress", text="Done")
    sentence = {
        "step": "Other steps hang below it.",
        "indicator": "Indicators test it.",
        "assumption": "Assumptions are written for it.",
        "text": "Progress is written for it in a report.",
    }[what]
    address = reverse("results:step_delete", args=[step.uid])
    assert sentence in window.get(address).content.decode()
    page = window.post(address)
    assert page.status_code == 409 and sentence in page.content.decode()
    assert Step.objects.filter(pk=step.pk).exists()


def test_assumptions_stand_at_their_step_and_the_riskiest_first(window, in_agreement, theory):
    for name, risk in (("output", "low"), ("safety", "high"), ("justice", "medium")):
        post(window, "assumption_add", theory[name], text=f"Assumption of {name}", risk=risk, response="We watch it")
    page = window.get(reverse("results:theory", args=[in_agreement.uid]))
    assert [one.risk for one in page.context["assumptions"]] == ["high", "medium", "low"]
    assert [one.step.label for one in page.context["assumptions"]] == ["Outcome 2", "Outcome 1", "Output 1.1"]
    assert page.content.decode().count("Assumption of safety") == 2  # in the diagram and in the list


def test_an_assumption_needs_its_risk(window, theory):
    page = post(window, "assumption_add", theory["output"], text="Somebody listens")
    assert page.status_code == 422 and "Risk" in str(page.context["form"].errors["risk"])


def test_an_assumption_is_edited_and_deleted(window, theory):
    post(window, "assumption_add", theory["output"], text="Old", risk="high")
    assumption = Assumption.objects.get()
    post(window, "assumption_edit", assumption, text="New", risk="low", version=1)
    assert (Assumption.objects.get().text, Assumption.objects.get().risk) == ("New", "low")
    post(window, "assumption_delete", assumption)
    assert not Assumption.objects.exists()


def test_two_people_editing_a_step_lose_nothing(window, theory):
    post(window, "step_edit", theory["impact"], text="First", version=1)
    page = post(window, "step_edit", theory["impact"], text="Second", version=1)
    assert page.status_code == 409
    assert Step.objects.get(pk=theory["impact"].pk).text == "First"
    assert "Second" in page.content.decode()


def test_a_programme_officer_reads_and_changes_nothing(sign_in, programme_officer, in_agreement, theory):
    window = sign_in(programme_officer)
    page = window.get(reverse("results:theory", args=[in_agreement.uid])).content.decode()
    assert "Access to justice" in page and "Add below" not in page and "/edit/" not in page
    assert post(window, "step_add", theory["impact"], text="X").status_code == 403
    assert post(window, "step_delete", theory["activity"]).status_code == 403


def test_an_agreement_with_a_centre_of_somebody_else_does_not_exist(window, in_agreement, theory, centre_b):
    in_agreement.centres.add(centre_b)
    assert window.get(reverse("results:theory", args=[in_agreement.uid])).status_code == 404
    assert window.get(reverse("results:step_edit", args=[theory["output"].uid])).status_code == 404


def test_the_page_asks_no_more_for_more_steps(window, in_agreement, theory):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            window.get(reverse("results:theory", args=[in_agreement.uid]))
        return len(captured)

    queries()
    few = queries()
    for place in range(12):
        step = make_step(in_agreement, "activity", parent=theory["output"], position=place)
        make_indicator(step)
        Assumption.objects.create(step=step, text="A", risk="low")
    assert queries() == few and Indicator.objects.count() == 12
