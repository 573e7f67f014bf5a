"""What can be wrong with a wish about users and addresses."""

from suite.common.errors import SuiteError


class AccountsError(SuiteError):
    code = "accounts-error"


class InvalidAddress(AccountsError):
    code = "invalid-address"


class AddressTaken(AccountsError):
    """The address belongs to another user. Who, is nobody's business."""

    code, http_status = "address-taken", 409


class ForeignAddress(AccountsError):
    code = "foreign-address"


class NotVerified(AccountsError):
    code = "not-verified"


class TooManyAttempts(AccountsError):
    """Passwords were tried too often; the right one waits, too."""

    code, http_status, temporary = "too-many-attempts", 429, True
