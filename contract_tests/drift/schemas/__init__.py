"""JSON Schemas: brought into one form, laid open, and held against each other, place by place.

Of documents these modules know how a reference is followed; of gateways and services nothing.
"""
