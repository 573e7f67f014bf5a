"""Letters that are wrong in one way each."""

BROKEN = {
    "empty": b"",
    "no header": b"Hello all.\r\n",
    "line without colon": b"Subject: x\r\nthis is no field\r\n\r\nbody\r\n",
    "NUL": b"Message-ID: <a\0b@example.com>\r\nSubject: \0\r\n\r\n\0\0\r\n",
    "bare CR and LF": b"Subject: a\rb\nFrom: x\r\n\r\n\n.\n\r.\r\n",
    "no line end": b"Subject: x",
    "eight bits": b"Message-ID: <\xff\xfe@example.com>\r\nSubject: \xe4\xf6\r\n\r\n\xff\r\n",
    "long id": b"Message-ID: <" + b"x" * 5000 + b"@example.com>\r\n\r\n",
    "long header": b"X: " + b"y" * 500_000 + b"\r\n\r\n",
    "unterminated multipart": b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\nx',
}
