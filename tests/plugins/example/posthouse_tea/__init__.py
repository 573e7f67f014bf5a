"""A plugin for lists about tea: one of each thing that a plugin can bring."""
