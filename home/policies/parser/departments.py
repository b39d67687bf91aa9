"""Which departments a text makes responsible, and the names by which such texts call them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from .lines import shape_of

# Codes of home.directory's departments. A name that ends in the word for a body (残联, 人民法院)
# stands for it by itself; any other is a field of work (教育) and means the department only where
# the text says so: 教育部门, 省教育厅, or a list that ends in 等部门.
DEPARTMENT_NAMES: Mapping[str, tuple[str, ...]] = {
    "civil-affairs": ("民政",),
    "political-legal": ("政法委", "政法委员会", "政法"),
    "cyberspace": ("网信办", "网信", "互联网信息办公室", "互联网信息"),
    "court": ("人民法院", "法院"),
    "procuratorate": ("人民检察院", "检察院", "检察"),
    "development-reform": ("发展改革", "发展和改革", "发改"),
    "education": ("教育", "教委"),
    "public-security": ("公安", "公安机关"),
    "finance": ("财政",),
    "human-resources": ("人力资源社会保障", "人力资源和社会保障", "人社"),
    "housing": ("住房城乡建设", "住房和城乡建设", "住建", "住房保障"),
    "transport": ("交通运输", "交通"),
    "health": ("卫生健康", "卫健", "卫生计生", "卫生"),
    "broadcasting": ("广电", "广播电视"),
    "statistics": ("统计",),
    "medical-insurance": ("医保", "医疗保障"),
    "disease-control": ("疾控", "疾病预防控制"),
    "women-children-committee": (
        "妇儿工委办公室",
        "妇儿工委办",
        "妇儿工委",
        "妇女儿童工作委员会办公室",
        "妇女儿童工作委员会",
    ),
    "youth-league": ("团委", "共青团", "团省委", "团市委", "团县委", "团区委"),
    "womens-federation": ("妇联", "妇女联合会"),
    "disabled-federation": ("残联", "残疾人联合会"),
}

_BODY_ENDINGS = ("委", "会", "办", "室", "院", "团", "联", "机关", "厅", "局")
# A field of work that is only the tail of another thing: 家庭教育 is no department's name.
_COMPOUND_WORDS = """
家庭教育 健康教育 义务教育 学前教育 职业教育 高等教育 特殊教育 继续教育 基础教育
法治教育 法制教育 安全教育 思想教育 宣传教育 警示教育 素质教育 道德教育 国防教育
成人教育 民办教育 受教育 社会教育 终身教育 劳动教育 心理卫生 公共卫生 环境卫生
公共交通 轨道交通 城市交通 基本医疗保障 公共财政 集团委 社团委 兵团委 夫妇联
孕妇联 产妇联 伤残联 致残联 病残联
"""
_COMPOUNDS = tuple(_COMPOUND_WORDS.split())
# 教育部署 is no ministry, 残联系人 no federation, 教育局面 no bureau.
_BODY_OF_FIELD = re.compile(
    r"(?:行政|主管)?(?:部门(?!户)|机关|厅(?!级)|局(?![面部势限])|委员会|委(?![托派任])|部(?![署分位件队门])|部(?=门户))"
)
_AFTER_BODY = {
    "委": re.compile(r"[托派任屈]"),
    "办": re.compile(r"[理法学案]|公(?!室)"),
    "会": re.compile(r"[议同商]"),
    "联": re.compile(r"合(?!会)|系(?!统)|动"),
    "团": re.compile(r"[员队体结伙]"),
    "局": re.compile(r"[面部势限]"),
}
_LIST_END = re.compile(r"部门(?!户)|部委|机关|单位|委办局")
_QUALIFIER_WORDS = "各有关 各相关 有关 相关 职能 主管 行政 业务 成员 政府 各 个"
_QUALIFIERS = tuple(_QUALIFIER_WORDS.split())
_COUNT = re.compile(r"等([0-9一二三四五六七八九十多]{1,3})$")
_OTHERS = re.compile(r"[及和]其他[\u4e00-\u9fff]{0,6}$")
_UNKNOWN = re.compile(r"(?!各|有关|其他|本|该)[\u4e00-\u9fff]{2,12}")
_AND = ("以及", "、", "和", "及", "与", "或")
_RESPONSIBLE = re.compile(
    r"(?:责任|牵头|配合|负责|主办|协办|参与|参加)(?:部门|单位)\s?:\s?([^。;:()\n]{1,200})"
)
_TITLE = re.compile(r"《[^《》]{0,400}》")
_LONGEST_UNKNOWN = 12


def departments_named_in(text: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """The codes of the departments a text names as departments, in the order of first mention.

    `names` maps a code to its names as they occur in such texts (see DEPARTMENT_NAMES). What stands
    inside 《》 names a document and not a duty, and is passed over.
    """
    known, pattern, longest = _prepare(tuple((code, tuple(words)) for code, words in names.items()))
    shape = _TITLE.sub(lambda found: "□" * len(found.group()), shape_of(text))
    found = [
        *_named_bodies(shape, known, pattern),
        *_listed(shape, known, longest),
        *_declared(shape, known),
    ]
    return list(dict.fromkeys(code for _, code in sorted(found)))


@lru_cache(maxsize=8)
def _prepare(
    names: tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[dict[str, str], re.Pattern[str], int]:
    known = {word: code for code, words in names for word in words if word}
    ordered = sorted(known, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, ordered)) or r"(?!)")
    return known, pattern, max(map(len, known), default=0)


def _named_bodies(
    shape: str, known: Mapping[str, str], pattern: re.Pattern[str]
) -> Iterator[tuple[int, str]]:
    """残联, 人民法院; 教育部门, 省民政厅, 公安机关."""
    for found in pattern.finditer(shape):
        name, end = found.group(), found.end()
        if _is_compound(shape, end):
            continue
        if _BODY_OF_FIELD.match(shape, end):
            yield found.start(), known[name]
        elif name.endswith(_BODY_ENDINGS):
            misread = _AFTER_BODY.get(name[-1])
            if not misread or not misread.match(shape, end):
                yield found.start(), known[name]


def _is_compound(shape: str, end: int) -> bool:
    return shape.endswith(_COMPOUNDS, max(0, end - 6), end)


def _listed(shape: str, known: Mapping[str, str], longest: int) -> Iterator[tuple[int, str]]:
    """教育、公安、卫生健康等有关部门和单位: read backwards from the word that closes the list.

    Each list is read back to the end of the one before it, so the whole stays linear.
    """
    floor = 0
    for closing in _LIST_END.finditer(shape):
        position, listed = _before_qualifiers(shape, closing.start(), floor)
        if closing.group() != "单位" or listed:
            yield from _read_back(shape, position, floor, known, longest)
        floor = closing.end()


def _before_qualifiers(shape: str, position: int, floor: int) -> tuple[int, bool]:
    """Steps back over 等有关 and 等21个; tells whether 等 was met."""
    while word := next((q for q in _QUALIFIERS if shape.endswith(q, floor, position)), ""):
        position -= len(word)
    if counted := _COUNT.search(shape[max(floor, position - 4) : position]):
        position -= len(counted[1])
    elif others := _OTHERS.search(shape[max(floor, position - 9) : position]):
        position -= len(others.group())
    if shape.endswith("等", floor, position):
        return position - 1, True
    return position, False


def _read_back(
    shape: str, position: int, floor: int, known: Mapping[str, str], longest: int
) -> Iterator[tuple[int, str]]:
    while position > floor:
        name = _name_before(shape, position, floor, known, longest)
        if name and not _is_compound(shape, position):
            position -= len(name)
            yield position, known[name]
        else:
            # A department that isn't in the table: 民政、应急管理、教育等部门.
            begin = max(floor, position - _LONGEST_UNKNOWN)
            start = shape.rfind("、", begin, position) + 1
            if not start or not _UNKNOWN.fullmatch(shape, start, position):
                return
            position = start
        joint = next((word for word in _AND if shape.endswith(word, floor, position)), "")
        if not joint:
            return
        position -= len(joint)


def _name_before(
    shape: str, position: int, floor: int, known: Mapping[str, str], longest: int
) -> str:
    for length in range(min(longest, position - floor), 0, -1):
        if shape[position - length : position] in known:
            return shape[position - length : position]
    return ""


def _declared(shape: str, known: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """责任部门:民政、教育、公安."""
    for found in _RESPONSIBLE.finditer(shape):
        position = found.start(1)
        for item in re.split(r"([、,\s和及])", found[1]):
            bare = item.lstrip("省市县区各")
            if bare in known:
                yield position + len(item) - len(bare), known[bare]
            position += len(item)
