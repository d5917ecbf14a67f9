"""What engines share whose frames are meshes of their own: placing, tracking, and the engine around them."""
