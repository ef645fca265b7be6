"""What a run learns from: shards of made pages, real pairs, pages made meanwhile, and mixes.

A *source* gives the pages of a step; the *mix* weighs several sources; the *feeder* cuts batches
ahead of the network. A batch depends on the seed, its number and the pages of its step only.
"""
