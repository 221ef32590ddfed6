"""All settings, in one place. What differs between installations comes from the environment; `.env.example` lists it."""

import logging
import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zlib import crc32

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

env = environ.Env()
env.read_env(BASE_DIR / ".env")


def required(name: str, example: str) -> str:
    """The value of an environment variable that has no safe default.

    Raises ImproperlyConfigured, with the name and an example, where it is not set.
    """
    if value := env.str(name, default=""):
        return value
    raise ImproperlyConfigured(f"Set the environment variable {name}, for example {name}={example}")


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", "$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "curation",  # before the admin, whose templates it extends
    "curation.apps.CurationAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tree_queries",
    "sources",
    "regions",
    "indicators",
    "policies",
    "words",
    "api",
]

# What config/tuning.py says, each with what it gains.
ONE_PROCESSOR_A_WORKER = env.bool("ONE_PROCESSOR_A_WORKER", default=True)  # beside PostgreSQL
COLLECT_SELDOM = env.bool("COLLECT_SELDOM", default=True)
PLAN_ONCE = env.bool("PLAN_ONCE", default=True)  # sources/planned.py
SHORT_WAYS = env.bool("SHORT_WAYS", default=True)
MAKE_BESIDE = env.bool(
    "MAKE_BESIDE", default=True
)  # the search index of a new release; else the first who searches waits

MIDDLEWARE = [
    "api.http.middleware.request_id",
    "api.http.middleware.CrossOrigin",  # before whatever may answer
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.http.middleware.Compression",
    "config.tuning.one_security_policy" if SHORT_WAYS else "csp.middleware.CSPMiddleware",
    "api.http.middleware.language",
    "api.http.middleware.without_view",
    "config.tuning.Sessions" if SHORT_WAYS else "django.contrib.sessions.middleware.SessionMiddleware",
    "api.http.middleware.Common",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.tuning.Authentication" if SHORT_WAYS else "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.tuning.Messages" if SHORT_WAYS else "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "api.http.middleware.Options",
    "api.http.middleware.conditional",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# How many different questions that were asked in vain are counted a day, for curators (manage.py questions); 0 keeps none.
UNMET_QUESTIONS = env.int("UNMET_QUESTIONS", default=0)

# The stores ------------------------------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'data.sqlite3'}"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        " PRAGMA mmap_size=1073741824; PRAGMA cache_size=-65536;",
    }
else:
    # Statements are prepared, yet planned for their own parameters: a generic plan for a list of regions serves none well. Those for
    # few series are planned once (sources/planned.py). Whatever is streamed is read to its end: to plan figures for their first tenth,
    # as PostgreSQL does for a cursor, took 160 ms instead of 10. What narrows figures is among the first tables that they are joined
    # with; to try all orders of eight took 6 ms instead of 1.
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": 3,
        "options": "-c plan_cache_mode=force_custom_plan -c cursor_tuple_fraction=1 -c join_collapse_limit=4",
    }

# Whether commands (seed, import_observations, import_measures, rollback_release) may publish what nobody has reviewed into
# a store that has releases already. Into one that has none they always may.
COMMANDS_PUBLISH = env.bool("COMMANDS_PUBLISH", default=False)

# Languages and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files ---------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"  # config/static_files.py puts before it where the service is mounted
STATIC_ROOT = BASE_DIR / "var" / "static"
# Served from the packages as they are, or collected, compressed and named by their content.
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", default=DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.static_files.AsTheyAre" if WHITENOISE_USE_FINDERS else "config.static_files.Collected"
    },
}

# Parquet and XLSX are made once and kept for the next who asks, those that were not asked for longest going first.
FILES_DIR = env.str("FILES_DIR", default=str(BASE_DIR / "var" / "files"))
FILES_BYTES = env.int("FILES_BYTES", default=2**30)

# Files from outside are read in a process of its own each, so many at once in a worker, with limits: the bytes of a file, and
# the most characters of text in it; the memory and the seconds that reading it may take; its cells; and the rows that are
# brought in at once.
READING_BYTES = env.int("READING_BYTES", default=100_000_000)
READING_MEMORY = env.int("READING_MEMORY", default=2**30)
READING_SECONDS = env.int("READING_SECONDS", default=60)
READING_CELLS = env.int("READING_CELLS", default=5_000_000)
READING_ROWS = env.int("READING_ROWS", default=300_000)
READING_AT_ONCE = env.int("READING_AT_ONCE", default=2)

# Sign-in -------------------------------------------------------------------------------------------------------------


def tries(name: str, default: str) -> tuple[int, int]:
    """A quota of an environment variable: so many tries in so many seconds, `5/900`.

    Raises ImproperlyConfigured where it is none.
    """
    count, _, seconds = env.str(name, default=default).partition("/")
    if not (
        count.isascii() and count.isdigit() and seconds.isascii() and seconds.isdigit() and int(count) * int(seconds)
    ):
        raise ImproperlyConfigured(f"Set {name} to tries and seconds, for example {name}={default}")
    return int(count), int(seconds)


# What may be tried before it is held back (curation/accounts/sign_in.py): at once, and then evenly within the time. Signing in to an
# account from an address locks these two together; the others only slow what strangers try.
AUTHENTICATION_BACKENDS = ["curation.accounts.sign_in.Backend"]
SIGN_IN_QUOTAS = {
    "together": tries("SIGN_IN_TOGETHER", "5/900"),
    "account": tries("SIGN_IN_ACCOUNT", "20/600"),
    "address": tries("SIGN_IN_ADDRESS", "30/600"),
    "all": tries("SIGN_IN_ALL", "60/120"),
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Messages -------------------------------------------------------------------------------------------------------------

# Where EMAIL_URL is set (smtp+tls://user:password@host:587), reviewers with an address are told of what waits for them; SITE_URL is
# where the service is reached, for the link in the message.
EMAIL_URL = env.str("EMAIL_URL", default="")
TELLS_REVIEWERS = bool(EMAIL_URL)
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="webmaster@localhost")
SITE_URL = env.str("SITE_URL", default="").rstrip("/")

# Transport and browsers ------------------------------------------------------------------------------------------------

# HTTPS=false is for a machine of one's own: cookies then travel without TLS.
HTTPS = env.bool("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
USE_X_FORWARDED_HOST = BEHIND_PROXY
# Where the service is mounted below its host, unless a proxy that is believed says so (config/mounting.py): `/data`.
SCRIPT_NAME = env.str("SCRIPT_NAME", default="").rstrip("/")
if SCRIPT_NAME and not (SCRIPT_NAME.startswith("/") and SCRIPT_NAME.isascii()):
    raise ImproperlyConfigured("Set SCRIPT_NAME to a path, for example SCRIPT_NAME=/data")
# Browsers keep to TLS for an hour: what is longer, or of other hosts, is hard to take back.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = HTTPS and env.bool("HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "curation.failures.stale_form"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_URLS_REGEX = r"^/(?!admin/)"  # also where there is nothing
CORS_EXPOSE_HEADERS = [
    "Accept-Ranges", "Content-Disposition", "Content-Language", "Content-Length", "Content-Range", "ETag", "Link",
    "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id",
]  # fmt: skip

# What a worker does at once (docs/operations.md) -------------------------------------------------------------------------

# How many requests are answered at the same time: small questions, large ones, the next parts of long answers, pages of curators
# that grow while work is done, and refusals.
TURNS = {
    "small": env.int("SMALL_TURNS", default=4),
    "large": env.int("LARGE_TURNS", default=2),
    "part": env.int("PART_TURNS", default=2),
    "page": env.int("PAGE_TURNS", default=4),
    "refusal": 1,
}
LARGE_SECONDS = env.float("LARGE_SECONDS", default=0.25)  # a kind of question that took longer than this is large
TURN_WAIT_SECONDS = env.int("TURN_WAIT_SECONDS", default=30)  # then a request that waits for its turn is answered 503
BODY_BYTES, BODY_SECONDS = env.int("BODY_BYTES", default=2**16), env.int("BODY_SECONDS", default=5)
# Of curators who are signed in:
UPLOAD_BYTES, UPLOAD_SECONDS = env.int("UPLOAD_BYTES", default=101_000_000), env.int("UPLOAD_SECONDS", default=600)
UPLOADS = env.int("UPLOADS", default=4)
# Long answers on their way: in all, and to one address. One of which fewer than STREAM_BYTES are taken in STREAM_SECONDS is cut
# off, and so is one that takes longer than STREAM_LONGEST.
STREAMS, STREAMS_BY_ADDRESS = env.int("STREAMS", default=16), env.int("STREAMS_BY_ADDRESS", default=8)
STREAM_BYTES, STREAM_SECONDS = env.int("STREAM_BYTES", default=2**14), env.int("STREAM_SECONDS", default=30)
STREAM_LONGEST = env.int("STREAM_LONGEST", default=7200)
# Connections of a worker, and within how many seconds each has to send the head of its next request.
CONNECTIONS, HEAD_SECONDS = env.int("CONNECTIONS", default=1024), env.int("HEAD_SECONDS", default=10)

# Answers that are asked for again are kept until the next release, within so many bytes of each worker; 0 keeps none.
KEPT_ANSWERS_BYTES = env.int("KEPT_ANSWERS_BYTES", default=2**26)

# The API -----------------------------------------------------------------------------------------------------------------

DATA_LICENCE = {
    "name": env.str("DATA_LICENCE_NAME", default="CC BY 4.0"),
    "url": env.str("DATA_LICENCE_URL", default="https://creativecommons.org/licenses/by/4.0/"),
}
# Who publishes the data, in both languages: named in the catalogue, in citations and in files.
PUBLISHER = {
    "zh": env.str("PUBLISHER_NAME_ZH", default="湖南开放型经济数据"),
    "en": env.str("PUBLISHER_NAME_EN", default="Hunan Open Trade Data"),
}
STATEMENT_SECONDS = env.int("STATEMENT_SECONDS", default=10)  # then a question about figures is refused as too large
LOCK_SECONDS = env.int("LOCK_SECONDS", default=5)  # that a curator's write waits for another, such as a publication
RATE_LIMIT = env.str("RATE_LIMIT", default="600/min")
# Where requests are counted: memory that the workers of this machine share, or Redis, which several machines may share.
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of Linux; what is not ours there is not used (api/http/counters.py)
LIMITS_FILE = env.str(
    "LIMITS_FILE",
    default=str(
        (SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else Path(gettempdir()))
        / f"hunan-limits-{os.geteuid()}-{crc32(bytes(BASE_DIR)):08x}"
    ),
)
REDIS_URL = env.str("REDIS_URL", default="")
MAX_QUERY_LENGTH = 8192
# Agents (docs/agents.md): about how many bytes of an answer they are given at once, and from which pages of other sites they may
# ask, as browsers name them in Origin (`https://example.org`), or `*` for any; those of the service's own site always may.
MCP_BYTES = env.int("MCP_BYTES", default=2**15)
MCP_ORIGINS = env.list("MCP_ORIGINS", default=[])

# How well a measure fits a place, a trade and a need (policies/reasons.py says what each word means): the weights of the
# criteria, and the percentage of its weight that each kind of fit earns. A fit of 0 leaves the measure out.
POLICY_MATCHING: dict[str, dict[str, int]] = {
    # A status and a level order what fits alike: what lies between two of them is no more than between a place and its group.
    # Words beside a place, a trade or a need order among what fits these; alone they decide, and a status among what they fit alike.
    "weights": {"region": 30, "industry": 30, "need": 25, "status": 5, "level": 5, "words": 20},
    "weights_alone": {"words": 250},
    # A larger place, and a group within one, keeps so much of it with each division between (docs/decisions/0021).
    "region": {
        "named": 100, "group": 90, "below": 70, "around": 70, "above": 60, "partner": 50, "kept_per_step": 75,
    },
    "industry": {"named": 100, "above": 80, "below": 70, "collective": 50, "enabling": 40, "any": 40},
    # Of a phrase: what a tag earns in words of what it earns by its code, and how much of the rest the words beside it fill.
    "words": {"tag": 80, "beside_a_tag": 70},
    "need": {"stated": 100, "by_means": 100, "by_instrument": 60},
    "status": {
        "in_force": 100, "piloting": 90, "replicated": 90, "announced": 70, "completed": 40, "proposed": 40,
        "unknown": 20, "withdrawn": 0,
    },
    "level": {"same": 100, "per_step": 15},
}  # fmt: skip

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["api.http.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.http.bodies.JSONBody"],
    "DEFAULT_FILTER_BACKENDS": ["api.http.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.http.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "api.http.schema.ContractSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.http.limits.AddressThrottle"],
    "DEFAULT_THROTTLE_RATES": {"address": RATE_LIMIT},
    "EXCEPTION_HANDLER": "api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.http.renderers.Negotiation",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVERS": [{"url": "/", "description": "This host"}],  # asked for, it says which (api/http/service.py)
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # it rests on no deployment: `make openapi` makes it once, and refuses what lacks
    "POSTPROCESSING_HOOKS": ["api.http.schema.finish"],
}


def in_one_line(record: logging.LogRecord) -> bool:
    """What a caller did wrong is a line in the log, not a page; how the code came to see it says nothing."""
    if record.name.startswith("django.security"):
        record.exc_info = None
    return True


def numbered(record: logging.LogRecord) -> bool:
    """What is logged of a request has its number, which its answer has as X-Request-Id and a problem as `instance`."""
    if not hasattr(record, "number"):
        record.number = getattr(getattr(record, "request", None), "request_id", "-")
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "in_one_line": {"()": "django.utils.log.CallbackFilter", "callback": in_one_line},
        "numbered": {"()": "django.utils.log.CallbackFilter", "callback": numbered},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(number)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["in_one_line", "numbered"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
