"""Mail in: the LMTP door (RFC 2033). `manage.py lmtp` opens it, nobody else calls it.

An asynchronous shell around one plain function, `intake.accept()`: letters and envelopes in, replies out. What happens on
the way:

    server      listens, seats sessions, closes in an orderly way
    protocol    one session: a method for each verb, upon aiosmtpd
    wire        the bytes of a session as lines and letters
    paths       arguments of MAIL and RCPT (RFC 5321 §4.1.2)
    replies     everything the door ever says
    directory   who lives here: look-ups behind RCPT, remembered for a second
    writer      gathers what sessions bring, so that they share a commit
    intake      stores a group of letters, finds the reply for every recipient

It never judges a letter: sizes over a list's limit, loops and malformed MIME are for later. It answers 5xx only to what the
other side does wrong; trouble of our own is 4xx.
"""
