"""Invented short texts of the demo city: titles, addresses, reasons. No real person, team or address."""

from data.demo.draws import key_of
from data.words import Satisfaction

# Where something was seen, and the roads of an invented address; both picked by a draw.
SPOTS = ("路边", "小区门口", "菜场旁", "河边", "公交站旁", "学校附近", "厂区外", "村口", "楼道口", "广场边", "桥下",
         "绿化带旁", "停车场", "商铺前", "巷内", "路口")  # fmt: skip
ROADS = ("中心路", "河滨路", "兴业路", "建设路", "新村路", "桥南路", "文化路", "工业园路", "站前路", "香樟路", "东环路",
         "西环路", "人民路", "果园路", "学府路", "通港路")  # fmt: skip
# Themes that are about a service or a person: no spot in the street.
WITHOUT_SPOT = "H"
NUMERALS = "一二三四五六七八九"

# Why a step is taken, as people write it.
REASONS = {
    "voided": ("现场核实，问题不存在", "到场时问题已自行消除", "诉求人要求撤销", "内容不完整，无法联系诉求人"),
    "outside": ("位置不在本市范围",),
    "merged": ("同一地点同一诉求，重复来电", "与前一工单为同一问题"),
    "returned": ("超出网格处置能力，需上级处置", "不属本网格职责，请重新派遣", "需专业力量处置"),
    "reworked": ("现场复核未通过", "处置照片与现场不符", "诉求人反映未解决"),
    "extended": ("需多部门会商", "情况复杂，需进一步调查", "需履行告知程序"),
    "suspended": ("等待产权单位确认", "当事人外出，约定返回后处置", "等待相关材料", "等待检测或鉴定结果"),
    "override": ("涉及多个镇街，由市级队伍办理", "案情复杂，由市级队伍办理", "上级交办，由市级队伍办理"),
    "appealed_first": ("该问题不属本网格职责，申请重新派遣", "网格无处置权限，申请上级派遣"),
    "appealed_rework": ("已按标准处置，附照片，申请复核", "问题为二次发生，申请不予返工"),
    "decided_first": ("申诉成立，同意重新派遣",),
    "decided_rework": ("申诉不成立，请按要求整改",),
}

# Of 300 callers asked once their order was checked, 246 were reached: 240 satisfied, 5 so-so (published, see SOURCES).
_ASKED = 300
_ANSWERS: tuple[tuple[int, Satisfaction], ...] = ((240, "satisfied"), (245, "neutral"), (246, "dissatisfied"))


def title(category_code: str, category_name: str, draw: int) -> str:
    """A title, such as 菜场旁暴露垃圾."""
    if category_code.startswith(WITHOUT_SPOT):
        return category_name
    return SPOTS[draw % len(SPOTS)] + category_name


def address(village: str, draw: int) -> str:
    """An address, such as 文定社区河滨路36号; empty where the village is not known."""
    if not village:
        return ""
    return f"{village}{ROADS[draw % len(ROADS)]}{draw // len(ROADS) % 180 + 1}号"


def satisfaction(draw: int) -> Satisfaction | None:
    """What a caller says of how an order was handled; None where nobody was reached."""
    asked = draw % _ASKED
    return next((answer for below, answer in _ANSWERS if asked < below), None)


def squads(town: str) -> int:
    """How many enforcement squads a town has, 3 to 6."""
    return 3 + key_of(f"squads {town}") % 4
