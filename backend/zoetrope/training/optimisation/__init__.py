"""What every stage is trained with: the loop, optimisers, embeddings, checkpoints, several processes."""
