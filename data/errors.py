"""Errors of the city's records; the root stands in `geo.errors`, because `geo` imports nobody."""

from geo.errors import CommandCenterError

__all__ = [
    "CommandCenterError",
    "DatabaseBusy",
    "DatabaseUnavailable",
    "EmbeddedServerFailed",
    "FeedUnreadable",
    "IncidentUnknown",
    "LogBroken",
    "MappingInvalid",
    "NoEdition",
    "QueryInvalid",
    "ReportInvalid",
    "SettingInvalid",
    "StepIllegal",
    "StepInvalid",
]


class SettingInvalid(CommandCenterError):
    """A setting has a value that cannot be, or contradicts another."""

    code = "setting_invalid"


class DatabaseUnavailable(CommandCenterError):
    """The database does not answer, or the connection broke."""

    code = "database_unavailable"


class DatabaseBusy(CommandCenterError):
    """No connection became free in time, or a statement ran past its time budget."""

    code = "database_busy"


class EmbeddedServerFailed(CommandCenterError):
    """The embedded PostgreSQL could not be initialised, started or adopted."""

    code = "embedded_server_failed"


class NoEdition(CommandCenterError):
    """No grid system has been imported yet."""

    code = "no_edition"


class ReportInvalid(CommandCenterError):
    """A row or document that cannot be an incident; `values` has `field`, `value` and `reason`."""

    code = "report_invalid"


class FeedUnreadable(CommandCenterError):
    """A file of incidents is empty, not what its name says, or lacks a column."""

    code = "feed_unreadable"


class MappingInvalid(CommandCenterError):
    """A column mapping file is wrong."""

    code = "mapping_invalid"


class IncidentUnknown(CommandCenterError):
    """No incident has this id, within the scope of who asks."""

    code = "incident_unknown"


class StepIllegal(CommandCenterError):
    """The life cycle does not allow this step from the incident's stage."""

    code = "step_illegal"


class StepInvalid(CommandCenterError):
    """The step lacks what it must say, or says something that cannot be."""

    code = "step_invalid"


class QueryInvalid(CommandCenterError):
    """A question (level, span, filter) that has no meaning."""

    code = "query_invalid"


class LogBroken(CommandCenterError):
    """The event log does not verify."""

    code = "log_broken"
