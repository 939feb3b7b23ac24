from typing import Any

import pytest

from dashboard.words.league import league_words

ROW = {
    "rank": 2, "rank_best": 1, "rank_worst": 4, "tied": 0, "sample": 40, "change": None, "list": None, "reason": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        ({}, {"rank": "第 2 名", "range": "按区间在第 1 至 4 名之间", "change": "上期未排名", "list": ""},
         {"rank": "rank 2", "change": "not ranked in the last period"}),
        ({"tied": 2}, {"rank": "并列第 2 名（共 3 个）"}, {"rank": "rank 2, shared by 3"}),
        ({"rank_best": 2, "rank_worst": 2}, {"range": ""}, {"range": ""}),
        ({"change": 3, "list": "red"}, {"change": "较上期上升 3 位", "list": "红榜"}, {"list": "top"}),
        ({"change": -1, "list": "black"}, {"change": "较上期下降 1 位", "list": "黑榜"},
         {"change": "down 1 since the last period"}),
        ({"change": 0}, {"change": "与上期持平"}, {"change": "unchanged since the last period"}),
        ({"rank": None, "reason": "too_few", "sample": 1},
         {"rank": "不排名：仅 1 件，不足 10 件", "range": "", "change": ""},
         {"rank": "not ranked: only 1, fewer than 10"}),
        ({"rank": None, "reason": "no_data", "sample": 0}, {"rank": "不排名：无数据"}, {"rank": "not ranked: no data"}),
    ],
)  # fmt: skip
def test_a_row_says_it_in_words(changed: dict[str, Any], zh: dict[str, str], en: dict[str, str]):
    assert league_words({**ROW, **changed}, 10, "zh").items() >= zh.items()
    assert league_words({**ROW, **changed}, 10, "en").items() >= en.items()
