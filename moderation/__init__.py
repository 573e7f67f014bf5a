"""Judging: rules, chains, verdicts, and the desk where held messages wait for a moderator.

Imports archives and below. Rules only look; a verdict is a value. It never changes a letter and never sends one.
"""
