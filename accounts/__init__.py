"""People: users, their addresses and preferences, sign-in.

Imports suite.common and suite.mail only. An address may exist without a user (somebody joined by mail); it is claimed when its
owner verifies it. `accounts.sync` alone keeps allauth's EmailAddress in step.
"""
