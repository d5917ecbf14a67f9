"""Names of the properties of an object that hold where it is."""

PARENT = ("parent", "parent_type", "parent_bone", "matrix_parent_inverse")
TRANSFORM = ("location", "rotation_quaternion", "rotation_axis_angle", "rotation_euler", "scale")
DELTAS = ("delta_location", "delta_rotation_quaternion", "delta_rotation_euler", "delta_scale")
PLACE = (*PARENT, "rotation_mode", *TRANSFORM, *DELTAS)
"""All that an object takes over to stand where another one does."""
