"""The table that a web page prints around a document: 索引号, 发文机关, 发布日期 …"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .lines import Line

# Labels that such pages carry and nobody asks for: kept as blocks, not as values.
_PASSED_OVER = """
主题分类 主题词 关键词 关键字 有效性 时效性 效力状态 状态 实施日期 生效日期 施行日期 废止日期
失效日期 有效期 浏览次数 阅读次数 点击数 点击量 浏览量 访问量 字体 字体大小 组配分类 公开方式
公开形式 公开类别 公开范围 公开属性 体裁分类 体裁 文种 公文种类 服务对象分类 服务对象 信息分类
信息类别 信息类型 文件类型 统一登记号 统一编号 登记号 签发人 密级 紧急程度 审核 校对 作者 记者
时间 日期 分享 分享到 当前位置 您的位置 您当前的位置 所在位置 语种 政策解读 图解 概述
内容概述 文件状态 规范性文件编号 发布渠道 发文事由 编号 代码 责任部门 所属栏目
时效 分类 类别 栏目 页数
"""
_FIELDS = {
    "index_number": ("索引号", "索引编号"),
    "document_number": ("发文字号", "发文文号", "文件编号", "文件字号", "文号", "字号"),
    "title": ("文件名称", "信息名称", "标题", "名称"),
    "issuer": ("发文机关", "发文机构", "发文单位", "制发机关", "制定机关", "发布机构", "发布机关"),
    "joint": ("联合发文单位", "联合发文机构"),
    "adopted_on": ("成文日期", "发文日期", "制发日期", "印发日期", "生成日期", "成文时间"),
    "published_on": ("发布日期", "发布时间", "公开日期", "公开时间", "公布日期"),
    "source": ("信息来源", "文件来源", "稿件来源", "文章来源", "来源"),
    "editor": ("责任编辑", "编辑"),
    "": tuple(_PASSED_OVER.split()),
}
_FIELD_OF = {label: name for name, labels in _FIELDS.items() for label in labels}
_GAP = r"\s{0,6}"
_ANY = "|".join(_GAP.join(label) for label in sorted(_FIELD_OF, key=len, reverse=True))
_HEAD = re.compile(
    rf"[-*•·●]?\s{{0,4}}(?:[\[【]\s{{0,2}}(?P<boxed>{_ANY})\s{{0,2}}[\]】]\s{{0,2}}:?"
    rf"|(?P<plain>{_ANY})\s{{0,6}}(?::|(?=\t)))"
)
_NEXT = re.compile(
    rf"(?<=\s)(?:[\[【]\s{{0,2}}(?P<boxed>{_ANY})\s{{0,2}}[\]】]\s{{0,2}}:?|(?P<plain>{_ANY})\s{{0,6}}:"
    rf"|(?<=\t)(?P<cell>{_ANY})(?=\t))"
)
_PAGE_PATH = re.compile(r"首\s?页(?:\s{0,3}$|\s{0,3}[>»›/|])|[^。《]{1,30}\s[>»›]\s")
_LONGEST_LINE = 600


def is_label_line(line: Line) -> bool:
    """Whether a line is a row of the table, or the path of the page (首页 > 政务公开)."""
    if len(line.shape) > _LONGEST_LINE:
        return False
    return bool(_HEAD.match(line.shape) or _PAGE_PATH.match(line.shape))


def labels_in(line: Line) -> Iterator[tuple[str, str]]:
    """Field and value of every label in a label line; the field is "" for labels nobody keeps."""
    found = _HEAD.match(line.shape)
    while found:
        following = _NEXT.search(line.shape, found.end())
        end = following.start() if following else len(line.shape)
        if found.group()[-1:] not in ":]】":
            # A table's cells: the value ends with its own.
            tab = line.shape.find("\t", found.end() + 1)
            end = min(end, tab) if tab > 0 else end
        name = found["boxed"] or found["plain"] or found.groupdict().get("cell") or ""
        printed = "".join(name.split())
        yield _FIELD_OF[printed], line.text[found.end() : end].strip()
        found = following


def is_unfilled(value: str) -> bool:
    """Whether a value is a template nobody filled in: 政府公报 年 第期(总第期)."""
    return not value or bool(re.search(r"(?:^|[^0-9])\s{0,3}年\s{0,3}第\s{0,3}期", value))
