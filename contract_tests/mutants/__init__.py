"""The system with one known defect put in on purpose, to prove that the suite notices."""
