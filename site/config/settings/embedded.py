"""The product on one machine with Python alone: SQLite, files as queue and post-box.

What is missing is made and kept under DATA_DIR. Never use it where strangers can reach it
under a name: `production` refuses what this one invents.
"""

from config.embedded import embedded_secret, make_state_folders

from .base import *  # noqa: F403
from .base import DATA_DIR, NO_CACHE, STATE_FOLDERS, broker_options, cache, database, env

make_state_folders(DATA_DIR, STATE_FOLDERS)

SECRET_KEY = env.str("SECRET_KEY", default="") or embedded_secret(DATA_DIR, "SECRET_KEY")
VAULT_KEY = env.str("VAULT_KEY", default="") or embedded_secret(DATA_DIR, "VAULT_KEY")
VAULT_CIPHER = env.str("VAULT_CIPHER", default="") or "AES-256-GCM"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
DATABASES = {
    "default": database(env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}"))
}
CACHES = {"default": cache(env.str("CACHE_URL", default="")), "renditions": NO_CACHE}
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or "filesystem://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL)
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "delivery.post.FolderBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="tongban@localhost")
SEARCH_URL = env.str("SEARCH_URL", default="")
SEARCH_INDEX = env.str("SEARCH_INDEX", default="tongban")
CLAMD_URL = env.str("CLAMD_URL", default="")
# In production nginx serves the renditions.
SERVE_MEDIA = True
DEMO_ALLOWED = True
DEMO_PASSWORD = env.str("DEMO_PASSWORD", default="")
