"""What came in and what was published: letters, arrivals, posts, threads; `keep()`, threading, pages of the archive.

An archive registers what comes in before anybody judges it. Imports lists and below. It never judges and never sends.
"""
