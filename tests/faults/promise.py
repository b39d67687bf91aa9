"""Promises messages as a request would, and prints how long the commit took: python -m … NUMBER…"""

from __future__ import annotations

import sys
import time

import django

django.setup()

from django.db import transaction  # noqa: E402

from delivery.services import enqueue  # noqa: E402

for number in map(int, sys.argv[1:]):
    began = time.monotonic()
    with transaction.atomic():
        enqueue("notice", event_key=f"event {number}", destination="unit", subject_id=number)
    print(f"{time.monotonic() - began:.3f}", flush=True)
time.sleep(1)  # as a web process would, it goes on living
