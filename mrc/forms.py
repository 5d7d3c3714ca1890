"""What all forms share: the sections of the paper form, safe text fields, the version and the submission token."""

import uuid

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Fieldset, Layout
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from mrc import vault
from mrc.fields import DayField, TextField

# What stands in a list where nothing is chosen: of an answer that is needed, and of one that may stay unknown.
CHOOSE = ("", _("Choose"))
NOT_RECORDED = ("", _("Not recorded"))


def form_field(db_field, **kwargs):
    """``formfield_callback`` of every model form: days and texts are read by the fields of mrc/fields.py, and a list
    says in words that nothing is chosen.
    """
    if isinstance(db_field, (models.DateField, vault.EncryptedDateField)):
        return db_field.formfield(form_class=DayField, **kwargs)
    if isinstance(db_field, vault.EncryptedTextField) or (
        isinstance(db_field, models.CharField) and not db_field.choices
    ):
        return db_field.formfield(form_class=TextField, **kwargs)
    if db_field.choices and (db_field.blank or not db_field.has_default()):
        kwargs["choices"] = [NOT_RECORDED if db_field.blank else CHOOSE, *db_field.choices]
    return db_field.formfield(**kwargs)


def show_refusal(form, error):
    """Show what a service refused at the fields that it is about; what this form does not ask for stands above it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, messages in error.message_dict.items():
        if name in form.fields or name == NON_FIELD_ERRORS:
            form.add_error(name if name in form.fields else None, messages)
        else:
            form.add_error(None, [f"{_label(form, name)}: {message}" for message in messages])


def _label(form, name):
    try:
        return capfirst(form._meta.model._meta.get_field(name).verbose_name)
    except (AttributeError, FieldDoesNotExist):  # no form of a model, or an answer that stands in another table
        return capfirst(name.replace("_", " "))


class Section:
    """A part of a paper form: its number and title there, and rows of fields (a tuple stands side by side)."""

    def __init__(self, title, *rows, intro=""):
        self.title, self.rows, self.intro = title, rows, intro

    def only(self, names):
        """The section without the fields that a form does not have; without rows if none is left."""
        rows = [tuple(n for n in row if n in names) if isinstance(row, tuple) else row for row in self.rows]
        kept = (row for row in rows if (row if isinstance(row, tuple) else row in names))
        return Section(self.title, *kept, intro=self.intro)

    def layout(self):
        rows = [
            Div(*(Div(name, css_class="col-md") for name in row), css_class="row g-3")
            if isinstance(row, tuple)
            else row
            for row in self.rows
        ]
        intro = [HTML(format_html('<p class="section-intro">{}</p>', self.intro))] if self.intro else []
        return Fieldset(self.title, *intro, *rows, css_class="paper-section")


class NamesMissingMixin:
    """Says which answer is missing, where Django only says that “this field” is. Every form has it."""

    def add_error(self, field, error):
        if getattr(error, "code", "") == "required" and error.message == forms.Field.default_error_messages["required"]:
            chosen = isinstance(self.fields[field], (forms.ChoiceField, forms.ModelChoiceField, forms.FileField))
            sentence = (
                _("“%(label)s” is required. Choose one.") if chosen else _("“%(label)s” is required. Fill it in.")
            )
            error = ValidationError(sentence, code="required", params={"label": capfirst(self[field].label)})
        super().add_error(field, error)


class SectionedFormMixin(NamesMissingMixin):
    """Lays the fields out in ``sections``, in the order of the paper form. The page brings buttons and form tag."""

    sections = ()

    @property
    def helper(self):
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.form_show_errors = True
        helper.error_text_inline = True
        helper.layout = Layout(*(section.layout() for section in self.get_sections()))
        helper.render_hidden_fields = True
        return helper

    def get_sections(self):
        return self.sections or [Section("", *self.fields)]


class SubmissionForm(forms.Form):
    """The token of a page on which something is entered: the same page sent twice saves once."""

    submission = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4
