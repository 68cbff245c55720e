"""The same services behind other ways of asking over a queue, measured side by side."""
