"""The training loop's parts: what learns, what watches, what is kept."""
