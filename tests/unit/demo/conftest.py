import pytest

from data.demo.city import DemoCity, build_city


@pytest.fixture(scope="session")
def city() -> DemoCity:
    return build_city()
