"""The web server's settings (gunicorn -c python:config.gunicorn config.wsgi)."""

import os
from typing import Any

from ops.supervisor import die_with_parent

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_WORKERS") or 2)
worker_class = "config.web_worker.Worker"
threads = 4
# The code is loaded once and shared: half the memory, and the second worker starts at once.
preload_app = True
timeout = 30
graceful_timeout = 5
keepalive = 5
# Nobody asked for a door of its own, outside DATA_DIR.
control_socket_disable = True
# Request lines may hold a tracking number or a search: nothing of them is written down here.
accesslog = None


def post_fork(server: Any, worker: Any) -> None:
    """A web worker never outlives the process that would stop it."""
    die_with_parent(parent=server.pid)


def worker_exit(server: Any, worker: Any) -> None:
    """Ends at once: taking apart all that was loaded takes a second, and Ctrl-C waits for it."""
    os._exit(0)
