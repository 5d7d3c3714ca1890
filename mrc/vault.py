"""Encryption of what names a person, and the keyed hashes by which it is found.

Nothing else in the code base encrypts, decrypts or hashes. Keys come from ``MRC_VAULT_KEYS`` (Fernet keys,
newest first) and are held outside the database: a copy of the database alone names nobody.
"""

import hashlib
import hmac
from datetime import date
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models

PREFIX = "v1:"


class VaultError(RuntimeError):
    """A stored value cannot be opened with the keys at hand. Nothing is shown and nothing is overwritten."""


@lru_cache(maxsize=4)
def _fernet(keys):
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "MRC_VAULT_KEYS must be Fernet keys (32 bytes, url-safe base64) separated by commas, newest first."
        ) from error


@lru_cache(maxsize=4)
def _hash_keys(keys):
    """One hashing key for each vault key; derived, so that a hash never helps to decrypt."""
    return tuple(HKDF(SHA256(), 32, None, b"mrc search hash").derive(key.encode()) for key in keys)


def seal(text):
    """Encrypt a text with the newest key. Empty stays empty."""
    return PREFIX + _fernet(tuple(settings.MRC_VAULT_KEYS)).encrypt(text.encode()).decode() if text else ""


def unseal(stored, where="value"):
    """Decrypt. Raises VaultError for plain text found in an encrypted column and for a key that is missing."""
    if not stored:
        return ""
    if not stored.startswith(PREFIX):
        raise VaultError(f"{where} holds text that is not encrypted.")
    try:
        return _fernet(tuple(settings.MRC_VAULT_KEYS)).decrypt(stored[len(PREFIX) :].encode()).decode()
    except InvalidToken as error:
        raise VaultError(f"{where}: no key in MRC_VAULT_KEYS opens this value.") from error


def reseal(stored):
    """The same value encrypted with the newest key, without showing it."""
    return seal(unseal(stored))


def is_newest(stored):
    """Whether a stored text or file is empty or encrypted with the newest key, so that older keys are not needed."""
    if not stored:
        return True
    token = stored[len(PREFIX) :].encode() if isinstance(stored, str) else bytes(stored)
    try:
        _fernet(tuple(settings.MRC_VAULT_KEYS[:1])).decrypt(token)
    except InvalidToken:
        return False
    return True


def seal_bytes(content):
    return _fernet(tuple(settings.MRC_VAULT_KEYS)).encrypt(content)


def unseal_bytes(stored):
    try:
        return _fernet(tuple(settings.MRC_VAULT_KEYS)).decrypt(bytes(stored))
    except InvalidToken as error:
        raise VaultError("No key in MRC_VAULT_KEYS opens this file.") from error


def _digest(key, purpose, centre_id, text):
    message = f"{purpose}\0{centre_id}\0{text}".encode()
    return int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:8], "big", signed=True)


def fingerprint(text):
    """SHA-256 of a text, as 64 hexadecimal digits: shows that it was not changed, and hides nothing."""
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint_of_file(path):
    """SHA-256 of what is in a file, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=4)
def _signing_keys(keys):
    """{name of a key: the key that signs}, newest first; neither helps to decrypt."""
    return {
        HKDF(SHA256(), 4, None, b"mrc name of signing key").derive(key.encode()).hex(): HKDF(
            SHA256(), 32, None, b"mrc signature"
        ).derive(key.encode())
        for key in keys
    }


def sign(purpose, text):
    """Signature of a text with the newest key: ``<name of the key>:<HMAC-SHA256>``. Nobody makes it without the key."""
    return _sign(next(iter(_signing_keys(tuple(settings.MRC_VAULT_KEYS)))), purpose, text)


def _sign(name, purpose, text):
    key = _signing_keys(tuple(settings.MRC_VAULT_KEYS))[name]
    message = f"{purpose}\0{text}".encode()
    return f"{name}:{hmac.new(key, message, hashlib.sha256).hexdigest()}"


def is_signed(purpose, text, signature):
    """Whether the signature is ours and of this text; None where the key that made it is not at hand."""
    name = signature.partition(":")[0]
    if name not in _signing_keys(tuple(settings.MRC_VAULT_KEYS)):
        return None
    return hmac.compare_digest(_sign(name, purpose, text), signature)


def search_hash(purpose, centre_id, text):
    """Keyed hash (signed 64 bit) of a normalised text, with the newest key. Differs from centre to centre."""
    return _digest(_hash_keys(tuple(settings.MRC_VAULT_KEYS))[0], purpose, centre_id, text)


def search_hashes(purpose, centre_ids, texts):
    """The hashes under which any of the texts may be stored in any of the centres, with any key still in use."""
    return [
        _digest(key, purpose, centre_id, text)
        for key in _hash_keys(tuple(settings.MRC_VAULT_KEYS))
        for centre_id in centre_ids
        for text in texts
    ]


class IsRecorded(models.Lookup):
    """``field__isrecorded=True``: something is stored, whatever it says. The only look-up of an encrypted column."""

    lookup_name = "isrecorded"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, params = compiler.compile(self.lhs)
        return f"{column} {'<>' if self.rhs else '='} ''", params


class EncryptedField(models.Field):
    """What all encrypted columns share: text in the database, and no look-up but ``isrecorded``."""

    def get_internal_type(self):
        return "TextField"

    def db_parameters(self, connection):
        return {"type": self.db_type(connection), "check": None}

    def get_prep_value(self, value):
        return "" if value in (None, "") else seal(self.to_text(value))

    def get_db_prep_value(self, value, connection, prepared=False):
        return value if prepared else self.get_prep_value(value)

    def from_db_value(self, value, expression, connection):
        return self.from_text(unseal(value, f"{self.model._meta.label}.{self.name}") if value else "")

    def get_lookup(self, lookup_name):
        if lookup_name == IsRecorded.lookup_name:
            return IsRecorded
        raise FieldError(f"{self.name} is encrypted: look it up through its search hash.")

    get_transform = get_lookup


class EncryptedTextField(EncryptedField, models.TextField):
    """Encrypted text. ``max_length`` counts characters before encryption; ``lines`` sets the size of the widget."""

    def __init__(self, *args, lines=1, **kwargs):
        self.lines = lines
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        kwargs.setdefault("max_length", 200)
        super().__init__(*args, **kwargs)

    def to_text(self, value):
        return str(value)

    def from_text(self, text):
        return text

    def formfield(self, **kwargs):
        from django import forms

        widget = forms.TextInput() if self.lines == 1 else forms.Textarea(attrs={"rows": self.lines})
        return super().formfield(**{"max_length": self.max_length, "widget": widget, **kwargs})


class EncryptedDateField(EncryptedField, models.DateField):
    """Encrypted date; ``None`` when not recorded."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("null", True)
        super().__init__(*args, **kwargs)

    def to_text(self, value):
        return self.to_python(value).isoformat()

    def from_text(self, text):
        return date.fromisoformat(text) if text else None
