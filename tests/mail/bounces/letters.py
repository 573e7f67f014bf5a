"""Reports of mail systems as they are sent, written for these tests: each with what must be read out of it."""

HEAD = "Return-Path: <>\nFrom: {author}\nTo: dev-bounces@lists.example.org\nSubject: {subject}\n"
DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.net>"
RETURNED = (
    "Return-Path: <dev-bounces+bart=example.com@lists.example.org>\nList-Id: <dev.lists.example.org>\n"
    "Message-ID: <post-1@example.org>\nFrom: anne@example.org\nTo: dev@lists.example.org\nSubject: Plans\n"
)


def plain(
    words: str, *, subject: str = "Undelivered Mail Returned to Sender", author: str = DAEMON, extra: str = ""
) -> bytes:
    return (HEAD.format(author=author, subject=subject) + extra + "\n" + words).encode()


def dsn(status: str, *, returned: str = RETURNED, subject: str = "Delivery Status Notification") -> bytes:
    """RFC 6522: words, status fields, the header of the message."""
    return (
        HEAD.format(author=DAEMON, subject=subject)
        + 'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        + f"--b\n\nThis is the mail system. See below.\n\n--b\nContent-Type: message/delivery-status\n\n{status}\n"
        + f"--b\nContent-Type: text/rfc822-headers\n\n{returned}\n--b--\n"
    ).encode()


def per_recipient(address: str, status: str, diagnostic: str, action: str = "failed") -> str:
    return (
        "Reporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n"
    )


def feedback(kind: str = "abuse", recipient: str = "bart@example.com", returned: str = RETURNED) -> bytes:
    """RFC 5965."""
    return (
        "Return-Path: <fbl@provider.example>\nFrom: Feedback <fbl@provider.example>\nTo: dev-bounces@lists.example.org\n"
        "Subject: FW: Plans\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\n\nThis is an email abuse report.\n\n--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nVersion: 1\nOriginal-Rcpt-To: <{recipient}>\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{returned}\nThe post.\n--b--\n"
    ).encode()


# (name, letter, {address: permanent})
TEXTS: list[tuple[str, bytes, dict[str, bool]]] = [
    (
        "address-and-colon",
        plain(
            "I am sorry: these could not be reached.\n\n<bart@example.com>:\n550 no such user\n\n--- Below this line is a copy\n"
        ),
        {"bart@example.com": True},
    ),
    (
        "alone-on-a-line",
        plain("Your message was not delivered to\n\n    bart@example.com\n\nbecause the mailbox is full.\n"),
        {"bart@example.com": True},
    ),
    (
        "two-of-them",
        plain("Delivery failed:\n\n  bart@example.com: unknown user\n  dora@example.com: over quota\n"),
        {"bart@example.com": True, "dora@example.com": True},
    ),
    (
        "dialogue",
        plain(
            ">>> MAIL FROM:<dev-bounces@lists.example.org>\n<<< 250 ok\n>>> RCPT TO:<bart@example.com>\n<<< 550 rejected\n"
        ),
        {"bart@example.com": True},
    ),
    (
        "still-trying",
        plain(
            "Your mail to bart@example.com is delayed. It will be retried for 3 days.\n",
            subject="Delayed mail (warning)",
        ),
        {"bart@example.com": False},
    ),
    (
        "german",
        plain(
            "Ihre Nachricht konnte nicht zugestellt werden an:\n\n  bart@example.com\n\nDas Postfach ist voll.\n",
            subject="Unzustellbar: Plans",
            author="postmaster@example.com",
        ),
        {"bart@example.com": True},
    ),
    (
        "helper-is-not-meant",
        plain(
            "Delivery to bart@example.com failed.\nFor assistance contact <help@example.net>, or write to dora@example.net.\n"
        ),
        {"bart@example.com": True},
    ),
    (
        "field-of-exim",
        plain("A message could not be delivered.\n", extra="X-Failed-Recipients: bart@example.com, dora@example.com\n"),
        {"bart@example.com": True, "dora@example.com": True},
    ),
    (
        "only-in-what-came-back",
        plain(
            "Your message was undeliverable.\n\n----- Original message -----\nReceived: by mx\nTo: bart@example.com\n\nHello\n"
        ),
        {"bart@example.com": True},
    ),
    (
        "fields-in-the-text",
        plain("Could not be delivered.\n\nFinal-Recipient: rfc822; bart@example.com\nAction: failed\nStatus: 5.1.1\n"),
        {"bart@example.com": True},
    ),
    (
        "json",
        plain(
            '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":'
            '[{"emailAddress":"bart@example.com","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 unknown"}]}}\n',
            author="no-reply@sns.example.com",
        ),
        {"bart@example.com": True},
    ),
]

# Letters that name nobody: what they are.
QUIET: list[tuple[str, bytes, str]] = [
    (
        "vacation",
        plain(
            "I am away until Monday. Write to dora@example.com.",
            subject="Out of office",
            author="bart@example.com",
            extra="Auto-Submitted: auto-replied\n",
        ),
        "autoreply",
    ),
    (
        "person-about-bounces",
        plain(
            "bart@example.com: I get 550 user unknown, why?",
            subject="Re: Undelivered Mail",
            author="Dora <dora@example.com>",
            extra="In-Reply-To: <a@example.org>\n",
        ),
        "none",
    ),
    (
        "read-receipt",
        plain(
            "--b\n\nYour message was displayed to bart@example.com. It may not be understood.\n--b\n"
            "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; bart@example.com\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n",
            subject="Read: Plans",
            author="bart@example.com",
            extra='Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n',
        ),
        "none",
    ),
    ("spam", plain("Dear friend, claim@example.com has a problem.", subject="Hello", author="x@example.com"), "none"),
]
