"""From measured points to a prediction and a choice: service demands, simulation, solver.

`measured_points` reads service demands from what was measured, `simulation` sends requests through
the `queueing_network`, `predictor` corrects that by what was measured and gives intervals
(`prediction_intervals`: what a model was seen to miss). `solver` chooses the cheapest.

Figures in, figures out: it starts nothing and knows neither a stack nor the load process.
"""
