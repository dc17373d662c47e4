"""Hosts for the tasks of Requesters, whose pages are hostile, and the way answers come back from them."""
