"""The sessions of a flow: their steps are sent, waited for and counted one after the other.

Each step is due when the answer to the one before it has come and the think time is over; see
`session_client` for what is measured, and why so.
"""
