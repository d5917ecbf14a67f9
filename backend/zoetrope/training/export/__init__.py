"""From trained networks to a folder of weights."""
