"""RabbitMQ for a stack: how it is configured, where it comes from, when it is ready."""
