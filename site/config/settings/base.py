"""What every way of running has in common. Where something differs: embedded, production, test."""

from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from config.embedded import queue_folders

env = environ.Env()

ROOT = Path(__file__).resolve().parents[3]
DATA_DIR = Path(env.str("DATA_DIR", default=str(ROOT / "var"))).resolve()
# Everything that has a state lives below DATA_DIR; the names are those of docs/running.md.
STATE_FOLDERS = (
    "media",
    "private",
    "published",
    "queue",
    "mail",
    "log",
    "run",
    "export",
    "backup",
    "journal",
    "secrets",
    "static",
)

DEBUG = False
# Whether `load_demo` may make its people and content here; production never.
SERVE_MEDIA = False
DEMO_ALLOWED = False
INSTALLED_APPS = [
    "ops",
    "search.engine",
    "forms.casework",
    "forms.activities",
    "forms.builder",
    "home.portal",
    "home.checklist",
    "home.policies",
    "home.pages",
    "forms.vault",
    "home.directory",
    "delivery",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "home.directory.users.UsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before whatever reads a form, which the check of its token does.
    "forms.builder.middleware.NoGiants",
    "forms.builder.middleware.Utf8FormsOnly",
    "forms.builder.middleware.NotReceived",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "home.pages.authority.NoAuthorityFromOutside",
    "home.pages.review.drafts.NamedPeopleOnly",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "home.pages.middleware.OddAddresses",
    "home.pages.middleware.NotSaved",
    "home.pages.middleware.NotReadyAnswer",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
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

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "directory.User"
LOGIN_URL = "wagtailadmin_login"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
USE_I18N = True
# What Wagtail's own catalogue lacks or misleads with; it goes before every app's.
LOCALE_PATHS = [ROOT / "site" / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [ROOT / "site" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
PRIVATE_ROOT = DATA_DIR / "private"
STORAGES: dict[str, dict[str, Any]] = {
    # Originals and documents are served by views that ask for permission, never by their path.
    "default": {
        "BACKEND": "home.pages.storage.PrivateStorage",
        "OPTIONS": {"location": PRIVATE_ROOT},
    },
    "renditions": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MEDIA_ROOT, "base_url": MEDIA_URL},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Whose X-Forwarded-For counts (limits on guessing); nobody's where no proxy stands in front.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# A whole request to a public form, files included; staff's uploads have limits of their own.
PUBLIC_BODY_MAX_SIZE = 4 * DATA_UPLOAD_MAX_MEMORY_SIZE
# How many forms one address may send in an hour, how many times that with a proof of work, and how
# many without one may come to one form from everywhere.
SENDINGS_PER_HOUR = env.int("SENDINGS_PER_HOUR", default=30)
SENDINGS_WITH_PROOF = 10
SENDINGS_TO_A_FORM = env.int("SENDINGS_TO_A_FORM", default=1_200)
# Files that families send with a form; each opens in a process of its own (forms.vault.inspection).
UPLOAD_MAX_SIZE = 20 * 1024 * 1024
UPLOAD_MAX_FILES = 12
# All files of one request. Beyond it the rest is read and thrown away, and said so at the question.
UPLOAD_MAX_REQUEST = 100 * 1024 * 1024
# What uploads leave free on the disk, for what is sent without them and for the database; and how
# much all files of forms that were begun and not sent may take together.
UPLOAD_KEEPS_FREE = env.int("UPLOAD_KEEPS_FREE", default=256 * 1024 * 1024)
UNSENT_FILES_MAX_SIZE = env.int("UNSENT_FILES_MAX_SIZE", default=10 * 1024**3)
# What is typed into one form that is not sent yet: the longest texts of sixty questions.
DRAFT_MAX_SIZE = 1024 * 1024
# An iPhone's photo has 24,470,208.
UPLOAD_MAX_PIXELS = 25_000_000
UPLOAD_KINDS = [
    "image/jpeg",
    "image/png",
    "image/heic",
    "image/webp",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "home.portal.views.stale_form"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    # The admin has inline script of Wagtail's own.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}

WAGTAIL_SITE_NAME = "童伴"
WAGTAIL_I18N_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILADMIN_BASE_URL = env.str(
    "BASE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}"
)
WAGTAILADMIN_USER_LOGIN_FORM = "home.pages.signing_in.SignInForm"
WAGTAILADMIN_USER_PASSWORD_RESET_FORM = "home.pages.signing_in.NewPasswordForm"  # noqa: S105
# Only staff have accounts: there is one place to sign in.
WAGTAIL_FRONTEND_LOGIN_URL = "/admin/login/"
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
# One zone only: nobody is asked for theirs.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILIMAGES_IMAGE_MODEL = "pages.SiteImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "home.pages.images.SiteImageForm"
WAGTAILIMAGES_RENDITION_STORAGE = "renditions"
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 24_000_000
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILDOCS_DOCUMENT_MODEL = "pages.SiteDocument"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "home.pages.documents.SiteDocumentForm"
WAGTAILDOCS_EXTENSIONS = ["doc", "docx", "mp4", "ofd", "pdf", "vtt", "webm", "xls", "xlsx", "zip"]
# Films; for everything else DOCUMENT_MAX_SIZE holds.
WAGTAILDOCS_MAX_UPLOAD_SIZE = 200 * 1024 * 1024
DOCUMENT_MAX_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True
WAGTAIL_FINISH_WORKFLOW_ACTION = "home.pages.review.finish.publish_approved"
# Each of these asks an outside host by default.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, Any]] = []
# Shared page passwords are stored in clear by Wagtail.
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "search.engine.admin_backend"}}

SQLITE_OPTIONS = {
    # Readers do not wait for the writer; an acknowledged request survives a power cut.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000;"
    # What is deleted is overwritten: an erased key must not be read from a free page.
    " PRAGMA secure_delete=ON;",
    # Without it two writers that both began by reading fail at once instead of waiting.
    "transaction_mode": "IMMEDIATE",
    "timeout": 10,
}


def database(url: str) -> dict[str, Any]:
    """Django's settings for one database address (`sqlite:///…` or `postgres://…`)."""
    settings: dict[str, Any] = environ.Env.db_url_config(url)
    if settings["ENGINE"].endswith("sqlite3"):
        settings["OPTIONS"] = dict(SQLITE_OPTIONS)
    else:
        options = settings.setdefault("OPTIONS", {})
        options.setdefault("connect_timeout", 5)
        # Compiling a statement takes longer than any statement of ours runs; and what a search adds
        # up over 100,000 entries stays in memory.
        options.setdefault("options", "-c jit=off -c work_mem=16MB")
        settings["CONN_MAX_AGE"] = 600
        settings["CONN_HEALTH_CHECKS"] = True
    return settings


def broker_options(url: str) -> dict[str, Any]:
    """Options of the queue at this address. None may hold a request: the outbox owns the duty."""
    if url.startswith("filesystem"):
        return queue_folders(DATA_DIR)
    if url.startswith("redis"):
        return {
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "visibility_timeout": 3600,
            "max_retries": 1,
        }
    return {}


# How long a process has for one message before another may send it (with the same Message-ID).
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=120)
# Wagtail's background tasks (reference index, removal of files).
TASKS = {"default": {"BACKEND": "delivery.background.CeleryBackend"}}

# The many small tasks that one import sets off have a queue of their own: the worker takes from
# both in turn, so that no message waits behind them.
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), name) for name in ("tongban", "background")]
CELERY_TASK_DEFAULT_QUEUE = "tongban"
CELERY_TASK_ROUTES = {"delivery.tasks.run_background": {"queue": "background"}}
CELERY_BROKER_CONNECTION_TIMEOUT = 2


def cache(url: str) -> dict[str, Any]:
    """The shared cache: Redis where it is named, else a table of the database.

    A Redis that keeps silent must not hold a request.
    """
    if not url:
        return {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache_entries",
            # The default of 300 would cull the counters of the limits under load.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }


# Wagtail keeps what it knows of pictures in a cache of this name, or else in the default one, whose
# every look-up in the database is followed by a write. The row itself is nearer.
NO_CACHE = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "beat-schedule")
# What is found missing here is done without any message having arrived. An entry that waited in
# the queue for longer than its interval has been overtaken by the next one: it expires.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat": {
        "task": "ops.tasks.heartbeat",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "drain the outbox": {
        "task": "delivery.tasks.drain_outbox",
        "schedule": 30.0,
        "options": {"expires": 25},
    },
    "sweep the search index's marks": {
        "task": "search.engine.tasks.sweep",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "check live pages for what went wrong since": {
        "task": "home.pages.tasks.check_live_pages",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "put releases on line": {
        "task": "home.pages.tasks.go_live_due",
        "schedule": 20.0,  # within the minute that was set
        "options": {"expires": 18},
    },
    # Every hour: a morning on which the machine was off is caught up, and nobody is told twice.
    "remind of pages to be looked at again": {
        "task": "home.pages.tasks.remind_of_reviews",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "publish pages whose minute has come": {
        "task": "home.pages.tasks.publish_due",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "look after the search index's mirror": {
        "task": "search.engine.tasks.look_after_mirror",
        "schedule": 20.0,
        "options": {"expires": 18},
    },
    # Finds what no message told of, and what a killed worker left.
    "go on with the check of the search's quality": {
        "task": "search.engine.tasks.check_quality",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget queries that were hardly ever asked": {
        "task": "search.engine.tasks.forget_rare_queries",
        "schedule": 24 * 3600.0,
        "options": {"expires": 23 * 3600},
    },
    "compare the search index with the pages": {
        "task": "search.engine.tasks.compare_with_pages",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 12 * 3600},
    },
    "scan files that wait for the virus scanner": {
        "task": "forms.vault.tasks.scan_waiting_files",
        "schedule": 120.0,
        "options": {"expires": 110},
    },
    "clear away what uploads that broke off left behind": {
        "task": "forms.vault.tasks.tidy_files",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "erase what has reached its day": {
        "task": "forms.vault.tasks.purge_due",
        "schedule": crontab(hour=2, minute=40),
        "options": {"expires": 12 * 3600},
    },
    "anchor the access log": {
        "task": "forms.vault.tasks.anchor_access_log",
        "schedule": crontab(hour=2, minute=20),
        "options": {"expires": 12 * 3600},
    },
    "erase forms that were begun and not sent for thirty days": {
        "task": "forms.builder.tasks.expire_drafts",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
    "tidy the queue's folders": {
        "task": "delivery.tasks.tidy_queue",
        "schedule": 3600.0,
        "options": {"expires": 3000},
    },
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        # Lines for every task and every request, all day long, say nothing an operator asks for.
        name: {"level": "WARNING"}
        for name in (
            "celery.app.trace",
            "celery.worker.strategy",
            "celery.beat",
            "django_tasks",
            "elastic_transport.transport",
        )
    },
    "root": {"handlers": ["console"], "level": "INFO"},
}
