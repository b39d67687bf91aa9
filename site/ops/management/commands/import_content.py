"""`manage.py import_content FILE.jsonl`: pages from lines of JSON. Safe to repeat."""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from wagtail.models import Page

from home.pages.authority import authorised_by, operator
from ops.exchange.importing import Import, Outcome, Summary
from ops.exchange.lines import Kind
from ops.exchange.pages import KINDS


class Command(BaseCommand):
    help = "Loads pages (policies, interpretations, services, news) from a file of JSON lines."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.jsonl")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen; save nothing"
        )
        parser.add_argument(
            "--draft", action="store_true", help="save drafts; editors publish them"
        )
        parser.add_argument(
            "--parent",
            action="append",
            default=[],
            metavar="TYPE=PATH",
            help="put new pages of a type below this page, as in news=/news/",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        deed = Import(
            bad=lambda number, reason: self.stderr.write(f"第 {number} 行：{reason}"),
            remark=lambda number, words: self.stdout.write(f"第 {number} 行（提示）：{words}"),
            publish=not options["draft"],
            dry_run=options["dry_run"],
            sections=dict(map(_parent, options["parent"])),
        )
        # Wagtail tells of three deeds a page.
        logging.getLogger("wagtail").setLevel(logging.WARNING)
        try:
            with options["file"].open("rb") as file, authorised_by(operator("import_content")):
                summary = deed.run(file)
        except OSError as error:
            raise CommandError(f"{options['file']}：{error.strerror}") from error
        self._tell(summary, dry_run=options["dry_run"])
        if bad := summary.outcomes[Outcome.BAD]:
            raise CommandError(f"{bad} 行没有导入，原因见上；改好后可以整份再导一次。")

    def _tell(self, summary: Summary, *, dry_run: bool) -> None:
        count = summary.outcomes
        for (kind, name), lines in sorted(summary.not_kept.items()):
            self.stdout.write(f"{kind} 没有 {name} 这一项：{lines} 行的内容没有保存")
        self.stdout.write(
            f"{'试运行，没有保存：' if dry_run else ''}共 {summary.lines} 行："
            f"新增 {count[Outcome.MADE]}，更新 {count[Outcome.CHANGED]}，"
            f"未变 {count[Outcome.UNCHANGED]}，有误 {count[Outcome.BAD]}"
            + (f"；其中 {summary.drafts} 个存为草稿" if summary.drafts else "")
        )


def _parent(option: str) -> tuple[Kind, Page]:
    name, _, path = option.partition("=")
    if name not in list(Kind) or not path:
        raise CommandError(f"--parent {option}：应写成 news=/news/ 这样")
    kind = Kind(name)
    page = next((page for page in Page.objects.filter(depth__gt=1) if page.url == path), None)
    if page is None:
        raise CommandError(f"--parent {option}：没有这个页面")
    if not KINDS[kind].model.can_create_at(page.specific):
        raise CommandError(f"--parent {option}：这个页面下面不能放这一类内容")
    return kind, page
