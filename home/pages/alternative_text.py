"""What stands in for a picture: a description, or only the name its file happened to have.

Wagtail offers a picture's title as its alternative text, and the title is the name of the file
until somebody writes another: who hears "IMG_2032" knows less than before.
"""

from __future__ import annotations

import re
from pathlib import PurePath

_FILE = re.compile(r"[^\n]{0,200}\.(?:jpe?g|jfif|png|gif|webp|bmp|tiff?|hei[cf]|svg|avif)\s*", re.I)
# What cameras, telephones and chat programs call a picture, with figures behind it.
_GIVEN_BY_MACHINE = re.compile(
    r"(?:IMG|DSC[NF]?|PXL|MVIMG|WechatIMG|mmexport|wx_camera|snipaste|screen[ _-]?shots?|untitled|"
    r"image|picture|photo|pic|img|"
    r"微信图片|微信截图|微信照片|QQ图片|QQ截图|企业微信截图|屏幕截图|屏幕快照|截图|截屏|图片|照片|图像|未命名|未标题)"
    r"(?:[\s_()（）.:：-]|[0-9]|[年月日时分秒]|上午|下午|at|[AP]M|副本|E?[0-9])*",
    re.I,
)
_CODE = re.compile(r"P?[0-9][0-9\s_.-]{4,}|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.I)


def describes(text: str | None, file_name: str = "") -> bool:
    """Whether `text` says what is to be seen: it is there, and is no name of a file.

    `file_name` is the picture's own, where it is known.
    """
    said = (text or "").strip()
    if not said:
        return False
    if any(pattern.fullmatch(said) for pattern in (_FILE, _GIVEN_BY_MACHINE, _CODE)):
        return False
    stem = PurePath(file_name).stem
    # Storage puts seven characters behind a name that was taken.
    stems = {_plain(stem), _plain(re.sub(r"_[A-Za-z0-9]{7}$", "", stem))}
    return not (said.isascii() and _plain(said) in stems)


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]+", "", name).lower()
