"""The REST API put together: which app's resources stand where, and what belongs to the site itself."""
