"""The mail sandbox: a relay that takes everything and delivers nothing, for looking at what the suite sends.

A development and demonstration aid: its mail lies in a SQLite file of its own beside the site's state. Recipients choose their
fate by name, so that failures can be tried out: `reject…@` is refused with 550, `defer…@` with 450, and what was taken for
`bounce…@` comes back by the site's LMTP door as a delivery report.
"""
