"""The administration: organizations, centres, users and the audit. No model with data of clients is registered here."""

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from mrc import accounts, audit, second_factor
from mrc.access import ADMINISTRATOR, ROLES
from mrc.fields import RecordsField
from mrc.forms import form_field
from mrc.models import Centre, Organization, User


class OfferedAdmin(admin.ModelAdmin):
    """An address asks a list for what its filters offer, and for nothing else that the table holds; and nothing is done
    to several records at once.
    """

    actions = None

    def lookup_allowed(self, lookup, value, request=None):
        offered = self.get_list_filter(request)
        name, _separator, how = lookup.partition("__")
        if name in offered:
            return how in {"exact", "id__exact", "isnull", "gte", "lt"}
        return lookup in {getattr(one, "parameter_name", None) for one in offered}

    def to_field_allowed(self, request, to_field):
        return to_field == self.opts.pk.name


class AuditedAdmin(OfferedAdmin):
    """Writes additions, changes and deletions to the audit, in their transaction; which fields, never a value."""

    def log_addition(self, request, obj, message):
        audit.record(audit.AuditEvent.Action.CREATE, model=obj._meta.label, pk=obj.pk)
        return super().log_addition(request, obj, message)

    def construct_change_message(self, request, form, formsets, add=False):
        request.changed_fields = sorted(form.changed_data)
        return super().construct_change_message(request, form, formsets, add)

    def log_change(self, request, obj, message):
        audit.record(audit.AuditEvent.Action.CHANGE, model=obj._meta.label, pk=obj.pk, fields=request.changed_fields)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            audit.record(audit.AuditEvent.Action.DELETE, model=obj._meta.label, pk=obj.pk)
        return super().log_deletions(request, queryset)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Read by the same fields as everywhere else: texts without control characters, keys that can be keys."""
        if db_field.get_internal_type() == "CharField" and not db_field.choices:
            return form_field(db_field, **{"widget": AdminTextInputWidget, **kwargs})
        if db_field.many_to_many:
            kwargs["form_class"] = RecordsField
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Organization)
class OrganizationAdmin(AuditedAdmin):
    list_display = ["name", "kind"]
    list_filter = ["kind"]


class CentreForm(forms.ModelForm):
    """The currency may be left out for a new centre: the one of the country is taken."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["currency"].required = False
            self.fields["currency"].initial = None
            self.fields["currency"].choices = [("", _("The currency of the country")), *self.fields["currency"].choices]

    def clean_code(self):
        return self.cleaned_data["code"].upper()

    def clean_currency(self):
        return self.cleaned_data["currency"] or accounts.usual_currency(self.cleaned_data.get("country") or "")


@admin.register(Centre)
class CentreAdmin(AuditedAdmin):
    form = CentreForm
    fields = ["code", "name", "organization", "country", "place", "currency", "calendar", "months_kept", "is_active"]
    list_display = ["code", "name", "organization", "country", "currency", "calendar", "is_active"]
    list_filter = ["is_active", "organization", "country"]
    list_select_related = ["organization"]
    radio_fields = {"calendar": admin.HORIZONTAL}

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []  # it is part of reference numbers that are already on paper

    def has_delete_permission(self, request, obj=None):
        return False  # its records would be listed on the page that asks; a centre is switched off


class AccountForm(forms.ModelForm):
    """What adding and changing an account share: one role, and the centres that the role needs."""

    role = forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()), widget=forms.RadioSelect)
    editor = None  # the user who fills in the form; the admin sets it

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["role"].initial = next(iter(self.instance.role_names & set(ROLES)), None)
            self.fields["role"].required = not self.instance.is_superuser

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.exclude(pk=self.instance.pk).filter(email=email).exists():
            raise ValidationError(_("There is a user with this e-mail."))
        return email

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        role, is_active = cleaned.get("role"), cleaned.get("is_active", True)
        if self.instance.pk and self.instance == self.editor:
            if not is_active:
                raise ValidationError({"is_active": _("You cannot switch off your own account. Ask a colleague.")})
            if role != ADMINISTRATOR and "role" in self.changed_data:
                raise ValidationError({"role": _("You cannot give up your own role. Ask a colleague.")})
        if is_active and "centres" in cleaned:
            accounts.require_centres(role, cleaned["centres"])
        return cleaned


class AccountAddForm(AccountForm, BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "name", "centres"]


class AccountChangeForm(AccountForm, UserChangeForm):
    remove_second_factor = forms.BooleanField(
        label=_("Remove the second factor"),
        required=False,
        help_text=_(
            "For a lost phone, after you made sure who asks. The recovery codes go too and the person is signed out; "
            "the passphrase stays."
        ),
    )

    class Meta:
        model = User
        fields = ["email", "password", "name", "centres", "is_active"]

    def clean_remove_second_factor(self):
        is_wanted = self.cleaned_data["remove_second_factor"]
        if is_wanted and self.instance == self.editor:
            raise ValidationError(_("You cannot remove your own. Set up another phone on the page “Second factor”."))
        return is_wanted


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request, model_admin):
        return list(ROLES.items())

    def queryset(self, request, queryset):
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(User)
class UserAdmin(AuditedAdmin, DjangoUserAdmin):
    form = AccountChangeForm
    add_form = AccountAddForm
    add_form_template = None
    add_fieldsets = [
        (None, {"fields": ["email", "name", "password1", "password2"]}),
        (_("Role and centres"), {"fields": ["role", "centres"]}),
    ]
    fieldsets = [
        (None, {"fields": ["email", "name", "password", "is_active"]}),
        (_("Role and centres"), {"fields": ["role", "centres"]}),
        (_("Second factor"), {"fields": ["second_factor_at", "remove_second_factor"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined", "second_factor_at"]
    filter_horizontal = ["centres"]
    list_display = ["email", "name", "role", "centre_codes", "is_active", "has_second_factor", "last_login"]
    list_filter = [RoleFilter, "centres", "is_active"]
    # No search box: what one types there would stand in the address and in the server's log.
    search_fields = []
    list_per_page = 200
    ordering = ["email"]

    @admin.display(description=_("role"))
    def role(self, user):
        roles = [str(ROLES[group.name]) for group in user.groups.all() if group.name in ROLES]
        return ", ".join([*roles, str(_("installation"))] if user.is_superuser else roles)

    @admin.display(description=_("app"), boolean=True)
    def has_second_factor(self, user):
        return user.second_factor_at is not None

    @admin.display(description=_("centres"))
    def centre_codes(self, user):
        return ", ".join(centre.code for centre in user.centres.all())

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups", "centres")

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.editor = request.user
        return form

    def has_change_permission(self, request, obj=None):
        """An administrator cannot take over the account of the installation by giving it a new password."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False  # what somebody entered keeps their name; an account is switched off

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.cleaned_data["role"]:
            accounts.give_role(form.instance, form.cleaned_data["role"])
        if form.cleaned_data.get("remove_second_factor") and form.instance.second_factor_at:
            second_factor.remove(form.instance)


class CentreFilter(admin.SimpleListFilter):
    title = _("centre")
    parameter_name = "centre"

    def lookups(self, request, model_admin):
        return [(str(centre.pk), str(centre)) for centre in Centre.objects.all()]

    def queryset(self, request, queryset):
        return queryset.filter(centre_id=self.value()) if (self.value() or "").isdecimal() else queryset


@admin.register(audit.AuditEvent)
class AuditEventAdmin(OfferedAdmin):
    """Who did what and when. The entries hold no value, so that nothing of a client is shown here."""

    list_display = ["at", "actor", "action", "kind", "centre", "channel", "told"]
    list_display_links = None
    list_filter = ["action", CentreFilter, "at", "actor"]
    list_select_related = ["actor"]
    ordering = ["-pk"]
    show_full_result_count = False

    @admin.display(description=_("kind of record"))
    def kind(self, entry):
        names = {model._meta.label: model._meta.verbose_name for model in apps.get_models()}
        return names.get(entry.model, entry.model)

    @admin.display(description=_("centre"))
    def centre(self, entry):
        return entry.centre_code

    @admin.display(description=_("detail"))
    def told(self, entry):
        """Names of fields, counts and codes, as words."""
        texts = {
            name: ", ".join(map(str, told)) if isinstance(told, list) else told for name, told in entry.detail.items()
        }
        return "; ".join(f"{name}: {text}" for name, text in texts.items())

    def get_queryset(self, request):
        code = Centre.objects.filter(pk=OuterRef("centre_id")).values("code")
        return super().get_queryset(request).annotate(centre_code=Subquery(code))

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


admin.site.unregister(Group)  # what a role may do is written in the program, not on a page
