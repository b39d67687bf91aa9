"""The web process (gunicorn config.wsgi)."""

import os

from django.core.wsgi import get_wsgi_application

from config.arriving import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.embedded")
application = whole_bodies(get_wsgi_application())
