"""Mail in, the journey of a message, mail out: LMTP door, handlers and pipelines, outbox, SMTP client, notices.

The top floor of mail: imports everything below and is imported by nobody but the composing modules of `suite`.
"""
