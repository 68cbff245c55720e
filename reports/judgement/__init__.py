"""Verdicts, intervals and comparisons: figures out of figures, and the reason in a sentence.

It knows records alone: nothing here knows that there are pages or pictures.
"""
