"""Errors of the city's records; the root stands in `geo.errors`, because `geo` imports nobody."""

from geo.errors import CommandCenterError

__all__ = [
    "AlertAcknowledged",
    "AlertUnknown",
    "CommandCenterError",
    "DatabaseBusy",
    "DatabaseUnavailable",
    "EditionUnknown",
    "EmbeddedServerFailed",
    "FeedUnreadable",
    "HostRefused",
    "IncidentUnknown",
    "LogBroken",
    "MappingInvalid",
    "NoEdition",
    "OriginRefused",
    "PersonUnknown",
    "PhotoInvalid",
    "QueryInvalid",
    "RegisterInvalid",
    "ReportInvalid",
    "ScreenKeyUnknown",
    "ServerFull",
    "SessionEnded",
    "SettingInvalid",
    "StepForbidden",
    "StepIllegal",
    "StepInvalid",
    "StepOvertaken",
    "StorageFull",
    "StreamsFull",
    "TooManyRequests",
    "UnitUnknown",
    "WallAway",
    "WallUnknown",
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


class EditionUnknown(CommandCenterError):
    """No edition goes by this name; `values` has `name` and `names`, those there are."""

    code = "edition_unknown"


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


class AlertUnknown(CommandCenterError):
    """No alert has this key, within the scope of who asks."""

    code = "alert_unknown"


class AlertAcknowledged(CommandCenterError):
    """The alert has a note; another one cannot be kept. `values` has `by`, `at` and `note` of the first."""

    code = "alert_acknowledged"


class StepIllegal(CommandCenterError):
    """The life cycle does not allow this step from the incident's stage."""

    code = "step_illegal"


class StepInvalid(CommandCenterError):
    """The step lacks what it must say, or says something that cannot be."""

    code = "step_invalid"


class StepOutOfOrder(StepInvalid):
    """The step lies before the step it follows; `values` has `at`, `follows` (that step) and `follows_at`."""

    code = "step_out_of_order"


class QueryInvalid(CommandCenterError):
    """A question (level, span, filter) that has no meaning."""

    code = "query_invalid"


class LogBroken(CommandCenterError):
    """The event log does not verify."""

    code = "log_broken"


class StepForbidden(CommandCenterError):
    """The step is possible now, but not for the one who asks; `values` has `kind`, `role` and `roles` that may."""

    code = "step_forbidden"


class StepOvertaken(CommandCenterError):
    """Somebody else moved the incident on since it was looked at; `values` has `since`, the events unseen so far."""

    code = "step_overtaken"


class RegisterInvalid(CommandCenterError):
    """A file of units, persons, duties or powers is wrong; `values` has `file`, `line`, `field` and `reason`."""

    code = "register_invalid"


class PersonUnknown(CommandCenterError):
    """The roster in force does not know this person."""

    code = "person_unknown"


class SessionEnded(CommandCenterError):
    """Whoever asks said who they are, but the roster in force has no duty today for that person."""

    code = "session_ended"


class UnitUnknown(CommandCenterError):
    """The register of units in force does not know this unit."""

    code = "unit_unknown"


class PhotoInvalid(CommandCenterError):
    """A photo that is no image of a kind that is kept, or too large."""

    code = "photo_invalid"


class ScreenKeyUnknown(CommandCenterError):
    """No screen has this key in force; the key itself is in no message and no value."""

    code = "screen_key_unknown"


class WallUnknown(CommandCenterError):
    """No wall shows this pairing code, or the control of a wall has run out."""

    code = "wall_unknown"


class WallAway(CommandCenterError):
    """The wall is known, but is not connected at the moment."""

    code = "wall_away"


class TooManyRequests(CommandCenterError):
    """Asked too often in too short a time; `values` has `retry_after_s`."""

    code = "too_many_requests"


class HostRefused(CommandCenterError):
    """The request asks for a host this server does not answer for; `values` has `host`."""

    code = "host_refused"


class OriginRefused(CommandCenterError):
    """A page of another site sent a request that would change something; `values` has `origin` or `site`."""

    code = "origin_refused"


class ServerFull(CommandCenterError):
    """Every connection the server may hold is busy; `values` has `limit` and `retry_after_s`."""

    code = "server_full"


class StreamsFull(CommandCenterError):
    """So many event streams are open, in all or of one address; `values` has `limit` and `retry_after_s`."""

    code = "streams_full"


class StorageFull(CommandCenterError):
    """The disk is full, nearly full, or takes no writes; `values` has `path`, and what is free and needed."""

    code = "storage_full"
