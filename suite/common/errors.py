"""One kind of error for every door: it knows its HTTP status and its SMTP reply."""


class SuiteError(Exception):
    """Something a person or a program at one of our doors asked for cannot be done.

    `code` names it for programs, the message says what happened and what to do, `http_status` and `reply` are how web, API
    and LMTP say it. `temporary` means that trying again may help.
    """

    code = "error"
    http_status = 400
    reply = "554 5.3.0"
    temporary = False

    @property
    def smtp_reply(self) -> str:
        """Basic code, enhanced code and text (RFC 5321 §4.2, RFC 3463)."""
        return f"{self.reply} {self}"


class UnknownMailbox(SuiteError):
    code, http_status, reply = "unknown-mailbox", 404, "550 5.1.1"
