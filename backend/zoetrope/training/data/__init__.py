"""Training data: creature files, their prepared samples in memory, labels, the training tokens on disk."""
