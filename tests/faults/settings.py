"""The embedded product with one kind of message more, for tests that start real processes of it."""

from config.settings.embedded import *  # noqa: F403
from config.settings.embedded import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.postoffice"]
EMAIL_TIMEOUT = 5
