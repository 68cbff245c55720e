"""The system with one known defect put in on purpose, to prove that the suite notices.

A mutant is one replacement in one module's source, made by `mutant_launcher` as the module is
imported, so that `system/` has no switch for it. What proves the suite is the suite: `suite` runs
its tests by pytest, cheapest first, on a stack that `mutant_stack` holds, until one fails.
`trial_journal` keeps each trial as a line; `out_of_scope` says what random defects are not drawn
from, `equivalents` which of them nobody could tell.
"""
