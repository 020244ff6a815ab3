"""What the checker holds a document against: GB/T 9704-2012 as domain.md §8 quotes it, with its tolerances."""

import re

SIZES = {
    42: "初号",
    36: "小初",
    26: "一号",
    24: "小一",
    22: "二号",
    18: "小二",
    16: "三号",
    15: "小三",
    14: "四号",
    12: "小四",
}
BODY, TITLE, SMALL = 16.0, 22.0, 14.0
LINES, CHARACTERS = 22, 28
PAPER = (("纸张宽度", "width", 210.0, 1.0), ("纸张高度", "height", 297.0, 1.0))
MARGINS = (("天头", "top", 37.0, 1.0), ("订口", "left", 28.0, 1.0))
AREA = (("版心宽度", 156.0, 1.5), ("版心高度", 225.0, 1.5))
MARK_TOP, LETTER_TOP = 35.0, 30.0
BELOW_NUMBER = 4.0
FOOT_BELOW = 7.0
THICK, THIN = 0.35, 0.25

FANGSONG = ("仿宋", "fangsong")
HEITI = ("黑体", "simhei", "heiti")
KAITI = ("楷体", "kaiti", "simkai")
XIAOBIAOSONG = ("小标宋", "xiaobiaosong", "xbsjw")
SONG = ("宋体", "simsun", "song")
FACES = {"仿宋": FANGSONG, "黑体": HEITI, "楷体": KAITI, "小标宋": XIAOBIAOSONG, "宋体": SONG}

HAN = "[一二三四五六七八九十]+"
LEVELS = (
    re.compile(f"{HAN}、"),
    re.compile(f"（{HAN}）"),
    re.compile(r"\d+[.．](?!\d)"),
    re.compile(r"（\d+）"),
)
LEVEL_FACES = ("黑体", "楷体", "仿宋", "仿宋")
LEVEL_NAMES = ("一、", "（一）", "1.", "（1）")
WRONG_LEVELS = (
    (re.compile(rf"\({HAN}\)"), "（一）"),
    (re.compile(rf"{HAN}[.．,，]"), "一、"),
    (re.compile(rf"（{HAN}）[、.．]"), "（一）"),
    (re.compile(r"\(\d+\)"), "（1）"),
    (re.compile(r"\d+、"), "1."),
    (re.compile(r"[①-⑳]"), "（1）"),
)
NUMBER = re.compile(
    r"(?P<code>[^\s〔\[（(【［]{1,20})\s*(?P<open>[〔\[（(【［﹝])\s*(?P<year>\d{2,4})\s*年?\s*(?P<close>[〕\]）)】］﹞])"
    r"\s*(?P<ordinal>第?)\s*(?P<serial>\d+)\s*(?P<end>号?)"
)
DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
LIKE_DATE = re.compile(
    r"^\s*(\d{2,4}\s*[年./\-—]\s*\d{1,2}\s*[月./\-—]\s*\d{1,2}\s*日?|[〇○零一二三四五六七八九]{2,4}年[一二三四五六七八九十]{1,2}月"
    r"[一二三四五六七八九十]{1,3}日|\d{4}年\d{1,2}月)\s*$"
)
