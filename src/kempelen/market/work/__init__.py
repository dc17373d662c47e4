"""Assignments: accepting, submitting, deciding, bonuses, review policies, permissions of tasks."""
