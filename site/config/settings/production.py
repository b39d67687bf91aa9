"""The product on servers. It invents nothing: what is missing is named, and it does not start."""

from django.core.exceptions import ImproperlyConfigured

from config.embedded import make_state_folders

from .base import *  # noqa: F403
from .base import DATA_DIR, NO_CACHE, STATE_FOLDERS, broker_options, cache, database, env

REQUIRED = ("SECRET_KEY", "VAULT_KEY", "DATABASE_URL", "BROKER_URL", "EMAIL_URL", "ALLOWED_HOSTS")
missing = [name for name in REQUIRED if not env.str(name, default="")]
if missing:
    raise ImproperlyConfigured(
        "Production does not start without: " + ", ".join(missing) + ". See docs/running.md."
    )

make_state_folders(DATA_DIR, STATE_FOLDERS)

SECRET_KEY = env.str("SECRET_KEY")
VAULT_KEY = env.str("VAULT_KEY")
VAULT_CIPHER = env.str("VAULT_CIPHER", default="") or "AES-256-GCM"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASES = {"default": database(env.str("DATABASE_URL"))}
# nginx on this machine, or through a unix socket.
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.1", "::1", ""])
CACHES = {"default": cache(env.str("CACHE_URL", default="")), "renditions": NO_CACHE}
CELERY_BROKER_URL = env.str("BROKER_URL")
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL)
vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="tongban@localhost")
SEARCH_URL = env.str("SEARCH_URL", default="")
SEARCH_INDEX = env.str("SEARCH_INDEX", default="tongban")
CLAMD_URL = env.str("CLAMD_URL", default="")
DEMO_PASSWORD = ""

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
# Probes come from the same machine, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
