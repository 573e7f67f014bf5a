"""What can be wrong with a wish about arrivals and posts."""

from suite.common.errors import SuiteError


class ArchivesError(SuiteError):
    code = "archives-error"


class NotParked(ArchivesError):
    code, http_status = "not-parked", 409


class EmptyLetter(ArchivesError):
    code, http_status = "empty-letter", 400


class LetterTooLarge(ArchivesError):
    """Larger than the site takes at all; a list's own limit is a matter of judging."""

    code, http_status = "letter-too-large", 413
