from accounts.models.address import Address, AddressField
from accounts.models.preferences import PREFERENCES, Preferences, system_preferences
from accounts.models.user import User, UserManager

__all__ = ["PREFERENCES", "Address", "AddressField", "Preferences", "User", "UserManager", "system_preferences"]
