"""The backend's processes: the one that generates, the ones that set it up, and the protocol. No bpy."""
