"""Short training of a network that is to compute in int8: it learns to answer as in float32."""
