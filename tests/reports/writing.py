"""Writing and submitting a progress report through its pages, as the tests do it."""

import lxml.html
from django.urls import reverse

NEEDED = ("summary", "gaps", "emerging_issues")
CASE_STUDY = {
    "result": "did_not_work",
    "title": "Night classes",
    "summary": "Classes after work, to inform women in factories.",
    "impact": "Few came: the gates close at eight.",
    "learning": "Ask first when people are free.",
    "women": "4",
    "men": "1",
    "other": "0",
}


def page(response):
    assert response.status_code == 200, response.status_code
    return lxml.html.document_fromstring(response.content.decode())


def write(browser, report, key, text, version=0, **headers):
    url = reverse("reports:text_save", args=[report.uid, key])
    return browser.post(url, {"text": text, "version": version}, headers={"hx-request": "true", **headers})


def write_what_is_needed(browser, report):
    for key in NEEDED:
        assert write(browser, report, key, f"What is to be said about {key}.").status_code == 200
    url = reverse("reports:case_study_new", args=[report.uid])
    answers = {**CASE_STUDY, "centre": report.agreement.centres.get().pk}
    assert browser.post(url, answers).status_code == 302


def submit(browser, report):
    return browser.post(reverse("reports:report_submit", args=[report.uid]))
