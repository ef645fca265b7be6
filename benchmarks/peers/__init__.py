"""How many times faster is this than what you would use instead?"""
