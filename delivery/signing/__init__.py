"""Signatures on what goes out: whose key, and over which bytes. Nothing here speaks SMTP or writes the database."""
