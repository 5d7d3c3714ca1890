"""What is typed on the pages of legal cases, and what a browser would send back from them."""

NEW = "/cases/new/"

COMPLAINT = {
    "gender": "woman",
    "nationality": "Cambodia",
    "destination_country": "TH",
    "sector": "fishing",
    "legal_status": "irregular",
    "source": "migrant_worker",
    "subjects": ["wages_withheld", "no_rest_day"],
    "opened_on": "01/06/2026",
}
CLOSING = {
    "closed_on": "15/08/2026",
    "resolution": "informal",
    "remedies": ["compensation"],
    "sanction": "none",
}
GROUP = {
    "title": "Unpaid wages, garment factory",
    "women": "2",
    "men": "1",
    **{name: value for name, value in COMPLAINT.items() if name != "gender"},
}


def answers_of(page):
    """What a browser would send back from a page with a form, unchanged."""
    assert page.status_code == 200
    form = page.context["form"]
    answers = {name: page.context[name] for name in ("version", "submission") if page.context.get(name)}
    for name, field in form.fields.items():
        value = form[name].value()
        if value not in (None, "", False):
            answers[name] = field.prepare_value(value)
    return answers


def errors(page):
    """The fields that a page refuses; everything typed is still there."""
    assert page.status_code == 422, page.status_code
    return set(page.context["form"].errors)
