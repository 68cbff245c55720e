"""The reference system: a FastAPI gateway that reaches its services over RabbitMQ RPC."""
