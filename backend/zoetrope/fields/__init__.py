"""Neural fields: MLPs that map points of the box to distance, colour or motion."""
