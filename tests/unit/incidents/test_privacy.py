"""Personal data in free text: what must go, and what must stay."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.feeds.reports import parse_report
from data.incidents.privacy import masked


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
        "RMB 12,345,678",
    ],
)  # fmt: skip
def test_what_stays(text: str) -> None:
    assert masked(text) == text


def test_the_door_masks_free_text_and_nothing_else() -> None:
    fields = {
        "source": "13812345678", "source_id": "13812345678", "category": "13812345678", "grid_code": "13812345678",
        "reported_at": "2026-11-20T08:00:00+08:00", "title": "张先生 13812345678", "address": "示例路1号0510-86861234",
    }  # fmt: skip
    report = parse_report(fields, ZoneInfo("Asia/Shanghai"), datetime(2026, 11, 22, tzinfo=UTC))
    assert {report.source, report.source_id, report.category, report.grid_code} == {"13812345678"}
    assert (report.title, report.address) == ("*先生 ***", "示例路1号***")


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
