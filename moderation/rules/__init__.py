"""The rules, one file each. A rule looks at a candidate and says Hit, Note or None; it changes nothing and queries nothing.

`moderation.chains` holds the tables that give them their order. No rule imports another.
"""
