"""Many pages to search: the plan's own sentences, mixed anew. Made up by chance, and repeatable."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import Page

from home.portal.models import NewsIndexPage, NewsPage

PLAN = Path(__file__).resolve().parents[2] / "site" / "ops" / "content" / "action-plan.txt"
PORTION = 1_000


def fill(section: NewsIndexPage, count: int) -> None:
    """Puts `count` live news pages under the section, past Wagtail's own slow way."""
    text = PLAN.read_text("utf-8")
    sentences = [one for one in re.split(r"(?<=[。;；])", text) if len(one) > 8]
    words = re.findall(r"[\u4e00-\u9fff]{2,6}", text)
    chance = random.Random(count)
    first = section.numchild + 1
    for start in range(first, first + count, PORTION):
        numbers = range(start, min(start + PORTION, first + count))
        with transaction.atomic():
            pages = Page.objects.bulk_create(_page(section, n, chance, words) for n in numbers)
            for page in pages:
                news = NewsPage(
                    body="<p>" + "".join(chance.choices(sentences, k=5)) + "</p>",
                    published_on=date(2020, 1, 1) + timedelta(days=chance.randrange(2000)),
                )
                news.page_ptr = page
                news.save_base(raw=True)
    Page.objects.filter(pk=section.pk).update(numchild=first + count - 1)


def queries(count: int, seed: int = 1) -> Iterator[str]:
    """What is asked: words, pairs and questions of the plan, and words it does not have."""
    text = PLAN.read_text("utf-8")
    words = re.findall(r"[\u4e00-\u9fff]{2,4}", text)
    common = ["儿童", "服务", "工作", "流动儿童", "救助", "残疾", "教育", "民政"]
    asked = [
        "公租房怎么申请",
        "外地孩子在沈阳上小学需要什么材料",
        "辽民发〔2025〕10号",
        "医",
        "护照办理",
    ]
    chance = random.Random(seed)
    for number in range(count):
        yield [
            chance.choice(common),
            chance.choice(words),
            f"{chance.choice(words)} {chance.choice(words)}",
            f"{chance.choice(common)}{chance.choice(words)}",
            chance.choice(asked),
            f"请问{chance.choice(words)}的{chance.choice(words)}怎么办理",
        ][number % 6]


def _page(section: NewsIndexPage, number: int, chance: random.Random, words: list[str]) -> Page:
    title = "".join(chance.choices(words, k=3))
    return Page(
        title=title,
        draft_title=title,
        slug=f"n{number}",
        path=Page._get_path(section.path, section.depth + 1, number),
        depth=section.depth + 1,
        url_path=f"{section.url_path}n{number}/",
        live=True,
        locale_id=section.locale_id,
        content_type=ContentType.objects.get_for_model(NewsPage),
    )
