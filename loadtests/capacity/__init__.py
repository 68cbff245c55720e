"""From measured points to a prediction and a choice: service demands, simulation, solver.

Figures in, figures out: it starts nothing and knows neither a stack nor the load process.
"""
