"""Who made a bundle, and who may read it: signatures, the policy, encryption."""
