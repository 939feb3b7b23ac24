"""Categories."""

from data.city.categories import Category, read_categories, save_categories
from data.store.connection import Store


def test_categories_are_kept_changed_and_never_removed(store: Store) -> None:
    assert read_categories(store) == {}
    save_categories(store, [])
    garbage = Category("0201", "暴露垃圾", "Exposed garbage", "市容环境")
    save_categories(store, [Category("0301", "店外经营", "Trading outside"), garbage])
    save_categories(store, [Category("0301", "x", "x"), Category("0301", "占道经营", "Street trading", "秩序")])
    assert read_categories(store) == {"0201": garbage, "0301": Category("0301", "占道经营", "Street trading", "秩序")}
    assert list(read_categories(store)) == ["0201", "0301"]
