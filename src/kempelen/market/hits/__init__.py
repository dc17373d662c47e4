"""HIT types, layouts, HITs and their places, uploads, and the lists in which Workers find them."""
