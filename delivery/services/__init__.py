"""Writes that touch more than one thing; transactions live here."""
