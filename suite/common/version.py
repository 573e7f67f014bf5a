"""Which Posthouse this is, for people and for the header of mail that it sends."""

PRODUCT = "Posthouse"
VERSION = "0.1.0"
