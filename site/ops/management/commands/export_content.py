"""`manage.py export_content [FILE.jsonl]`: the published pages as `import_content` reads them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops.exchange.exporting import exported
from ops.exchange.lines import Kind


class Command(BaseCommand):
    help = "Writes every public policy, interpretation, service and piece of news as a JSON line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE.jsonl")
        parser.add_argument(
            "--type", action="append", choices=list(Kind), help="only this type (may be repeated)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["file"]
        lines = exported(
            [Kind(name) for name in options["type"] or Kind],
            remark=lambda name, words: self.stderr.write(f"{name}（提示）：{words}"),
        )
        if path is None:
            for line in lines:
                self.stdout.write(line.as_json())
            return
        # Beside it first: a file that stands is whole.
        part = path.with_name(f"{path.name}.part")
        count = 0
        try:
            with part.open("w", encoding="utf-8", newline="\n") as file:
                for line in lines:
                    file.write(f"{line.as_json()}\n")
                    count += 1
            part.replace(path)
        except OSError as error:
            raise CommandError(f"{path}：{error.strerror}") from error
        self.stdout.write(f"共导出 {count} 个页面：{path}")
