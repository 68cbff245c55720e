"""What every HTTP process of the system does in the same way (the microservice chassis)."""
