"""Users, addresses and what they want, in the REST API (paths and words: Mailman Core's API 3.1)."""
