"""What the add-on's verbs do, without Blender: the standard library, numpy and the protocol's messages alone.

What touches Blender's data or starts processes is passed in, so that tests run without either.
"""
