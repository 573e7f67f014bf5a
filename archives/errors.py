"""What can be wrong with a wish about arrivals and posts."""

from suite.common.errors import SuiteError


class ArchivesError(SuiteError):
    code = "archives-error"


class NotParked(ArchivesError):
    code, http_status = "not-parked", 409
