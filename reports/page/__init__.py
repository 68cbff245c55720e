"""What stands where on a page, with the templates and scripts that show it.

Verdicts come from `judgement` and pictures from `drawing`: nothing is decided here.
"""
