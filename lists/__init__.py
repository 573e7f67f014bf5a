"""Domains, mailing lists, memberships and bans; who may do what (`lists.access`, the one gate); list settings and notices.

Imports accounts and below. It never reads mail and never sends it, except through django.core.mail.
"""
