"""How long a bulk import takes and whether its memory stays flat, on a database of its own.

`pytest -m bench tests/bench/test_import_content.py -s`; BENCH_PAGES=1000 for a quicker look.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.made_up import lines

pytestmark = pytest.mark.bench
ROOT = Path(__file__).resolve().parents[2]
PAGES = int(os.environ.get("BENCH_PAGES", "10000"))
MEASURED = """
import os, resource, sys, time
sys.path[:0] = ["site"]
import django
django.setup()
from django.core.management import call_command
started = time.monotonic()
call_command("import_content", sys.argv[1])
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{time.monotonic() - started:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processor, "
      f"at most {used.ru_maxrss // 1024} MB")
"""


def test_pages_by_the_thousand(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "DATA_DIR": str(tmp_path / "state"),
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    run("manage.py", "migrate", "-v0")
    run("manage.py", "createcachetable")
    run("manage.py", "load_reference")
    for count in (PAGES // 10, PAGES):
        file = tmp_path / f"{count}.jsonl"
        file.write_text("\n".join(lines(count)), "utf-8")
        for again in ("", ", the same file again"):
            said = run("-c", MEASURED, str(file)).strip().splitlines()
            print(f"\nimport_content, {count:,} lines{again}: {said[-1]}")
            assert f"共 {count} 行" in said[-2]
            assert "有误 0" in said[-2]
