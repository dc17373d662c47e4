"""The pages of the worker site."""
