"""Pass-throughs before services, which record what arrives and what is answered."""
