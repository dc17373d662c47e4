"""Measurements, as ratios against what the machine can do at that moment: `make bench`."""
