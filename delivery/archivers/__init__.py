"""Archivers outside: programs and services that get a copy of each post beside our own archive (`table.py` has them all).

An archiver is asked by `delivery.services.archiving` alone, outside any transaction, with work that stands in the database
until it is done. It may take its time, fail, and be asked again for the same copy; it never sees who is on a list.
"""
