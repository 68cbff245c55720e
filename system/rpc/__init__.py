"""The resolver: takes calls from the queue and forwards them to the services over HTTP."""
