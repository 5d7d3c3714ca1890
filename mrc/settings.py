"""Settings, every one from the environment; nonsense stops the start with a sentence."""

import sys
from pathlib import Path

import environ
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from mrc import databases

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))  # the environment itself goes before it

EXAMPLE_SECRET_KEY = "example-secret-key-for-development-only-0123456789-abcdefghij"
EXAMPLE_VAULT_KEY = "ZXhhbXBsZS12YXVsdC1rZXktZm9yLWRldi1vbmx5ISE="


def secret(name, example):
    """A secret of the environment. Only with DEBUG may it be missing or be the example."""
    value = env.str(name, default="").strip()
    if DEBUG:
        return value or example
    if not value.strip(" ,"):
        raise ImproperlyConfigured(f"{name} is not set. Put it into the environment or into .env (see README).")
    if example in value:
        raise ImproperlyConfigured(
            f"{name} is still the example from the source code. Make one of your own (see README)."
        )
    return value


def check_secret_key(key):
    if not DEBUG and (len(key) < 50 or len(set(key)) < 12 or key.startswith("django-insecure-")):
        raise ImproperlyConfigured("SECRET_KEY can be guessed. Make one of at least 50 random characters (see README).")


def check_keys(keys):
    """Fails at the start, and not when the first record is opened."""
    try:
        for key in keys:
            Fernet(key)
            if len(set(key)) < 12:
                raise ImproperlyConfigured("MRC_VAULT_KEYS holds a key that can be guessed. Make a new one (README).")
    except ValueError:
        raise ImproperlyConfigured(
            "MRC_VAULT_KEYS must be Fernet keys (32 bytes, url-safe base64) separated by commas, newest first."
        ) from None


ROLES_THAT_MAY_NEED_A_SECOND_FACTOR = {"staff", "legal_officer", "coordinator", "programme_officer", "administrator"}


def roles_with_second_factor():
    """The roles that must have a second factor: those that are named, all or none."""
    named = {name.strip() for name in env.str("SECOND_FACTOR", default=SECOND_FACTOR_DEFAULT).split(",")}
    if named == {"all"}:
        return ROLES_THAT_MAY_NEED_A_SECOND_FACTOR
    if named == {"none"}:
        return set()
    if unknown := named - ROLES_THAT_MAY_NEED_A_SECOND_FACTOR:
        raise ImproperlyConfigured(
            f"SECOND_FACTOR names {', '.join(sorted(unknown)) or 'nothing'}. Write all, none, or some of these, with "
            f"commas: {', '.join(sorted(ROLES_THAT_MAY_NEED_A_SECOND_FACTOR))}."
        )
    return named


def page_to_leave_to():
    """Where the quick exit leads."""
    address = env.str("QUICK_EXIT_URL", default="https://www.google.com/search?q=weather").strip()
    if not address.startswith("https://"):
        raise ImproperlyConfigured("QUICK_EXIT_URL must begin with https://, for example https://www.wikipedia.org/.")
    return address


def hosts():
    """The names under which the program is reached."""
    names = [name.strip() for name in env.list("ALLOWED_HOSTS", default=[]) if name.strip()]
    if DEBUG:
        return names or ["127.0.0.1", "localhost"]
    if not names:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is not set. Name the hosts, for example mrc.example.org (see README)."
        )
    if "*" in names:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts, for example mrc.example.org; * is every host.")
    return names


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY", EXAMPLE_SECRET_KEY)
check_secret_key(SECRET_KEY)
# Fernet keys, newest first: the first one writes, all of them read. See mrc/vault.py.
MRC_VAULT_KEYS = [key.strip() for key in secret("MRC_VAULT_KEYS", EXAMPLE_VAULT_KEY).split(",") if key.strip()]
check_keys(MRC_VAULT_KEYS)
ALLOWED_HOSTS = hosts()
HTTPS = env.bool("HTTPS", default=not DEBUG)
# What stands on the tab and in the history of the browser, and in the authenticator app: nothing that tells others.
SITE_TITLE = env.str("SITE_TITLE", default="Workspace").strip() or "Workspace"
QUICK_EXIT_URL = page_to_leave_to()

VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'mrc.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A transaction takes the write lock when it begins, so that two writers wait instead of failing;
    # synchronous=FULL: what was acknowledged survives a power cut. secure_delete: what is deleted is overwritten.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"]["ENGINE"] = "mrc.postgresql"  # the second wall, mrc/wall.py
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Public keys (age1...) of those who can open a backup; see mrc/backup.py.
MRC_BACKUP_RECIPIENTS = env.list("MRC_BACKUP_RECIPIENTS", default=[])
# The ledger of erasures, outside the database: see mrc/erasures.py.
MRC_ERASURES = env.str("MRC_ERASURES", default=str(VAR_DIR / "erasures.log"))
# PostgreSQL: who makes backups, where it is not the user of DATABASE_URL. The name of the database is taken from there.
BACKUP_DATABASE = env.db_url("BACKUP_DATABASE_URL") if env.str("BACKUP_DATABASE_URL", default="") else {}
if not DEBUG:
    for database in filter(None, (DATABASES["default"], BACKUP_DATABASE)):
        databases.check_address(database)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "mrc",
    "clients",
    "legal_cases",
    "activities",
    "harvesting",
    "reports",
    "results",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "csp",
    "mrc.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]
# The apps whose models belong to a centre or say why they are shared (mrc/access.py checks it).
DOMAIN_APPS = ["mrc", "clients", "legal_cases", "activities", "harvesting", "reports", "results"]

MIDDLEWARE = [
    "mrc.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mrc.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mrc.access.CentreScopeMiddleware",
]
ROOT_URLCONF = "mrc.urls"
WSGI_APPLICATION = "mrc.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mrc.views.navigation",
            ],
            "builtins": ["django.templatetags.i18n", "mrc.templatetags.mrc"],
        },
    }
]

AUTH_USER_MODEL = "mrc.User"
SECOND_FACTOR_DEFAULT = "none" if DEBUG else "legal_officer,coordinator,programme_officer,administrator"
SECOND_FACTOR = roles_with_second_factor()
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
# In the session, in the database: the default puts the texts of messages into a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
PASSWORD_HASHERS = ["mrc.passphrases.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "mrc.passphrases.GuessableValidator"},
]

# LANGUAGES holds what the interface is translated into; imports read labels in each of them.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "mrc.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Bangkok")

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # empty until collectstatic
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# What a browser may do with a page: everything from this origin, nothing inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# How many proxies of ours stand before the program: so many names at the end of X-Forwarded-For can be believed.
PROXIES = env.int("PROXIES", default=1 if BEHIND_PROXY else 0)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Minutes without a request; ten hours in all, see mrc/sessions.py.
SESSION_ENGINE = "mrc.sessions"
SESSION_COOKIE_AGE = 20 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_AGE = None  # gone with the browser, as the session
CSRF_FAILURE_VIEW = "mrc.views.csrf_failure"

# Django's own loggers print paths, methods and status codes; paths hold no name and no search text.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": sys.stderr}},
    "loggers": {"django": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
