"""Services for tests of one route: what the route asks for, and nothing else."""

from types import SimpleNamespace


class FakeServices(SimpleNamespace):
    """Any attributes; a request's snapshot is the thing itself."""

    def snapshot(self) -> "FakeServices":
        return self
