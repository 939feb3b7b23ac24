"""Invented short texts of the demo city: titles, addresses, and who handles what. No real person, team or address."""

from data.demo.draws import key_of

# Where something was seen, and the roads of an invented address; both picked by a draw.
SPOTS = ("路边", "小区门口", "菜场旁", "河边", "公交站旁", "学校附近", "厂区外", "村口", "楼道口", "广场边", "桥下",
         "绿化带旁", "停车场", "商铺前", "巷内", "路口")  # fmt: skip
ROADS = ("中心路", "河滨路", "兴业路", "建设路", "新村路", "桥南路", "文化路", "工业园路", "站前路", "香樟路", "东环路",
         "西环路", "人民路", "果园路", "学府路", "通港路")  # fmt: skip
# Themes that are about a service or a person: no spot in the street.
WITHOUT_SPOT = "H"
NUMERALS = "一二三四五六七八九"

CENTER = "市域治理指挥中心"
DEPARTMENTS = {
    "01": "市城市管理局", "02": "市城市管理局", "03": "市住房和城乡建设局", "04": "市政公用事业中心",
    "05": "市公安局交警大队", "H0": "市人力资源和社会保障局", "H1": "市综合行政执法局", "H2": "市应急管理局",
}  # fmt: skip


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


def seat_of_center(draw: int) -> str:
    """A desk of the command center."""
    return f"指挥中心{draw % 6 + 1}号席"


def handler(level: int, means: str, town: str, village: str, leaf: str, category_code: str, draw: int) -> str:
    """Who handles an incident on a level; what is not known moves it to the center."""
    short = town.split("（")[0]
    if level == 3 and leaf:
        return f"{leaf}网格员"
    if level >= 2 and village:
        return f"{village}网格工作站"
    if level >= 1 and short:
        if means == "enforcement":
            return f"{short}综合执法{NUMERALS[draw % squads(short)]}中队"
        return f"{short}{'综合管理办公室' if means == 'management' else '便民服务中心'}"
    return DEPARTMENTS.get(category_code[:2], CENTER)


def squads(town: str) -> int:
    """How many enforcement squads a town has, 3 to 6."""
    return 3 + key_of(f"squads {town}") % 4
