"""What may be the name of a unit (单位), what only names a group, and how lists of names are taken apart.

The lexicon is structural: Chinese unit names end in a word for a kind of body. No list of existing units
is needed, so an office nobody has heard of is recognised as well as a ministry.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bihuan.reading.pieces import Piece, either, nesting, split_top, squeezed

_LONGEST_NAME = 45
_LONGEST_JOINED = 300
_KINDS = " ".join(
    (
        # party and state
        "政府 党委 党组 工委 纪委 监委 编委 支部 总支 委员会 委会 监会 组委 办事处 街道 军区 武警 武装部",
        # departments and offices
        "办公厅 办公室 专班 厅 局 部 委 署 司 处 科 股 室 院 站 馆 中心 组 系 办",
        "(?:研究|设计|检验|检测|监督|派出|事务|卫生|司法|财政|税务|服务|托管|培训|考务|看守)所",
        # schools
        "学区 校区 中心校 完小 教学点",
        "大学 学院 学校 学部 分校 党校 中学 小学 [一二三四五六七八九十]中 附中 附小 职专 幼儿园 产业园",
        # public bodies and firms
        "银行 农发行 [分支总]行 海关 公司 集团 出版社 杂志社 报社 新华社 供销社 总社 合作社 信用社 电视台 气象台",
        # associations
        "协会 学会 商会 研究会 促进会 联合会 基金会 理事会 董事会 工会 学生会 红十字会",
        "妇联 残联 文联 侨联 记协 社科联 工商联 青联 学联 科协 作协 团中央 团省委 团市委 团县委",
        "总队 支队 大队 中队 工作队 服务队",
    )
)
_ENDS_AS_UNIT = re.compile(f"{either(_KINDS)}$")
# Names of two characters; anything else that short is a word of its own.
_SHORT_UNITS = frozenset(
    ("纪委", "团委", "工会", "党委", "党办", "校办", "院办", "编办", "妇联", "科协", "残联", "法院")
)
_LOOK_ALIKES = " ".join(
    (
        "干部 全部 内部 外部 局部 头部 底部 [东西南北中]部 好处 到处 各处 之处 益处 长处 短处 住处 用处 深处",
        "惩处 查处 控股 入股 参股 持股 个股 港股",
        "布局 格局 大局 全局 结局 开局 破局 原委 推委 本科 专科 学科 文科 理科 工科 课室 教室 卧室 网站 车站",
        "住院 出院 入院 庭院 影院 学习小组 课题组 兴趣小组 重组 改组 分组 体系 联系 关系 院系 派系 为中心",
        "举办 开办 督办 承办 主办 协办 交办 拟办 速办 快办 即办 代办 照办 经办 联办 查办 申办 创办 停办",
    )
)
_ENDS_OTHERWISE = re.compile(f"{either(_LOOK_ALIKES)}$")
_BEGINNINGS_OF_SENTENCES = (
    "推进 加强 完善 建立 健全 落实 开展 制定 提升 强化 推动 加快 确保 坚持 支持 鼓励 引导 构建 打造 培育 "
    "做好 抓好 召开 举办 成立 设立 进一步 积极 切实 认真 严格 没有 以及 按照 根据 依据 或者 并由 不得 不断"
)
_STARTS_OTHERWISE = re.compile(either(_BEGINNINGS_OF_SENTENCES))
_NAME = re.compile(rf"[\u4e00-\u9fffA-Za-z0-9·（）()〈〉<>“”\-—－/〔〕、]{{2,{_LONGEST_NAME}}}")
_BRACKET_AT_END = re.compile(r"[（(〈<][^（）()]*[）)〉>]$")

# A level word alone is definite (市教育局); with 级, or in the plural, it is not (县级教育局, 市州教育局).
_LEVELS_IN_PLURAL = (
    "(?:省|市|县|区|州|盟|旗|乡|镇|街道|村|校|院|、)+级 地方 基层 当地 属地 上级 下级 乡镇 市县 市州 区县 "
    "县区 县市区 市地 镇街 街镇 市（州） 县（市、区） 市（州）、?县（市、区） 县<市、区>"
)
_SCHOOL_SORTS = (
    "地方 高等 中等 职业 普通 民办 公办 独立 技工 特殊教育 高中 初中 小学 学前 义务 教育 本科 专科 高职 中职 "
    "应用型"
)
_SORTS_ALONE = "学校 学院 院校 幼儿园 中小学幼儿园 科研院所 企业 社会组织 行业协会 二级学院 属地 地方"
_GENERIC = re.compile(
    "|".join(
        (
            either("各 有关 相关 其他 其它 所有 全体 任何 上述 成员单位"),
            r"^试点.{0,4}(?:政府|城市|地区|学校|单位)",
            r"(?:部门|单位|处室|科室|机构|院系|地区|地方|高校|高等学校|中小学校?|职业院校)(?:[（(].{1,8}[）)])?$",
            f"^{either(_SORTS_ALONE)}$",
            "属(?:高校|高等学校|学校|单位|院校|企业)$",
            f"^{either(_SCHOOL_SORTS)}+(?:学校|院校|学院|幼儿园)$",
            f"^{either(_LEVELS_IN_PLURAL)}(?:及以上|以上)?(?:各级)?.{{0,8}}(?:政府|党委|局|厅|委|部|学校|办)$",
        )
    )
)
# Definite names that happen to contain the word for a group.
_DEFINITE = re.compile(either("地方志 地方金融 企业发展 机构编制 单位党委 试点办 科研机构 学校工作"))
_GROUP_BEHIND_AND_SO_ON = re.compile(r"\S{0,6}(?:部门|单位|处室|学院|地区)")
_SEPARATORS = "、/／+＋"


def starts_otherwise(name: str) -> bool:
    """Whether a text begins like a sentence (加强 …), which no name does."""
    return bool(_STARTS_OTHERWISE.match(name))


@lru_cache(maxsize=8192)  # the same few names stand all over a plan
def looks_like_unit(name: str) -> bool:
    """Whether a name can stand for one body by its last word; a bracket at its end is looked past."""
    name = squeezed(name)
    core = _BRACKET_AT_END.sub("", name) or name
    if core in _SHORT_UNITS:
        return True
    if len(core) < 3 or not _NAME.fullmatch(name) or _STARTS_OTHERWISE.match(name):
        return False
    return bool(_ENDS_AS_UNIT.search(core)) and not _ENDS_OTHERWISE.search(core)


@lru_cache(maxsize=8192)
def is_generic(name: str) -> bool:
    """Whether a name means a group (有关部门, 各地区, 县级教育局 …) instead of one unit."""
    name = squeezed(name)
    return bool(_GENERIC.search(name)) and ("各" in name or not _DEFINITE.search(name))


def is_name(name: str) -> bool:
    """Whether a text is beyond doubt the name of a unit or of a group."""
    return looks_like_unit(name) or (is_generic(name) and bool(_NAME.fullmatch(squeezed(name))))


def split_names(piece: Piece) -> list[Piece]:
    """The members of a list of names: by 、, by 和/与/及 between complete names, before and behind 等."""
    names: list[Piece] = []
    for part in split_top(piece, _SEPARATORS):
        for name in _unwrapped(part):
            names += _conjoined(name)
    return [name for name in names if name.text]


def _unwrapped(piece: Piece) -> Iterator[Piece]:
    """Blanks and line ends separate names, unless they only wrap a long one."""
    parts = [part for part in split_top(piece, " \n\u3000") if part.text]
    index = 0
    while index < len(parts):
        first = parts[index]
        index += 1
        while index < len(parts) and _goes_on(first.text, parts[index].text):
            text = piece.text[first.start - piece.start : parts[index].end - piece.start]
            first = Piece(text, first.start)
            index += 1
        yield first


def _goes_on(name: str, behind: str) -> bool:
    """Whether an unfinished name continues behind a line end: with something that is no name by itself."""
    alone = is_name(behind) and len(behind) > 3 and behind not in ("委员会", "管委会")
    return len(name) < _LONGEST_NAME and not is_name(name) and not alone


def _conjoined(piece: Piece) -> Iterator[Piece]:
    """Names joined by a conjunction, which also stands inside names (文化和旅游部)."""
    if len(piece.text) > _LONGEST_JOINED:
        yield piece
        return
    for match in re.finditer(r"以及|和|与|及|等(?!级|学|教育)", piece.text):
        left, right = piece.text[: match.start()], piece.text[match.end() :]
        if left and not nesting(left) and _separates(left, match[0], right):
            yield piece.cut(0, match.start())
            yield from _conjoined(piece.cut(match.end()))
            return
    yield piece


def _separates(left: str, conjunction: str, right: str) -> bool:
    if conjunction == "等":
        return is_name(left) or bool(_GROUP_BEHIND_AND_SO_ON.match(right))
    one_group = is_generic(left) and re.fullmatch("(?:有关|相关)?(?:单位|部门|机构|地区)", right)
    return is_name(left) and is_name(right) and not one_group
