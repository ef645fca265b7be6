"""Does a folder of thousands keep the engine busy, memory flat, and survive kill -9?"""
