import pytest

from data.demo.city import DemoCity, build_city
from data.demo.steps import Planner


@pytest.fixture(scope="session")
def city() -> DemoCity:
    return build_city()


@pytest.fixture(scope="session")
def planner(city: DemoCity) -> Planner:
    return Planner(city)
