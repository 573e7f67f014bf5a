"""Mail on its way, archivers and digests in the REST API (paths and words: Mailman Core's API 3.1)."""
