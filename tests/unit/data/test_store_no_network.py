"""The guard of all tests: this machine only."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


@pytest.fixture
def tried_in_a_fixture() -> list[type[BaseException]]:
    with socket.socket() as line, pytest.raises((SocketConnectBlockedError, UserWarning)) as caught:
        line.connect(("192.0.2.1", 80))
    return [caught.type]


def test_another_machine_is_out_of_reach_for_tests_and_fixtures(tried_in_a_fixture: list[type[BaseException]]) -> None:
    assert tried_in_a_fixture
    with socket.socket() as line, pytest.raises((SocketConnectBlockedError, UserWarning)):
        line.connect(("192.0.2.1", 80))


def test_this_machine_is_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as line:
        assert line.getpeername() == server.getsockname()
