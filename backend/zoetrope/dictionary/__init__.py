"""The dictionary: field weights composed from shared singular vectors and per-instance coefficients."""
