"""What is shown: results in, tables and README sections out. Imports no torch."""
