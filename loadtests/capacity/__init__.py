"""From measured points to a prediction and a choice: service demands, simulation, solver.

`measured_points` reads service demands from what was measured, `resolver_kinds` which of several
kinds of resolver the requests visit, `turns` how many calls each takes at a time; `backing_parts`
says who waits for databases, caches and stubs, `core_limits` what parts can use, `node_cores` and
`ran_copies` which nodes they have and what runs on each. `simulation` sends requests through the
`queueing_network`, `predictor` corrects that by what was measured and gives intervals
(`prediction_intervals`: what a model was seen to miss). `solver` chooses the cheapest.
`NoModelError` says why there is none.

Figures in, figures out: it starts nothing and knows neither a stack nor the load process.
"""
