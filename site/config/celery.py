"""The worker and beat processes (celery -A config.celery)."""

import os

from celery import Celery
from celery.signals import worker_process_init
from kombu.transport import TRANSPORT_ALIASES

from ops.supervisor import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
# Our own queue of files under kombu's name for its own (why: delivery.filequeue).
TRANSPORT_ALIASES["filesystem"] = "delivery.filequeue:Transport"
app = Celery("tongban")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def die_with_the_worker(**_: object) -> None:
    """The process that does the work never outlives the one that watches over it."""
    die_with_parent()
