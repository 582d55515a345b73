"""Jobs killed at random moments, and whether anything was lost, written twice or out of order.

`records` makes numbered input, `job` is the program, `kills` runs and kills it, `checker` compares what it
has committed with the input, knowing nothing of the engine. `make chaos KILLS=100` runs it all.
"""
