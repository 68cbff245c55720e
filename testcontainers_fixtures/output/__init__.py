"""What may be shown and kept: texts without secrets, and without what steers a terminal.

Whatever leaves for a terminal, a log, a report or a record passes here.
"""
