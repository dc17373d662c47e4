"""Deliveries to queues, topics, webhooks and mailboxes."""
