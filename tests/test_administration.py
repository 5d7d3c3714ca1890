"""What administrators do in the admin, what they cannot do there, and that no client data is in it."""

import lxml.html
import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from mrc.access import Owned
from mrc.audit import AuditEvent
from mrc.models import Centre, Organization, User
from reports.models import Agreement
from tests.conftest import PASSWORD

TOO_LARGE = ["9223372036854775808", "-9223372036854775809", "9" * 5000, "٩" * 30]
NEW_PASSWORD = "seventeen loud lakes"


@pytest.fixture
def desk(administrator, sign_in):
    return sign_in(administrator)


@pytest.fixture
def superuser(db):
    return User.objects.create_superuser("installation@example.org", PASSWORD)


def account(**changes):
    return {
        "email": "new.person@example.org",
        "name": "New Person",
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
        "role": "staff",
        **changes,
    }


def change_of(user, **changes):
    form = {
        "email": user.email,
        "name": user.name,
        "role": next(iter(user.role_names), ""),
        "centres": [centre.pk for centre in user.centres.all()],
        "is_active": "on",
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def page(user):
    return reverse("admin:mrc_user_change", args=[user.pk])


def errors_of(response):
    assert response.status_code == 200, response
    return response.context["adminform"].form.errors


# --- no client data ------------------------------------------------------------------------------------------------


def test_no_model_of_a_centre_is_in_the_admin():
    assert [model for model in admin.site._registry if issubclass(model, Owned)] == []
    assert {model._meta.label for model in admin.site._registry} == {
        "mrc.Organization",
        "mrc.Centre",
        "mrc.User",
        "mrc.AuditEvent",
        "reports.Agreement",
    }


def test_the_admin_does_not_lead_from_a_number_to_a_record(desk):
    urls = {pattern.name for pattern in admin.site.get_urls() if hasattr(pattern, "name")}
    assert not urls & {"view_on_site", "autocomplete"}
    assert desk.get("/admin/r/1/1/").status_code == 404


def test_only_administrators_open_the_admin(staff, coordinator, programme_officer, administrator, superuser, sign_in):
    for user, status in {
        staff: 403,
        coordinator: 403,
        programme_officer: 403,
        administrator: 200,
        superuser: 200,
    }.items():
        assert sign_in(user).get("/admin/", follow=True).status_code == status, user


def test_the_admin_has_no_sign_in_page_of_its_own(client, db):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/sign-in/?next=/admin/"


def test_a_superuser_without_the_role_of_a_centre_sees_no_record_of_any_centre(superuser, centre_a, sign_in):
    from mrc.access import record_centre_ids

    superuser.centres.add(centre_a)
    assert record_centre_ids(superuser) == []


# --- organizations and centres ---------------------------------------------------------------------------------------


def test_adding_an_organization_and_a_centre(desk):
    desk.post("/admin/mrc/organization/add/", {"name": "  Made-up Network ", "kind": "civil_society"})
    organization = Organization.objects.get(name="Made-up Network")
    form = {
        "code": "vte",
        "name": "Vientiane",
        "organization": organization.pk,
        "country": "LA",
        "currency": "",
        "calendar": "gregorian",
        "months_kept": "12",
        "is_active": "on",
    }
    response = desk.post("/admin/mrc/centre/add/", form)
    assert response.status_code == 302, errors_of(response)
    centre = Centre.objects.get(code="VTE")
    assert centre.currency == "LAK"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "9"}, "code"),
        ({"code": "PNH"}, "code"),
        ({"country": "XX"}, "country"),
        ({"currency": "XYZ"}, "currency"),
        ({"calendar": "lunar"}, "calendar"),
        ({"name": "Bell\x07"}, "name"),
        ({"organization": "999999"}, "organization"),
    ],
)
def test_a_centre_that_cannot_be_is_refused(desk, centre_a, changes, field):
    form = {
        "code": "VTE",
        "name": "Vientiane",
        "organization": centre_a.organization_id,
        "country": "LA",
        "calendar": "gregorian",
        "months_kept": "12",
        **changes,
    }
    assert list(errors_of(desk.post("/admin/mrc/centre/add/", form))) == [field]
    assert Centre.objects.count() == 1


def test_the_code_of_a_centre_stays_and_a_centre_is_switched_off_and_not_deleted(desk, centre_a):
    form = {
        "code": "XXX",
        "name": "Phnom Penh MRC",
        "organization": centre_a.organization_id,
        "country": "KH",
        "currency": "USD",
        "calendar": "gregorian",
        "months_kept": "12",
    }
    desk.post(f"/admin/mrc/centre/{centre_a.pk}/change/", form)
    centre_a.refresh_from_db()
    assert (centre_a.code, centre_a.name, centre_a.is_active) == ("PNH", "Phnom Penh MRC", False)
    assert desk.post(f"/admin/mrc/centre/{centre_a.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Centre.objects.filter(pk=centre_a.pk).exists()


def test_an_organization_that_has_centres_cannot_be_deleted(desk, centre_a):
    desk.post(f"/admin/mrc/organization/{centre_a.organization_id}/delete/", {"post": "yes"})
    assert Organization.objects.filter(pk=centre_a.organization_id).exists()
    unused = Organization.objects.create(name="Unused")
    desk.post(f"/admin/mrc/organization/{unused.pk}/delete/", {"post": "yes"})
    assert not Organization.objects.filter(pk=unused.pk).exists()


@pytest.mark.parametrize("chosen", ["inf", "-1", "9" * 30, "own"])
def test_nothing_is_deleted_from_a_list(desk, chosen):
    unused = Organization.objects.create(name="Unused")
    form = {"action": "delete_selected", "_selected_action": [unused.pk if chosen == "own" else chosen], "post": "yes"}
    assert desk.post("/admin/mrc/organization/", form).status_code == 200
    assert Organization.objects.filter(pk=unused.pk).exists()


# --- accounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["staff", "legal_officer", "coordinator", "programme_officer", "administrator"])
def test_adding_an_account_with_its_one_role(desk, centre_a, client, role):
    centres = [] if role == "administrator" else [centre_a.pk]
    response = desk.post("/admin/mrc/user/add/", account(role=role, centres=centres, email="New.Person@Example.org"))
    assert response.status_code == 302, errors_of(response)
    user = User.objects.get(email="new.person@example.org")
    assert user.role_names == {role}
    assert (user.is_staff, user.is_superuser) == (role == "administrator", False)
    assert {centre.pk for centre in user.centres.all()} == set(centres)
    credentials = {"username": "new.person@example.org", "password": NEW_PASSWORD}
    assert client.post("/sign-in/", credentials).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "no e-mail"}, "email"),
        ({"email": "ADMINISTRATOR@example.org"}, "email"),
        ({"password1": "short", "password2": "short"}, "password2"),
        ({"password2": "something else entirely"}, "password2"),
        ({"role": "boss"}, "role"),
        ({"role": ""}, "role"),
        ({"centres": []}, "centres"),
        ({"role": "programme_officer", "centres": []}, "centres"),
        ({"name": "Bell\x07"}, "name"),
        *(({"centres": [number]}, "centres") for number in TOO_LARGE),
    ],
)
def test_an_account_that_cannot_be_is_refused(desk, administrator, centre_a, changes, field):
    response = desk.post("/admin/mrc/user/add/", account(**{"centres": [centre_a.pk], **changes}))
    assert list(errors_of(response)) == [field]
    assert list(User.objects.all()) == [administrator]


def test_nobody_becomes_a_superuser_in_the_admin(desk, superuser, sign_in, staff):
    powers = {"is_superuser": "on", "is_staff": "on", "user_permissions": ["1", "2"], "groups": ["1", "5"]}
    for editor in (desk, sign_in(superuser)):
        assert editor.post(page(staff), change_of(staff, **powers)).status_code == 302
        changed = User.objects.get(pk=staff.pk)
        assert (changed.is_superuser, changed.is_staff) == (False, False)
        assert changed.role_names == {"staff"}
        assert not changed.user_permissions.exists()


def test_a_change_of_role_opens_and_closes_the_admin(desk, staff):
    desk.post(page(staff), change_of(staff, role="administrator"))
    assert (User.objects.get(pk=staff.pk).is_staff, User.objects.get(pk=staff.pk).role_names) == (
        True,
        {"administrator"},
    )
    desk.post(page(staff), change_of(staff, role="coordinator"))
    changed = User.objects.get(pk=staff.pk)
    assert (changed.is_staff, changed.role_names) == (False, {"coordinator"})


def test_an_account_is_switched_off_which_ends_its_sessions_and_never_deleted(desk, staff, sign_in):
    session = sign_in(staff)
    assert desk.post(f"/admin/mrc/user/{staff.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.post("/admin/mrc/user/", {"action": "delete_selected", "_selected_action": [staff.pk]}).status_code
    assert User.objects.filter(pk=staff.pk).exists()
    assert session.get("/").status_code == 200
    assert desk.post(page(staff), change_of(staff, is_active=None, centres=[])).status_code == 302
    assert session.get("/").status_code == 302


def test_an_administrator_cannot_lock_the_door_behind_them(desk, administrator, centre_a):
    off = desk.post(page(administrator), change_of(administrator, is_active=None))
    assert list(errors_of(off)) == ["is_active"]
    other = desk.post(page(administrator), change_of(administrator, role="staff", centres=[centre_a.pk]))
    assert list(errors_of(other)) == ["role"]
    renamed = desk.post(page(administrator), change_of(administrator, name="Another Name"))
    assert renamed.status_code == 302


def test_a_new_password_is_set_for_somebody_who_forgot_it(desk, staff, client):
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert desk.post(f"/admin/mrc/user/{staff.pk}/password/", form).status_code == 302
    assert client.post("/sign-in/", {"username": staff.email, "password": NEW_PASSWORD}).status_code == 302
    weak = {"password1": "short", "password2": "short", "usable_password": "true"}
    assert desk.post(f"/admin/mrc/user/{staff.pk}/password/", weak).status_code == 200


def test_an_administrator_cannot_take_over_the_account_of_the_installation(desk, superuser):
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert desk.post(f"/admin/mrc/user/{superuser.pk}/password/", form).status_code == 403
    assert desk.post(page(superuser), change_of(superuser, email="mine@example.org")).status_code == 403
    superuser.refresh_from_db()
    assert (superuser.email, superuser.check_password(PASSWORD)) == ("installation@example.org", True)


def test_the_list_of_accounts_says_role_and_centres_in_a_fixed_number_of_queries(
    desk, staff, legal_officer, centre_a, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        text = desk.get("/admin/mrc/user/").content.decode()
    assert "Legal officer" in text
    assert "PNH" in text
    for number in range(30):
        User.objects.create_user(f"more{number}@example.org").centres.add(centre_a)
    with django_assert_max_num_queries(14):
        desk.get("/admin/mrc/user/")
    assert [user.email for user in desk.get("/admin/mrc/user/?role=staff").context["cl"].result_list] == [staff.email]


def test_every_filter_beside_a_list_is_answered(desk, staff, agreement):
    for model in (User, Centre, Organization, Agreement, AuditEvent):
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = lxml.html.document_fromstring(desk.get(url).content)
        links = [link.get("href") for link in page.get_element_by_id("changelist-filter").iter("a")]
        assert len(links) > 2
        for link in links:
            assert desk.get(f"{url}{link}").status_code == 200, link


ASKED = [
    *(f"auditevent/?{name}={number}" for name in ("centre", "actor__id__exact") for number in TOO_LARGE),
    *(f"user/?centres__id__exact={number}" for number in TOO_LARGE),
    *(f"auditevent/?at__gte={day}" for day in ("99999-01-01", "tomorrow", "%00", "9" * 30)),
    "user/?role=nobody",
    "user/?is_active__exact=perhaps",
]


@pytest.mark.parametrize("address", ASKED)
def test_a_filter_that_cannot_be_read_is_answered(desk, address):
    assert desk.get(f"/admin/mrc/{address}", follow=True).status_code in {200, 400}


@pytest.mark.parametrize(
    "address",
    [
        "user/?second_factor_at__year=2026",
        "user/?password__startswith=a",
        "user/?name=Bell",
        "user/?centres=9223372036854775808",
        "user/?_to_field=%2B",
        "user/?_to_field=password",
        "auditevent/?actor=9223372036854775808",
        "auditevent/?actor__name__startswith=B",
        "auditevent/?at__year=99999999999999999999",
        "auditevent/?id__in=9223372036854775808",
        "auditevent/?detail__pk=1",
        "centre/?organization=9223372036854775808",
    ],
)
def test_a_list_is_not_asked_for_what_no_filter_beside_it_offers(desk, address):
    assert desk.get(f"/admin/mrc/{address}").status_code == 400
    assert desk.get("/admin/mrc/user/?is_active__exact=1&_to_field=id").status_code == 200


# --- the audit -------------------------------------------------------------------------------------------------------


def test_what_administrators_change_is_in_the_audit_without_a_value(desk, administrator, staff):
    desk.post(page(staff), change_of(staff, name="Another Name", role="legal_officer"))
    entry = AuditEvent.objects.filter(model="mrc.User").get()
    assert (entry.action, entry.actor, entry.channel) == ("change", administrator, "web")
    assert entry.detail == {"pk": staff.pk, "fields": ["name", "role"]}


def test_the_audit_is_read_and_never_written_in_the_admin(desk, superuser, sign_in, centre_a):
    entry = AuditEvent.objects.first()
    AuditEvent.objects.create(
        action="change", channel="web", model="clients.ClientCard", centre_id=centre_a.pk, detail={"fields": ["gender"]}
    )
    text = desk.get("/admin/mrc/auditevent/").content.decode()
    assert all(told in text for told in ("client card", "PNH", "fields: gender"))
    assert "Signed in" in desk.get("/admin/mrc/auditevent/?action__exact=sign_in").content.decode()
    assert f"{timezone.localtime(AuditEvent.objects.earliest('pk').at):%d/%m/%Y %H:%M:%S}" in text  # as everywhere
    for editor in (desk, sign_in(superuser)):
        assert editor.get("/admin/mrc/auditevent/").status_code == 200
        assert editor.get("/admin/mrc/auditevent/add/").status_code == 403
        assert editor.post(f"/admin/mrc/auditevent/{entry.pk}/change/", {"action": "view"}).status_code == 403
        assert editor.post(f"/admin/mrc/auditevent/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert AuditEvent.objects.filter(pk=entry.pk).exists()


def test_no_page_of_the_admin_has_a_script_or_a_style_in_it(desk, staff, agreement):
    urls = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}")
        for model in (User, Centre, Organization, Agreement)
        for name in ("changelist", "add")
    ]
    urls += ["/admin/", "/admin/mrc/", page(staff), f"/admin/mrc/user/{staff.pk}/password/", "/admin/mrc/auditevent/"]
    urls += [f"/admin/reports/agreement/{agreement.pk}/{name}/" for name in ("change", "delete", "history")]
    for url in urls:
        response = desk.get(url)
        assert response.status_code == 200, url
        text = response.content.decode()
        assert "'unsafe" not in response.headers["Content-Security-Policy"]
        assert " style=" not in text, url
        assert "onclick=" not in text, url
        assert "<style" not in text, url
        assert all("src=" in tag or "application/json" in tag for tag in text.split("<script")[1:]), url


def test_the_models_of_every_app_of_the_domain_are_known_to_the_check(settings):
    own = {config.label for config in apps.get_app_configs() if str(config.path).startswith(str(settings.BASE_DIR))}
    outside = str(settings.BASE_DIR / ".venv")
    own -= {config.label for config in apps.get_app_configs() if str(config.path).startswith(outside)}
    assert own == set(settings.DOMAIN_APPS)
