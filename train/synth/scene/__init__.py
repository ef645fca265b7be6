"""The first stage: documents, drawn or real, with the places of their words."""
