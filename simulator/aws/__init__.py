"""The AWS stand-ins of one world: moto behind one gateway."""
