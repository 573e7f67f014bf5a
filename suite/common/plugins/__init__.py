"""Plugins: installed packages that bring rules, handlers, chains, pipelines, styles, commands and hooks of their own.

A package names a subclass of `Plugin` in the entry point group `posthouse.plugins`. `suite.plugging` loads them all once a
process and puts what they bring into the tables of the floors; here are the class, what was found, and the hooks that floors
ask. Without plugins every hook costs a look into an empty dictionary. docs/developer.md has a worked example.
"""

from suite.common.plugins.base import ListSetting, Plugin
from suite.common.plugins.hooks import denial, hooked, refusal, vouched_for
from suite.common.plugins.loading import Found, Unfit, active, found

__all__ = (
    "Found",
    "ListSetting",
    "Plugin",
    "Unfit",
    "active",
    "denial",
    "found",
    "hooked",
    "refusal",
    "vouched_for",
)
