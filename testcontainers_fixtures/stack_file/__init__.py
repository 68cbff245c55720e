"""What a stack file may say, key by key, and what is said of one that is wrong.

`stack_spec` above puts it together. Data and pure functions: nothing here starts or asks anything.
"""
