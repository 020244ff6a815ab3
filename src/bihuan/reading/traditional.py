"""Documents in traditional characters (繁体): read by the same rules, shown as they are written.

The rules speak simplified characters. Such a text is folded to them one character for one, so that every place
stays where it was; once it is read, all words are taken from the text as written again. Only the characters
that the rules need, and those of common names of bodies, are folded; a fold is never shown to anybody.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from bihuan.reading.pieces import squeezed
from bihuan.reading.result import Heading, Node, Reading
from bihuan.reading.source import Block, Line, Source

_TRADITIONAL = (
    "佈併來個傑備傳價償優儲兒內兩冊凍別則剛創劃劉動務勝勞勢勵勻區協厲參問啓啟單嗎噴嚴國圍園圖團執報場"
    "壓壞壯壽夢夾奪奮妝婦孫學實寧審寫寬寶將專對導屆屢層屬岡島峽嶺師幣幫幹庫廈廚廟廠廢廣廳弔張強彈彙後"
    "徑從復徵徹恆惡態慮慶憂憑憲應懲懷戀戰戲戶拋挾掃採換損搶撥撫擁擇擔據擬擴擺擾攔攜攝攤敗敘數斷於時暫"
    "曆書會東枱條棄棟楊業極構標樣機檔檢欄權歐歲歷歸殘殺毀氣決沒況洩涼淚淨測準滄滅滙滬滲滿漁漢漲潔潤澇"
    "澤濃濟濱瀋瀏灑灣災為無煙熱燈燒爐爭爾牆牽狀獎獨獲現瑪環瓊產甦畝畢畫當瘡發盡監盤眾睏礎礦禍禮稅種稱"
    "穀積穩窮竊竝競筆節範築籤糧糾紀約紅紐純紙級紛細紹終組結絕絡給統經綜綠維綱網緊緒線締編緩練縣縮縱總"
    "績織繼續纖罰罷羅羣義習聖聞聯聲職肅脅脈腦臨臺與舉舊艱莊莖華萬葉蓋薦藍藥蘇蘊蘭處虛號虧蟲衆術衛補裡"
    "製複襲見規視親覺觀觸訂計訊訓訪設許訴診詞詢試詳誌認語誠誤誰課調談論諮諾謀講證識譜議護譽讀變讓豎豐"
    "負財貢貧貨販貫責貴費貿資賞賣質賬購贈贊贏趕趨踐蹤車軌軍軟較載輕輛輪輯輸轄辦辭農迴這連週進運過達遞"
    "遠遲遷選遺遼還邊邏鄉鄭鄰醞醫釀釋針鈔銀銅銷鋪鋼錄錢錯鍊鎮鏈鐘鐵鑒鑽長門閉開閒間閣閩閱闊關陝陣陰陳"
    "陸陽隊階際隨險隱隸雙雜雞離難雲電霧靈靜韓頂項順須預頒領頭頻題額願類顧顯風飛飯養餘館饋騎騙驅驗驚驛"
    "體髮鮮鳥鴻鹽麗麥黃點黨齊齒齡龍"
)
_SIMPLIFIED = (
    "布并来个杰备传价偿优储儿内两册冻别则刚创划刘动务胜劳势励匀区协厉参问启启单吗喷严国围园图团执报场"
    "压坏壮寿梦夹夺奋妆妇孙学实宁审写宽宝将专对导届屡层属冈岛峡岭师币帮干库厦厨庙厂废广厅吊张强弹汇后"
    "径从复征彻恒恶态虑庆忧凭宪应惩怀恋战戏户抛挟扫采换损抢拨抚拥择担据拟扩摆扰拦携摄摊败叙数断于时暂"
    "历书会东台条弃栋杨业极构标样机档检栏权欧岁历归残杀毁气决没况泄凉泪净测准沧灭汇沪渗满渔汉涨洁润涝"
    "泽浓济滨沈浏洒湾灾为无烟热灯烧炉争尔墙牵状奖独获现玛环琼产苏亩毕画当疮发尽监盘众困础矿祸礼税种称"
    "谷积稳穷窃并竞笔节范筑签粮纠纪约红纽纯纸级纷细绍终组结绝络给统经综绿维纲网紧绪线缔编缓练县缩纵总"
    "绩织继续纤罚罢罗群义习圣闻联声职肃胁脉脑临台与举旧艰庄茎华万叶盖荐蓝药苏蕴兰处虚号亏虫众术卫补里"
    "制复袭见规视亲觉观触订计讯训访设许诉诊词询试详志认语诚误谁课调谈论咨诺谋讲证识谱议护誉读变让竖丰"
    "负财贡贫货贩贯责贵费贸资赏卖质账购赠赞赢赶趋践踪车轨军软较载轻辆轮辑输辖办辞农回这连周进运过达递"
    "远迟迁选遗辽还边逻乡郑邻酝医酿释针钞银铜销铺钢录钱错炼镇链钟铁鉴钻长门闭开闲间阁闽阅阔关陕阵阴陈"
    "陆阳队阶际随险隐隶双杂鸡离难云电雾灵静韩顶项顺须预颁领头频题额愿类顾显风飞饭养余馆馈骑骗驱验惊驿"
    "体发鲜鸟鸿盐丽麦黄点党齐齿龄龙"
)
_FOLD = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
# None of these is a simplified character, and hardly any document in traditional ones lacks them all.
_SIGNS = re.compile("[單責關辦廳處會學縣區黨時實進負牽]")


def fold(text: str) -> str:
    """The text in the characters of the rules, each in its old place."""
    return text.translate(_FOLD)


def is_traditional(text: str) -> bool:
    return bool(_SIGNS.search(text))


def folded(source: Source) -> Source:
    """The same lines and tables over the folded text."""
    return Source(fold(source.text), tuple(map(_folded, source.blocks)))


def _folded(block: Block) -> Block:
    if isinstance(block, Line):
        return replace(block, text=fold(block.text))
    return replace(
        block,
        grid=tuple(tuple(replace(cell, text=fold(cell.text)) for cell in row) for row in block.grid),
    )


def as_written(reading: Reading, source: Source) -> Reading:
    """A reading of the folded text with every word as the document writes it."""
    return replace(
        reading,
        source=source.text,
        heading=_heading(reading.heading, reading.source, source),
        nodes=tuple(_node(node, source) for node in reading.nodes),
    )


def _heading(heading: Heading, read: str, source: Source) -> Heading:
    def several(texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(_written(text, read, source.text) for text in texts)

    return replace(
        heading,
        title=_written(heading.title, read.replace("\n", ""), source.text.replace("\n", "")),
        number=_written(heading.number, read, source.text),
        issuers=several(heading.issuers),
        annexes=several(heading.annexes),
        group=tuple(
            replace(
                member,
                name=_written(member.name, fold(source[member.span]), source[member.span]),
                post=_written(member.post, fold(source[member.span]), source[member.span]),
            )
            for member in heading.group
        ),
    )


def _node(node: Node, source: Source) -> Node:
    text = "\n".join(source[span] for span in node.spans)
    return replace(
        node,
        number=_written(node.number, node.text, text),
        title=_written(node.title, node.text, text),
        text=text,
        units=tuple(replace(unit, name=squeezed(source[unit.span])) for unit in node.units),
        deadlines=tuple(replace(limit, text=source[limit.span]) for limit in node.deadlines),
        fields=tuple(replace(field, text=source[field.span]) for field in node.fields),
        children=tuple(_node(child, source) for child in node.children),
    )


def _written(words: str, read: str, written: str) -> str:
    """Words of the folded text as they stand in the original at the same place; unchanged if put together."""
    at = read.find(words)
    return written[at : at + len(words)] if words and at >= 0 else words
