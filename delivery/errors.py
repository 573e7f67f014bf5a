"""What can be wrong with a wish about mail to oneself, or about how mail goes out."""

from suite.common.errors import SuiteError


class InvalidChoice(SuiteError):
    """No clock shows that hour, or nobody knows that time zone."""

    code, http_status = "invalid-choice", 400


class UnknownRelay(SuiteError):
    """No outgoing relay has that name."""

    code, http_status = "unknown-relay", 404


class UnknownEndpoint(SuiteError):
    """Posts of this list or member go to no endpoint."""

    code, http_status = "unknown-endpoint", 404


class EndpointRefused(SuiteError):
    """No endpoint can be there."""

    code, http_status = "endpoint-refused", 400


class RelayInUse(SuiteError):
    """Routes still name the relay."""

    code, http_status = "relay-in-use", 409
