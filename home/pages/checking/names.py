"""A person's name beside words that label the person (孤儿张小明), found in a text.

《困境儿童个人信息保护工作办法》 forbids to label children; a family's hardship beside its name is
sensitive personal information (PIPL, article 28). Chinese names have no capitals: what is found is
likely, not certain, so the editor is shown the place and decides. Official texts speak of
残疾儿童康复 and 孤儿安置 all the time: a candidate must begin with a family name, be no word of the
dictionary, and end where a name would end. A masked name (张某某, 李××) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import rjieba

from home.pages.checking.numbers import Found

# The family names of nine people in ten and more, by frequency (第七次人口普查, the first 400).
_ONE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔"
    "向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌"
    "毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时穆农司卓古吉缪简车项连芦麦"
    "褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明"
    "佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅"
    "屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修"
    "邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡"
    "富尧闭由"
)
# Family names that are also words which may stand behind a label: 孤儿和弃婴, 孤儿于在校期间.
_ALSO_WORDS = frozenset(
    "于和时应向从都平常高全方安成任连党国宣相强盛信利支家官公权管解查计温单包项由闭阳富农经司商房车路游"
    "门但若居原直满达元干立展阴储养教育关容明白金石古后初封危能终沙水池"
)
_TWO = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
    "端木",
)

# What marks somebody out. Longer words stand first: 残疾儿童 before 残疾人.
_LABELS = (
    "事实无人抚养儿童|艾滋病感染儿童|受艾滋病影响儿童|困境儿童|困境家庭|困难儿童|困难家庭|留守儿童|流动儿童|"
    "流浪儿童|残疾儿童|残疾学生|残疾少年|残疾青年|残疾人|残障儿童|重病儿童|患病儿童|受害儿童|受侵害儿童|被拐儿童|"
    "弃婴|孤儿|孤残儿童|单亲儿童|失依儿童|受助儿童|受助学生|受助对象|救助对象|贫困学生|贫困生|贫困户|特困学生|"
    "特困人员|特困户|特困儿童|五保户|低保户|低保对象|低保家庭|低保儿童|低保学生|低收入家庭|建档立卡户|脱贫户|"
    "自闭症儿童|孤独症儿童|脑瘫儿童|脑瘫患儿|聋儿|智障儿童|患儿|失学儿童|辍学学生|服刑人员子女|戒毒人员子女|"
    "未成年被害人|未成年受害人|涉案未成年人"
)
# Words that label only where a name stands right beside them: official texts are full of them.
_BARE = "残疾|低保|特困|困境"
# Who of the labelled household or kind is meant: 低保户儿童, 困境家庭的孩子, 低保家庭大学生.
_WHO = (
    "(?:(?:家庭|户|家)?中?的?(?:儿童|孩子|小孩|子女|儿子|女儿|男孩|女孩|男童|女童|少年|青少年|"
    "未成年人|青年|老人|居民|村民|人员|对象|(?:大|中|小|高中|初中)?学生|成员|家长))?"
)
_NAME = r"[\u4e00-\u9fff]"
_AFTER = re.compile(
    rf"(?:(?:{_LABELS}){_WHO}|(?:{_BARE})(?:家庭|户|家)?{_WHO})[\s:：“\"‘'「]{{0,2}}"
    rf"(?:(?:姓名|名叫|叫做|叫|是|为|系)[\s:：“\"「]{{0,2}})?(?P<name>{_NAME}{{2,4}})"
)
_BEFORE = re.compile(
    rf"(?:^|(?<=[\s，。；：、！？,;:!?（(“\"》>\t]))(?P<name>{_NAME}{{2,4}}?)"
    rf"(?:同学|小朋友|女士|先生)?(?:[（(](?:系|是|为)?|[，,]?(?:系|是|为|属于|属)(?:一名|一个|我县|我市|本村|当地)?(?:的)?)"
    rf"(?:{_LABELS})(?![\u4e00-\u9fff]*(?:办|处|中心|协会|联合会|机构))",
    re.M,
)
# 王小明（残疾）, 李丽（8岁，低保户）, 张强（肢体残疾二级）: the label somewhere in the brackets.
_BRACKETED = re.compile(
    rf"(?:^|(?<=[\s，。；：、！？,;:!?（(“\"》>\t了给为向与和]))(?P<name>{_NAME}{{2,4}}?)(?:同学|小朋友|女士|先生)?"
    rf"\s?[（(][^（）()\n]{{0,12}}?(?:{_LABELS}|{_BARE})(?:[一二三四1-4]级|家庭|户)?"
    r"(?:[，,、；;\s][^（）()\n]{0,12})?[）)]",
    re.M,
)
# 王小明享受低保, 李丽患有残疾, 赵强家是低保户.
_RECEIVES = re.compile(
    rf"(?:^|(?<=[\s，。；：、！？,;:!?（(“\"》>\t]))(?P<name>{_NAME}{{2,4}}?)(?:同学|小朋友|女士|先生)?"
    rf"(?:一家|家)?(?:正|已|已经|一直)?(?:享受|领取|纳入|被纳入|患有|有|属于|是|为|系)"
    rf"(?:肢体|视力|听力|言语|智力|精神|多重)?(?:{_BARE})(?:[一二三四1-4]级|家庭|户|金)?"
    r"(?=[，。；、！？,;!?\s]|$)",
    re.M,
)
_DESCRIBED = re.compile(
    rf"(?:^|(?<=[\s，。；：、！？,;:!?“\"\t]))(?P<name>{_NAME}{{2,4}})[，,\s]{{1,2}}[男女](?:[，,。；;、\s童孩]|$)"
    rf"(?=[^。\n]{{0,60}}(?:{_LABELS}|低保|残疾|困境|特困))",
    re.M,
)
# What may stand behind a name: nothing, a mark, a figure, or the beginning of what is said of it.
_ENDS = re.compile(
    r"(?:$|[^\u4e00-\u9fff]|[的在等是因患于家同小今现年已被由获与和及说随自从到住男女近去仅只就每也曾独送办申上读患失一两]|"
    r"[某×]|先生|女士|老师|父母|母亲|父亲|爷爷|奶奶|生活|收到|领取|表示|告诉|考上|出生|来自|接受)"
)
# Signs that hold sentences together; hardly a given name has one.
_NEVER_GIVEN = frozenset(
    "的了是在和与及为被把对从向由等或其本该各每有无不应可将已未须需到至以并所要会能按经给让使者们个名位岁"
    "类级项款条章节部厅局委办处科室省市县区乡镇村街道等某"
)
# Words that begin with a family name and that the dictionary takes for names.
_NO_NAMES = re.compile(
    "康复|安康|成长|成才|成人|关怀|温馨|温情|华侨|平安|常住|全日制|原生|相关|居家|居民|国家|"
    "明确|应急|时间|方案|金额|石油|解决|管理|支持|计划|安全|全面|全部|连续|来源|信息|都市|公安|"
    "公益|利用|强化|强制|富裕|荣誉|修订|司法|单位|单独|单亲|车站|党员|商业|国籍|申请|相衔|普惠|"
    "索证|白银|公正|施策|来看|位数|项目|经费|农村|农民|卫生|利益|乐园|福利|祝福|元旦|阳光"
)

_ROW_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
_COLUMNS = re.compile(
    r"身份证|证件|电话|手机|住址|地址|监护人|年龄|性别|出生|类别|银行|卡号|学校|金额|备注"
)


def is_name(word: str) -> bool:
    """Whether these two to four characters can be a person's name and are no ordinary word."""
    family = 2 if word[:2] in _TWO else 1
    given = word[family:]
    if (family == 1 and word[:1] not in _ONE) or not 1 <= len(given) <= 2:
        return False
    if _NEVER_GIVEN.intersection(given) or _NO_NAMES.match(word):
        return False
    return not _is_ordinary(word)


@cache
def _is_ordinary(word: str) -> bool:
    """Whether the dictionary reads it as words that are no name (方面, 关爱服, 和弃婴)."""
    if word[:2] in _TWO:
        return False
    first, *rest = rjieba.tag(word, hmm=False)
    if len(first[0]) > 1:
        return not first[1].startswith("nr")
    given = word[1:]
    if word[0] not in _ALSO_WORDS or (len(given) == 2 and given[0] == given[1]):
        return False
    # 高宇轩 or 和弃婴: the guess of the segmenter decides where the family name is a word as well.
    return bool(rest) and [kind for _, kind in rjieba.tag(word, hmm=True)] != ["nr"]


def find_labelled_names(text: str) -> Iterator[Found]:
    """Names that stand beside a label, on either side, in order; each span holds both."""
    seen = 0
    found = [
        *(
            (match, _fitting(match["name"], text, match.start("name")))
            for match in _AFTER.finditer(text)
        ),
        *(
            (match, match["name"])
            for pattern in (_BEFORE, _BRACKETED, _RECEIVES, _DESCRIBED)
            for match in pattern.finditer(text)
            if is_name(match["name"])
        ),
    ]
    for match, name in sorted(found, key=lambda pair: pair[0].start()):
        if name and match.start() >= seen:
            seen = match.start("name") + len(name)
            yield Found(
                match.start(),
                max(seen, match.end() if match.re is not _AFTER else seen),
                masked_name(match[0], name),
            )


def masked_name(words: str, name: str) -> str:
    """The words with all but the family name hidden, and no more of them than is needed."""
    start = words.index(name)
    hidden = name[:1] + "*" * (len(name) - 1)
    return f"{words[:start][-12:]}{hidden}{words[start + len(name) :][:8]}"


def _fitting(run: str, text: str, start: int) -> str:
    """The longest beginning of `run` that is a name and ends like one; empty if none does."""
    longest = 4 if run[:2] in _TWO else 3
    for length in range(min(longest, len(run)), 1, -1):
        if is_name(run[:length]) and _ENDS.match(text, start + length):
            return run[:length]
    return ""


def find_tables_of_names(text: str) -> Iterator[Found]:
    """Rows below a head with 姓名 and another personal column; tabs, bars or spaces part cells."""
    lines = [(match.start(), match[0]) for match in re.finditer(r"[^\n]+", text)]
    for number, (start, head) in enumerate(lines):
        cells = _cells(head)
        if "姓名" not in "".join(cells) or len(cells) < 2 or not _COLUMNS.search(head):
            continue
        column = next(place for place, cell in enumerate(cells) if "姓名" in cell)
        rows = 0
        end = start + len(head)
        for below_start, below in lines[number + 1 :]:
            below_cells = _cells(below)
            if len(below_cells) < 2 or len(below_cells) <= column:
                break
            if _is_row_name(below_cells[column]):
                rows += 1
            end = below_start + len(below)
        if rows:
            yield Found(start, end, f"{rows}行")


def find_lists_of_names(text: str) -> Iterator[Found]:
    """Three names and more in a row where the words before say that they are helped or labelled."""
    for match in re.finditer(
        r"(?:[\u4e00-\u9fff]{2,4}[、，,\s]{1,2}){2,}[\u4e00-\u9fff]{2,4}", text
    ):
        words = re.findall(r"[\u4e00-\u9fff]{2,4}", match[0])
        names = [word for word in words if is_name(word)]
        before = text[max(0, match.start() - 40) : match.start()] + words[0]
        told = re.search(rf"{_LABELS}|低保|残疾|困境|特困|受助|救助|资助", before)
        if len(names) >= 3 and len(names) * 3 >= len(words) * 2 and told:
            yield Found(match.start(), match.end(), f"{len(names)}个")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"\t|\||｜|\s{2,}|\s", line) if cell.strip()]


def _is_row_name(cell: str) -> bool:
    return bool(_ROW_NAME.fullmatch(cell)) and is_name(cell)
