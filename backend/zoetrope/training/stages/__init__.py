"""The stages of training, one file each, named as the recipe's tables and the run folder's checkpoints."""
