"""The suite: the embedded product over a state folder of its own that is thrown away."""

import atexit
import os
import shutil
import tempfile

# Read by everything imported below, so it comes first.
if kept := os.environ.get("TEST_DATA_DIR"):
    os.environ["DATA_DIR"] = kept
else:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="tongban-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from .embedded import *  # noqa: F403
from .embedded import CACHES, DATA_DIR, DATABASES, STORAGES, TASKS

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and second processes must see the same rows.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}

# Processes that test side by side would empty each other's counts.
if CACHES["default"]["BACKEND"].endswith("RedisCache"):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    CACHES["default"]["LOCATION"] = (
        f"{CACHES['default']['LOCATION'].rpartition('/')[0]}/{2 + int(worker) % 8}"
    )

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Wagtail's background tasks run at once; the tests of the hand-over name the product's backend.
TASKS = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
    "worker": TASKS["default"],
}
# Every process of the suite mirrors under a prefix of its own.
SEARCH_INDEX = f"test-{os.getpid()}"
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
