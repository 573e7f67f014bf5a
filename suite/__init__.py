"""Where the house is put together: settings, URLs, processes, seeding. Nothing below imports it but suite.common and
suite.mail, its two lowest floors."""
