"""Made-up content of any size, the same each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

from home.policies.parser import chinese_numeral

CHARACTERS = "困境儿童流动关爱保护工作服务保障就近入学医疗救助心理健康家庭教育指导社区驿站志愿"
TYPES = ("policy", "interpretation", "service", "news")
DEPARTMENTS = ("民政", "辽宁省教育厅", "公安局", "省卫生健康委", "妇联", "残联", "")


def sentence(random: Random, length: int) -> str:
    return "".join(random.choices(CHARACTERS, k=length)) + "。"


def document(random: Random, parts: int) -> str:
    """An official document of so many parts, each of about a page (1,500 characters)."""
    lines = [
        "示例省民政厅关于示例工作的通知",
        "示民发〔2030〕1号",
        "各市民政局：",
        sentence(random, 80),
    ]
    for part in range(1, parts + 1):
        lines.append(f"{chinese_numeral(part)}、{sentence(random, 8)[:-1]}")
        for section in range(1, 4):
            lines.append(f"（{chinese_numeral(section)}）{sentence(random, 6)}")
            for item in range(1, 4):
                lines.append(f"{item}.{sentence(random, 8)}{sentence(random, 140)}")
    return "\n".join([*lines, "示例省民政厅", "2030年1月1日"])


def lines(count: int) -> Iterator[str]:
    """So many lines for `import_content`, of all four types in turn."""
    random = Random(1)
    for number in range(count):
        kind = TYPES[number % len(TYPES)]
        line: dict[str, Any] = {
            "external_id": f"{kind}-{number:06}",
            "type": kind,
            "title": f"示例{number} {sentence(random, 10)}",
            "published_on": f"2030-01-{number % 28 + 1:02}",
            "department": DEPARTMENTS[number % len(DEPARTMENTS)],
            "keywords": "示例 关爱",
            "body": "\n".join(sentence(random, 150) for _ in range(5)),
        }
        if kind == "policy":
            line["document_number"] = f"示例民发〔2030〕{number + 1}号"
            line["body"] = document(random, 1)
        yield json.dumps(line, ensure_ascii=False)
