"""Personal data in free text: what must go, and what must stay."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.feeds.reports import parse_report
from data.privacy.personal_data import Pseudonyms, masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("电话13812345678", "电话***"),
        ("138-1234-5678", "***"),
        ("138 1234 5678", "***"),
        ("1381 234 5678", "***"),
        ("１３８１２３４５６７８。", "***。"),
        ("+86 13812345678", "***"),
        ("8613812345678", "***"),
        ("请回电19900001111或13800002222", "请回电***或***"),
        ("0510-86861234", "***"),
        ("(0510)86861234", "***"),
        ("（0510）8686 1234", "***"),
        ("051086861234转801", "***"),
        ("010-65432109-12", "***"),
        ("联系电话：86861234", "联系电话：***"),
        ("手机号码是 8686 1234，急", "手机号码是 ***，急"),
        ("身份证320281199001011234", "身份证***"),
        ("32028119900101123X", "***"),
        ("32028119900101123ｘ", "***"),
        ("320281 19900101 1234", "***"),
    ],
)
def test_numbers(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "number",
    [
        "138.0013.8000", "138/0013/8000", "138。0013。8000", "138_0013_8000", "138·0013·8000", "138|0013|8000",
        "138 - 0013 - 8000", "138　0013　8000", "138\u00a00013\u00a08000", "138\u200b0013\u200b8000", "138—0013—8000",
        "1380 0138 000", "138 00138 000", "138 001 38000", "138 00 13 80 00", "1 3 8 0 0 1 3 8 0 0 0",
        "1.3.8.0.0.1.3.8.0.0.0",
        "1-3-8-0-0-1-3-8-0-0-0", "１３８００１３８０００", "１３８　００１３　８０００", "１３８．００１３．８０００",
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎", "一三八零零一三八零零零", "一三八〇〇一三八〇〇〇", "幺三八零零幺三八零零零",
        "壹叁捌零零壹叁捌零零零",
        "一 三 八 零 零 一 三 八 零 零 零", "138OO138OOO", "l38oo138ooo", "1三8零零1三8零零零", "+86 138 0013 8000",
        "+86-138-0013-8000", "0086 13800138000", "86 138.0013.8000", "＋８６１３８００１３８０００",
        "0510.8686.1234", "0510/86861234", "0510 — 8686 1234", "（0510） 86861234", "０５１０８６８６１２３４",
        "+86 510 8686 1234",
        "零五一零八六八六一二三四", "021-6543-2109", "320281 1990 0101 1234", "320281-19900101-1234",
        "3 2 0 2 8 1 1 9 9 0 0 1 0 1 1 2 3 4", "３２０２８１１９９００１０１１２３Ｘ",
        "三二零二八一一九九零零一零一一二三四",
    ],
)  # fmt: skip
def test_the_usual_disguises_of_numbers(number: str) -> None:
    assert masked(number) == "***"
    assert masked(f"请回电{number}，谢谢") == "请回电***，谢谢"
    assert masked(f"一楼 {number} 王家村") == "一楼 *** 王家村"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("电话8686.1234", "电话***"),
        ("身份证号：320281900101123", "身份证号：***"),
        ("护照号码 E12345678", "护照号码 ***"),
        ("银行卡号6222021234567890123", "银行卡号***"),
        ("账号：6222 0212 3456 7890", "账号：***"),
        ("唯一13800138000", "唯一***"),
        ("邮箱zhang.san_8@mail.example.com.cn，", "邮箱***，"),
        ("12345678@qq.com", "***"),
        ("+86（0510）86861234", "***"),
        ("（138）0013 8000", "（***"),
        ("138(0013)8000", "***"),
        ("电话13800138000、13900139000", "电话***、***"),
        ("13800138000一13900139000", "***一***"),
    ],
)
def test_numbers_behind_words_and_beside_letters_that_look_like_digits(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("张先生反映", "*先生反映"),
        ("市民李晓明先生反映", "市民***先生反映"),
        ("欧阳女士", "**女士"),
        ("关于于女士", "关于*女士"),
        ("联系人：张三，电话13812345678", "联系人：**，电话***"),
        ("联系人张三丰电话86861234", "联系人***电话***"),
        ("来电人姓名:王五", "来电人姓名:**"),
        ("当事人：阿依古丽·买买提。", "当事人：********。"),
        ("投诉人 赵某", "投诉人 **"),
    ],
)
def test_names(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "", "先生", "女士们", "人民路", "王家村", "小区门口垃圾堆放", "工单202609010001", "工单号86861234",
        "编号99120260901000000000006", "网格320281001001001",
        "320281104205", "类别06010", "0102", "2026-09-13 08:12:35", "20260913081235", "12345热线", "400-800-1234",
        "苏B12345", "113812345678", "23812345678", "12812345678",
        "3.1415926535", "120.2676,31.9089", "示例路138号1234室",
        "320281199013011234", "电话亭损坏", "手机店外经营", "举报人反映路面有坑", "投诉人高度关注", "联系人不详",
        "RMB 12,345,678", "139.12345678", "120.13812345678", "13.15.17.19.21.2", "15 16 17 18 19 2",
        "13、15、17、19、21、3号",
        "1 3 8 0 0 1 3 8 0 0 0 5", "@ 一楼", "a@b", "5@ 3.20元", "9 1 3 8 0 0 1 3 8 0 0 0", "192.168.10.100",
        "2026.09.20 13:15:17", "卡号不详",
        "护照遗失",
        "一二三四五六七八九", "二〇二六年九月二十日", "三一八国道一三五号", "网格320281104205001",
        "hello, Oolong Illinois",
        "工单202609201604123", "202609201380", "LOOOOOOOOO",
    ],
)  # fmt: skip
def test_what_stays(text: str) -> None:
    assert masked(text) == text


def test_the_door_masks_free_text_and_nothing_else() -> None:
    fields = {
        "source": "13812345678", "source_id": "13812345678", "category": "13812345678", "grid_code": "13812345678",
        "reported_at": "2026-11-20T08:00:00+08:00", "title": "张先生 13812345678",
        "address": "示例路1号0510-86861234",
    }  # fmt: skip
    report = parse_report(fields, ZoneInfo("Asia/Shanghai"), datetime(2026, 11, 22, tzinfo=UTC))
    assert {report.source, report.source_id, report.category, report.grid_code} == {"13812345678"}
    assert (report.title, report.address) == ("*先生 ***", "示例路1号***")


SECRET = b"a secret of the store's own, 32 b"
IDS = Pseudonyms(lambda: SECRET)


@pytest.mark.parametrize(
    "text",
    [
        "13800138000", "JY-13800138000", "12345/138-0013-8000", "138.0013.8000", "１３８００１３８０００",
        "86-13800138000",
        "+8613800138000", "0510-86861234", "0510-8686-1234转8001", "1380-013-8000", "(0510) 8686123",
        "11010519491231002X", "HW11010519491231002X-1",
        "网格员 王芳 13800138000", "13800138000-20260920", "0510-86861234/2026",
    ],
)  # fmt: skip
def test_ids_lose_the_numbers_of_persons_and_stay_different(text: str) -> None:
    left = IDS.of(text)
    assert "***" in left
    assert re.search(r"\d{7}|8686|0013", left) is None or "20260920" in left
    assert left == Pseudonyms(lambda: SECRET).of(text)
    assert IDS.of(left) == left
    others = [text.replace(digit, str((int(digit) + 1) % 10), 1) for digit in "0126" if digit in text]
    assert len({left, *map(IDS.of, others)}) == 1 + len(others)
    assert Pseudonyms(lambda: b"another secret").of(text) != left


@pytest.mark.parametrize(
    "text",
    [
        "", "JY-20261122-000481", "202609201604123", "20260920001", "320281202609200001", "320281104205",
        "320281200205010001",
        "320281-20260920-0001", "0510-20260920", "0510-2026-0920", "hosted-eu-20260812-09", "051020260920",
        "138-2026-0920-01", "1-138-0013-8000",
        "113800138000",
        "5fb1380013800000a13800138000ffff", "550e8400-e29b-41d4-a716-a13800138000", "62345678",
        "9223372036854775809123",
        "110105194912310021", "11010520261231002X", "一三八零零一三八零零零", "网格员 王芳", "feed:12345",
        "2026.0920.1380",
    ],
)  # fmt: skip
def test_other_ids_stay_as_they_are(text: str) -> None:
    assert IDS.of(text) == text


def test_the_secret_is_asked_for_once_and_only_where_there_is_something_to_hide() -> None:
    asked: list[int] = []

    def secret() -> bytes:
        asked.append(1)
        return SECRET

    names = Pseudonyms(secret)
    assert names.of("JY-20261122-000481") == "JY-20261122-000481"
    assert not asked
    assert names.of("13800138000") == names.of("13800138000") == IDS.of("13800138000")
    assert len(asked) == 1


LETTERS = st.text(st.sampled_from("0123456789-  ０１３转张王先生女士联系人：，电话Xx()+"), max_size=60)
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(LETTERS)
@example("0510-86861234-13812345678")
def test_never_longer_and_no_number_left(text: str) -> None:
    left = masked(text)
    assert len(left) <= len(text)
    assert re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", left) is None
    assert re.search(r"[张王](?:先生|女士)", left) is None


@given(st.text(st.characters(exclude_categories=["Nd"])), MOBILES, st.text(st.characters(exclude_categories=["Nd"])))
def test_a_number_between_any_texts_goes(before: str, number: str, behind: str) -> None:
    left = masked(f"{before} {number} {behind}")
    assert number not in left
    assert "***" in left


@given(st.text(max_size=200))
def test_texts_without_digits_and_labels_stay(text: str) -> None:
    plain = re.sub(r"\d|先生|女士|小姐|太太|人|姓名|户主", "", text)
    assert masked(plain) == plain
