"""Reads an official document and prints what was read, or makes a draft of it.

With --json nothing is saved and no database is asked.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from home.pages.refusing import sentences
from home.policies import importing
from home.policies.models import PolicyPage
from home.policies.parser import ParsedDocument, parse
from home.policies.reading_report import report
from home.policies.sources import Refusal, Source, read_file


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=_(".docx 或 .txt 文件"))
        parser.add_argument("--json", action="store_true", help=_("只打印读到的内容，什么都不保存"))
        parser.add_argument("--policy", metavar="SLUG", help=_("作为这份文件的修改稿导入"))
        parser.add_argument("--parent", metavar="SLUG", help=_("新文件放在哪个政策文件列表下"))
        parser.add_argument("--slug", help=_("新文件的地址；默认取自发文字号"))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                source = read_file(file, path.name)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            raise CommandError(
                _("打不开文件 %(path)s：%(reason)s") % {"path": path, "reason": error.strerror}
            ) from error
        parsed = parse(source.text)
        if options["json"]:
            self.stdout.write(json.dumps(report(source, parsed), ensure_ascii=False, indent=1))
            return
        self._make(source, parsed, options)

    def _make(self, source: Source, parsed: ParsedDocument, options: dict[str, Any]) -> None:
        try:
            if options["policy"]:
                summary = importing.amend_from_file(parsed, slug=options["policy"])
            else:
                summary = importing.create_from_file(
                    parsed, parent=options["parent"] or "", slug=options["slug"] or ""
                )
        except ValidationError as error:
            raise CommandError("；".join(sentences(error, PolicyPage))) from error
        self.stdout.write(summary)
        for sentence in (*source.notes, *(remark.message for remark in parsed.remarks)):
            self.stdout.write(f"  {sentence}")
