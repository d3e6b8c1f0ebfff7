"""Settings, all from the environment (django-environ); `.env` beside manage.py is read if there.

Development is what `bin/up` sets up (DEBUG=true). Anything else is production: it refuses to start without a secret
key, hosts and a database.
"""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()  # NAME, or NAME_FILE: a file that holds it, as secret stores hand them out
environ.Env.read_env(BASE_DIR / ".env")


def _required(name: str, why: str) -> str:
    value = str(env.str(name, default=""))
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment: {why}.")
    return value


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _required("SECRET_KEY", "a long random text that signs sessions")
SECRET_KEY_FALLBACKS = env.list("EARLIER_KEYS", default=[])  # while what they signed is still good
_required("DATABASE_URL", "the database, as the application's own role")
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
# Short statements over many small joins, which the ORM writes in a good order: planning them, compiling them or calling helpers
# takes longer than running them. Pages lie in memory or on a drive without a head that has to move.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options", "-c join_collapse_limit=4 -c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
)
_database_host = str(DATABASES["default"].get("HOST") or "")
if not DEBUG and not _database_host.startswith("/") and _database_host not in {"", "localhost", "127.0.0.1", "::1"}:
    # On another machine: its certificate is checked, unless the address says otherwise (?sslmode=disable, in one's own network).
    DATABASES["default"]["OPTIONS"] = {"sslmode": "verify-full", "sslrootcert": "system"} | DATABASES["default"][
        "OPTIONS"
    ]
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="supportdesk_app")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"] if DEBUG else [])
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS in the environment: the host names that this site answers to.")
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
try:  # addresses and networks of the proxies that are believed about the client's address and scheme
    TRUSTED_PROXIES = [ip_network(network.strip()) for network in env.list("TRUSTED_PROXIES", default=[])]
except ValueError as wrong:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES: {wrong}.") from None
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[] if DEBUG else [BASE_URL])
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")

INSTALLED_APPS = [
    "kernel.tenancy",
    "kernel.audit",
    "kernel.outbox",
    "vendors",
    "sla",
    "contracts",
    "tickets",
    "interfaces.common",
    "interfaces.desk",
    "interfaces.portal",
    "interfaces.dashboards",
    "interfaces.api",
    "interfaces.mail",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "interfaces.common.proxies.ProxyMiddleware",
    "interfaces.common.headers.HeadersMiddleware",
    "interfaces.common.entry.EntryMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "interfaces.common.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "interfaces.common.sessions.SessionAgeMiddleware",
    "interfaces.common.middleware.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "interfaces.common.middleware.ScopeMiddleware",
    "interfaces.common.oidc.gate.LimitMiddleware",
    "interfaces.common.second_factor.gate.SecondFactorMiddleware",
    "interfaces.common.errors.RefusalMiddleware",
]

ROOT_URLCONF = "supportdesk.urls"
WSGI_APPLICATION = "supportdesk.wsgi.application"
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
                "interfaces.common.context.page",
            ],
            "builtins": ["interfaces.common.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "interfaces.common.form_renderer.QuickForms"

# People and sign-in
AUTH_USER_MODEL = "vendors.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator")
]
AUTH_PASSWORD_VALIDATORS += [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "vendors.passwords.GuessableWordsValidator"},
]
PASSWORD_HASHERS = ["vendors.hashing.PasswordHasher"]
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "interfaces.common.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # what is done with a login is told to its owner (AccountAdapter)
ACCOUNT_FORMS = {"reset_password": "interfaces.common.accounts.ForgottenForm"}  # nosec B105
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
# Sign-in by the OpenID providers of vendors and organisations (ADR 0013): their rows say which, their secrets stand below names
# like OIDC_SECRET_2_…; allauth's own pages for it are not served.
SOCIALACCOUNT_ADAPTER = "interfaces.common.oidc.flow.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
OIDC_INTERNAL_ORIGINS = env.list("OIDC_INTERNAL_ORIGINS", default=[])  # of providers in one's own network
OIDC_CA_FILE = env.str("OIDC_CA_FILE", default="")  # whose certificates these have, in place of the public ones
for _origin in OIDC_INTERNAL_ORIGINS:
    if not re.fullmatch(r"https://[\w.:\[\]-]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", _origin):
        raise ImproperlyConfigured(
            f"OIDC_INTERNAL_ORIGINS: give origins like https://login.intranet.example, not {_origin}."
        )
# Second factors (ADR 0012). Passkeys ask for their owner, so one is enough to sign in; codes of an app hold for 30 seconds.
STAFF_NEEDS_SECOND_FACTOR = env.bool("STAFF_NEEDS_SECOND_FACTOR", default=not DEBUG)
ENCRYPTION_KEYS = [key.strip() for key in env.list("ENCRYPTION_KEYS", default=[]) if key.strip()]
if any(len(key) < 32 for key in ENCRYPTION_KEYS):
    raise ImproperlyConfigured("ENCRYPTION_KEYS: give long random texts (32 characters or more), separated by commas.")
ENCRYPTION_KEYS = ENCRYPTION_KEYS or [SECRET_KEY, *SECRET_KEY_FALLBACKS]  # the first encrypts, each decrypts
MFA_ADAPTER = "interfaces.common.second_factor.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = env.str("SIGN_IN_NAME", default="Supportdesk")  # as authenticator apps and passkeys show it
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody makes himself a login with somebody else's address
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    name: f"interfaces.common.second_factor.forms.{form}"
    for name, form in {
        "authenticate": "AuthenticateForm",
        "reauthenticate": "ReauthenticateForm",
        "activate_totp": "ActivateTOTPForm",
        "add_webauthn": "AddPasskeyForm",
        "edit_webauthn": "EditPasskeyForm",
        "authenticate_webauthn": "AuthenticatePasskeyForm",
        "login_webauthn": "LoginPasskeyForm",
        "reauthenticate_webauthn": "ReauthenticatePasskeyForm",
    }.items()
}
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)  # for which the link of an invitation can be used
# Beside allauth's own: asking to sign up, by the address that asks and by mailbox, and mail that a customer's admin causes.
ACCOUNT_RATE_LIMITS = {
    "join": "10/m/ip,60/h/ip,3/h/key",
    "invite": "60/h/user",
    "claim_domain": "10/h/user",
    "find_provider": "20/m/ip",
    "identity_provider": "60/m/ip",
}

# Language and time: stored in UTC, rendered in the reader's zone
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("sv", _("Swedish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", default=10 * 1024**3)  # a vendor's file may say less
FILE_UPLOAD_TEMP_DIR = env.str("FILE_UPLOAD_TEMP_DIR", default=None)  # files of plain forms; never on a disk in memory
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes of a form without its files

# What one login may read and take away; what is beyond is refused (429) and reported (interfaces.common.limits)
DOWNLOADS_PER_HOUR = env.int("DOWNLOADS_PER_HOUR", default=300)
TICKETS_PER_HOUR = env.int(
    "TICKETS_PER_HOUR", default=600
)  # different ones that are opened, on pages and through the API
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
LISTED_PER_HOUR = env.int("LISTED_PER_HOUR", default=10_000)  # different ones in lists, page by page
EXPORT_ROWS = env.int("EXPORT_ROWS", default=10_000)  # of one file
EXPORTS_PER_DAY = env.int("EXPORTS_PER_DAY", default=50)
EXPORT_ROWS_PER_DAY = env.int("EXPORT_ROWS_PER_DAY", default=50_000)

# Workers: the loop is woken, never told what to do, so any broker that Celery knows will do (RabbitMQ: amqp://…)
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "supportdesk"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Waking is idempotent: what a killed process held is handed to the next one at once.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_LOST_WAIT = 0.5  # seconds; a killed process has no result to wait for, and its place is needed
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "tickets.tick", "schedule": 1.0, "options": {"expires": 5}},
    "extend-calendars": {"task": "tickets.extend_calendars", "schedule": 86400.0, "options": {"expires": 86400}},
    "clear-unsent": {"task": "tickets.clear_unsent", "schedule": 3600.0, "options": {"expires": 3600}},
    "seal-audit": {"task": "audit.seal", "schedule": 60.0, "options": {"expires": 60}},
    "close-resolved": {"task": "tickets.close_resolved", "schedule": 300.0, "options": {"expires": 300}},
}

_cache_url = REDIS_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _cache_url}}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_IDLE = timedelta(
    hours=env.float("SESSION_IDLE_HOURS", default=12)
)  # without anything done; docs/security-decisions.md
SESSION_LIFETIME = timedelta(hours=env.float("SESSION_LIFETIME_HOURS", default=168))  # whatever is done
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())

# Mail
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="smtp://127.0.0.1:1025")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10  # seconds; the loop looks after deadlines between mails
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="supportdesk@localhost")
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default="supportdesk.localhost")
MAIL_SINK_DIR = env.str("MAIL_SINK_DIR", default="")

# The browser's walls; what else every answer says is in interfaces.common.headers
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True  # pages carry the token for scripts
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# Browsers take a cookie of such a name with TLS alone, of this very host, for all its paths.
COOKIE_PREFIX = "" if DEBUG else "__Host-"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
MESSAGE_STORAGE = "interfaces.common.flash.FlashStorage"
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = (
        "HTTP_X_FORWARDED_PROTO",
        "https",
    )  # which ProxyMiddleware leaves to trusted proxies alone

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["interfaces.api.authentication.ReaderAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["interfaces.api.parsing.StrictJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "interfaces.api.problems.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Supportdesk",
    "VERSION": "1",
    "DESCRIPTION": "Tickets, what is said on them, and their clocks: as the token's or the session's person sees them.",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "TicketState": "tickets.models.State",
        "ReviewState": "tickets.models.EscalationRequest.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "interfaces.api.schema.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "supportdesk.logs.Discreet", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # The loop is woken each second; two lines each time would bury everything else. Statements carry people's words.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat", "django.db.backends")
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"
