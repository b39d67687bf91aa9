"""Files as they arrive: what is read of them, and how bad ones are refused. All made up."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import docx
import pytest

from home.policies.parser import parse
from home.policies.sources import Refusal, limits, read_file, read_pasted
from tests.policies import word_files as word

ROOT = Path(__file__).resolve().parents[2]
TEXT = "示例通知（虚构）\n一、总则\n（一）宗旨。说明。\n"


TABLE = "示例通知（虚构）\n一、总则\n事项\t部门\n入学\t教育部门\n二、附则"


def read(data: bytes, name: str = "示例.docx") -> str:
    return read_file(io.BytesIO(data), name).text


def refusal(data: bytes, name: str = "示例.docx") -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_file(io.BytesIO(data), name)
    assert str(caught.value).endswith("。")
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files_are_read_in_the_encodings_of_windows(encoding: str) -> None:
    assert read(TEXT.replace("\n", "\r\n").encode(encoding), "通知.TXT") == TEXT


def test_a_pasted_text_is_kept_as_it_is() -> None:
    assert read_pasted(TEXT).text == TEXT


def test_what_a_real_word_processor_library_writes_is_read_whole() -> None:
    file = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("示例通知（虚构）")
    made.add_paragraph("一、总则")
    table = made.add_table(rows=2, cols=2)
    for cell, words in zip(
        (cell for row in table.rows for cell in row.cells),
        ("事项", "部门", "入学", "教育部门"),
        strict=True,
    ):
        cell.text = words
    made.add_paragraph("二、附则")
    made.save(file)
    assert read(file.getvalue()) == TABLE


def test_automatic_numbers_are_printed_as_word_prints_them() -> None:
    levels = (
        word.level(0, "chineseCountingThousand", "%1、", '<w:suff w:val="nothing"/>')
        + word.level(1, "chineseCounting", "（%2）", '<w:suff w:val="nothing"/>')
        + word.level(2, "decimal", "%3.")
        + word.level(3, "decimal", "（%4）")
    )
    body = "".join(
        word.listed(text, 1, level)
        for text, level in (
            ("总则", 0), ("宗旨。甲。", 1), ("范围。乙。", 1), ("措施", 0), ("入学。丙。", 1),
            ("材料", 2), ("证明", 2), ("户口簿", 3), ("就医。丁。", 1), ("登记", 2),
        )
    )  # fmt: skip
    body = word.paragraph("示例工作方案（虚构）") + body
    text = read(word.word_file(body, {"word/numbering.xml": word.numbering(levels)}))
    assert text.split("\n")[1:-1] == [
        "一、总则", "（一）宗旨。甲。", "（二）范围。乙。", "二、措施", "（一）入学。丙。",
        "1. 材料", "2. 证明", "（1） 户口簿", "（二）就医。丁。",
    ]  # fmt: skip
    assert [one.key for one in parse(text).clauses] == [
        "1", "1-1", "1-2", "2", "2-1", "2-1-1", "2-1-2", "2-1-2-1", "2-2", "2-2-1",
    ]  # fmt: skip


def test_articles_numbered_by_word_have_their_chapters() -> None:
    levels = word.level(0, "chineseCountingThousand", "第%1章") + word.level(
        1, "chineseCountingThousand", "第%2条", '<w:lvlRestart w:val="0"/>'
    )
    body = "".join(
        word.listed(text, 1, level)
        for text, level in (("总则", 0), ("为了示例。", 1), ("附则", 0), ("自公布之日起施行。", 1))
    )
    text = read(word.word_file(body, {"word/numbering.xml": word.numbering(levels)}))
    assert text == "第一章 总则\n第一条 为了示例。\n第二章 附则\n第二条 自公布之日起施行。"


def test_a_list_that_begins_anew_and_one_that_a_style_numbers() -> None:
    lists = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
    )
    styles = (
        f'<w:styles {word.NAMESPACES}><w:style w:type="paragraph" w:styleId="a">'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="b"><w:basedOn w:val="a"/></w:style></w:styles>'
    )
    body = (
        word.paragraph("甲", '<w:pStyle w:val="a"/>')
        + word.paragraph("乙", '<w:pStyle w:val="b"/>')
        + word.listed("丙", 2)
        + word.listed("丁", 2)
        + word.paragraph("戊", '<w:pStyle w:val="a"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    parts = {
        "word/numbering.xml": word.numbering(word.level(0, "decimal", "%1."), lists),
        "word/styles.xml": styles,
    }
    assert read(word.word_file(body, parts)) == "1. 甲\n2. 乙\n1. 丙\n2. 丁\n戊"


def test_line_breaks_text_boxes_and_accepted_changes_are_read() -> None:
    box = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        f"<w:txbxContent>{word.paragraph('框中文字')}</w:txbxContent></wps:txbx></w:drawing>"
        "</mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        f"{word.paragraph('框中文字')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>框外</w:t></w:r></w:p>"
    )
    body = (
        "<w:p><w:r><w:t>上行</w:t><w:br/><w:t>下行</w:t></w:r></w:p>"
        "<w:p><w:ins><w:r><w:t>加上</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>去掉</w:delText></w:r></w:del></w:p>" + box
    )
    source = read_file(io.BytesIO(word.word_file(body)), "示例.docx")
    assert source.text == "上行\n下行\n加上\n框外\n框中文字"
    assert [note[:8] for note in source.notes] == ["有 1 处图片、", "有 1 处未接受"]


def test_notes_at_the_foot_come_last_and_headers_are_named() -> None:
    parts = {
        "word/footnotes.xml": f'<w:footnotes {word.NAMESPACES}><w:footnote w:id="1">'
        f"{word.paragraph('脚注说明')}</w:footnote></w:footnotes>",
        "word/header1.xml": f"<w:hdr {word.NAMESPACES}>{word.paragraph('内部资料')}</w:hdr>",
        "word/footer1.xml": f"<w:ftr {word.NAMESPACES}>{word.paragraph('— 1 —')}</w:ftr>",
    }
    source = read_file(io.BytesIO(word.word_file(word.paragraph("正文"), parts)), "示例.docx")
    assert source.text == "正文\n注：脚注说明"
    assert any("内部资料" in note for note in source.notes)


# What is refused, and why it says.


def test_an_empty_file_or_text_is_refused() -> None:
    assert refusal(b"").code == "empty"
    assert refusal(b" \n", "空.txt").code == "empty"
    assert refusal(word.word_file()).code == "empty"
    with pytest.raises(Refusal):
        read_pasted(" \u3000\n")


@pytest.mark.parametrize("name", ["旧.doc", "旧.wps", "旧.rtf"])
def test_old_word_files_are_to_be_saved_as_docx(name: str) -> None:
    assert ".docx" in str(refusal(word.old_word(), name))
    assert refusal(word.old_word(), "改了名.docx").code == "old-word"


def test_other_kinds_of_file_are_refused_whatever_they_are_called() -> None:
    assert refusal(b"%PDF-1.7", "扫描.pdf").code == "wrong-kind"
    assert refusal(b"%PDF-1.7", "扫描.docx").code == "wrong-extension"
    assert refusal(b"\x89PNG\r\n\x1a\n", "图.txt").code == "wrong-extension"
    assert refusal(word.word_file(word.paragraph("字")), "字.txt").code == "wrong-extension"
    assert refusal(b"\x00\x01\x02", "乱.txt").code == "not-text"
    assert refusal(TEXT.encode(), "其实是文本.docx").code == "broken"


def test_a_spreadsheet_called_docx_is_refused() -> None:
    assert (
        refusal(word.word_file(kind="application/vnd.ms-excel.sheet.main+xml")).code == "not-word"
    )


def test_a_broken_word_file_is_refused() -> None:
    whole = word.word_file(word.paragraph("正文" * 500))
    assert refusal(whole[: len(whole) // 2]).code == "broken"
    damaged = bytearray(whole)
    damaged[200:260] = b"\xff" * 60
    assert refusal(bytes(damaged)).code == "broken"
    assert refusal(word.word_file(parts={"word/document.xml": "<w:document"})).code == "broken"
    assert refusal(word.word_file(parts={"word/document.xml": "<a/>"})).code == "broken"
    assert refusal(b"PK\x03\x04" + b"\0" * 100).code == "broken"


def test_a_file_under_a_password_is_refused() -> None:
    assert refusal(word.encrypted()).code == "encrypted"


def test_macros_are_refused_under_any_name() -> None:
    assert refusal(word.word_file(kind=word.MACRO_KIND)).code == "macros"
    assert refusal(word.word_file(parts={"word/vbaProject.bin": b"x"})).code == "macros"
    assert refusal(word.word_file(word.paragraph("字")), "宏.docm").code == "macros"


DTD = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


def test_outside_entities_are_refused_and_never_read() -> None:
    body = f'<?xml version="1.0"?>{DTD}' + word.document(word.paragraph("&x;")).split("?>", 1)[1]
    assert refusal(word.word_file(parts={"word/document.xml": body})).code == "document-type"
    for part in ("[Content_Types].xml", "word/styles.xml", "word/numbering.xml"):
        parts = {part: f'<?xml version="1.0"?>{DTD}<a>&x;</a>'}
        assert refusal(word.word_file(word.paragraph("字"), parts)).code == "document-type"


def test_declarations_hidden_in_another_encoding_are_refused() -> None:
    for encoding, name in (("utf-16", "UTF-16"), ("utf-7", "UTF-7")):
        body = f'<?xml version="1.0" encoding="{name}"?>{DTD}<a>&x;</a>'.encode(encoding)
        found = refusal(word.word_file(parts={"word/document.xml": body})).code
        assert found in ("document-type", "broken")


def test_archives_that_unfold_too_far_are_refused() -> None:
    huge = word.document("<w:p/>" * 10_000_000)
    assert refusal(word.word_file(parts={"word/document.xml": huge})).code == "too-large-inside"
    assert refusal(word.bomb_that_lies()).code in ("too-large-inside", "broken")
    assert refusal(word.many_entries(limits.MOST_ENTRIES + 1)).code == "too-large-inside"
    deep = "<w:sdt>" * 200 + "</w:sdt>" * 200
    assert refusal(word.word_file(deep)).code in ("too-large-inside", "broken")


def test_too_much_text_is_refused() -> None:
    assert refusal(b"a" * (limits.TEXT_BYTES + 1), "长.txt").code == "too-large"
    assert refusal("字\n".encode() * limits.MOST_LINES, "长.txt").code == "too-long"
    body = word.paragraph("字" * 20_000) * (limits.MOST_CHARACTERS // 20_000 + 1)
    assert refusal(word.word_file(body)).code == "too-long"


WORST = {
    "50 MB of text": ("worst.txt", lambda: "流动儿童关爱保护。\n".encode() * 1_900_000),
    "the longest text": (
        "worst.txt",
        lambda: ("一、" + "字" * 27 + "\n").encode() * (limits.MOST_LINES - 1),
    ),
    "a bomb of elements": (
        "worst.docx",
        lambda: word.word_file(f"<w:p>{'<w:r/>' * 1_900_000}</w:p>"),
    ),
    "a bomb of attributes": (
        "worst.docx",
        lambda: word.word_file(
            "<w:p " + " ".join(f'a{number:x}=""' for number in range(1_000_000)) + "/>"
        ),
    ),
    "a bomb in the archive": (
        "worst.docx",
        lambda: word.word_file(parts={"word/document.xml": b"<" + b" " * 200_000_000}),
    ),
    "a bomb that lies": ("worst.docx", word.bomb_that_lies),
    "as many entries as fit": ("worst.docx", lambda: word.many_entries(60_000)),
    "the longest Word file": (
        "worst.docx",
        lambda: word.word_file(word.paragraph("流动儿童关爱保护" * 4) * 18_000),
    ),
}
MEASURE = """
import json, sys
sys.path[:0] = [".", "site"]
import django
django.setup()
from pathlib import Path
from home.policies.parser import parse
from home.policies.reading_report import report
from home.policies.sources import Refusal, read_file
for path in map(Path, sys.argv[1:]):
    try:
        with path.open("rb") as file:
            source = read_file(file, path.name)
        told = json.dumps(report(source, parse(source.text)), ensure_ascii=False) and "read"
        del source
    except Refusal as refusal:
        told = refusal.code
    # Not ru_maxrss, which a process takes over from the one that started it.
    status = Path("/proc/self/status").read_text()
    print(path.stem, told, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def test_the_worst_files_are_answered_within_300_mb(tmp_path: Path) -> None:
    """In a process of its own, with all that Django and Wagtail take; the peak after each file."""
    paths = []
    for number, (told, (name, make)) in enumerate(WORST.items()):
        path = tmp_path / f"{number}-{told.replace(' ', '-')}{Path(name).suffix}"
        path.write_bytes(make())
        paths.append(path)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, paths)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    print(done.stdout)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == len(WORST)
    for name, told, peak in lines:
        assert int(peak) < 300, name
        assert (told == "read") is ("longest" in name), (name, told)
