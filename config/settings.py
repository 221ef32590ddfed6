"""All settings, in one place. What differs between installations comes from the environment; `.env.example` lists it."""

from pathlib import Path
from typing import Any

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
    "django.contrib.admin",
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
    "api",
]

MIDDLEWARE = [
    "api.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.middleware.Compression",
    "api.middleware.CrossOrigin",
    "api.middleware.content_security",
    "api.middleware.language",
    "api.middleware.problems",
    "api.middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "api.middleware.Authentication",
    "api.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "api.middleware.conditional",
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
    # Statements are prepared, yet planned for their own parameters: a generic plan for a list of regions serves none well.
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "server_side_binding": True,
        "prepare_threshold": 3,
        "options": "-c plan_cache_mode=force_custom_plan",
    }

# Languages and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files ---------------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
# Served from the packages as they are, or collected, compressed and named by their content.
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", default=DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Parquet and XLSX are made once and kept for the next who asks, those that were not asked for longest going first.
FILES_DIR = env.str("FILES_DIR", default=str(BASE_DIR / "var" / "files"))
FILES_BYTES = env.int("FILES_BYTES", default=2**30)

# Sign-in -------------------------------------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Transport and browsers ------------------------------------------------------------------------------------------------

# HTTPS=false is for a machine of one's own: cookies then travel without TLS.
HTTPS = env.bool("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
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
CORS_URLS_REGEX = r"^/(api|sdmx|pxweb|\.well-known|healthz|readyz)"
CORS_EXPOSE_HEADERS = [
    "Accept-Ranges", "Content-Disposition", "Content-Language", "Content-Length", "Content-Range", "ETag", "Link",
    "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id",
]  # fmt: skip

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
ONE_PROCESSOR_A_WORKER = env.bool("ONE_PROCESSOR_A_WORKER", default=True)  # beside PostgreSQL; config/processors.py
STATEMENT_SECONDS = env.int("STATEMENT_SECONDS", default=10)  # then a question about figures is refused as too large
RATE_LIMIT = env.str("RATE_LIMIT", default="600/min")
MAX_QUERY_LENGTH = 8192

# How well a measure fits a place, a trade and a need (policies/matching.py says what each word means): the weights of the
# criteria, and the percentage of its weight that each kind of fit earns. A fit of 0 leaves the measure out.
POLICY_MATCHING: dict[str, dict[str, int]] = {
    "weights": {"region": 30, "industry": 30, "need": 25, "status": 10, "level": 5},
    "region": {"named": 100, "group": 90, "below": 70, "above": 60, "around": 40, "partner": 50},
    "industry": {"named": 100, "above": 80, "below": 70, "collective": 50, "enabling": 40, "any": 40},
    "need": {"stated": 100, "by_instrument": 60},
    "status": {
        "in_force": 100, "piloting": 90, "replicated": 90, "announced": 70, "completed": 40, "proposed": 40,
        "unknown": 20, "withdrawn": 0,
    },
    "level": {"same": 100, "per_step": 15},
}  # fmt: skip
# Industries that serve all others, and those that mean whatever a place is known for.
ENABLING_INDUSTRIES = ("LOGISTICS", "E_COMMERCE", "CBEC", "FINANCE", "MODERN_SERVICES", "DIGITAL_ECONOMY")
COLLECTIVE_INDUSTRIES = ("SPECIALTY", "COUNTY_CLUSTERS", "PORT_INDUSTRY")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["api.strict.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "api.schema.ContractSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.limits.AddressThrottle"],
    "NUM_PROXIES": 1 if BEHIND_PROXY else 0,  # else a caller could name any address as its own
    "DEFAULT_THROTTLE_RATES": {"address": RATE_LIMIT},
    "EXCEPTION_HANDLER": "api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.renderers.Negotiation",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Hunan Open Trade Data",
    "DESCRIPTION": (
        "Indicators of Hunan's open economy by region and period, the policy measures that concern them, "
        "and the phrase of the source behind every figure. 湖南开放型经济数据：指标、政策及其出处。"
    ),
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVERS": [{"url": "/", "description": "This host"}],
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": ["api.schema.finish"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
