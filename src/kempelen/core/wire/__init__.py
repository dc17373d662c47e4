"""The wire contract: operations, shapes, names and errors of the Requester API."""
