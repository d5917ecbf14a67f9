"""What a caller gets: a mesh sequence in metres on the timeline, or a body at rest."""
