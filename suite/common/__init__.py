"""The ground floor with Django: errors, events, hooks, bells, broker, the key ring, fields of the wire.

Every app may import it; it imports only suite.mail. It knows no list, letter or user.
"""
