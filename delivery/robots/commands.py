"""The commands there are, in the order in which `help` names them. A plugin adds its own with `base.register()`."""

from delivery.robots import confirming, joining, looking, setting, talking
from delivery.robots.base import Command, register

COMMANDS = (
    Command("help", talking.show_help, usage="[COMMAND]"),
    Command("join", joining.join, usage="[digest=no|mime|plain] [address=ADDRESS]", aliases=("subscribe",)),
    Command("leave", joining.leave, aliases=("unsubscribe",)),
    Command("confirm", confirming.confirm, usage="TOKEN", ends=True),
    Command("set", setting.change, usage="show | OPTION VALUE"),
    Command("info", looking.info),
    Command("lists", looking.lists),
    Command("who", looking.who, usage="[delivery=enabled|disabled] [mode=digest|regular]"),
    Command("echo", talking.echo, usage="[WORDS]"),
    Command("end", talking.end, aliases=("stop",), ends=True),
)

for command in COMMANDS:
    register(command)
