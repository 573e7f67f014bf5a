"""Mail on its way in the REST API (paths and words: Mailman Core's API 3.1)."""
