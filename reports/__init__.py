"""What a run record is, how it is judged and how it is drawn; knows nothing of stacks.

A page can be drawn again from the stored record alone. `publication` alone writes into a site, each
file whole or not at all; `stored_runs` reads what lies there, where a run that cannot be read,
judged or drawn costs itself alone. A record may be anybody's: what is shown of it is escaped, a
curl line is drawn from its request alone, and its command is shown where it is one of ours.
"""
