"""The handlers, one file each. A handler alters its draft or appends intents; it writes nothing to the database.

`delivery.pipelines` holds the tables that give them their order. No handler imports another.
"""
