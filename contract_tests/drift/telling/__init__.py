"""How differences between documents are told: once each, with what they do to a caller.

Which of them are let be, and until when, stands in the stack file, or in a file of rules.
"""
