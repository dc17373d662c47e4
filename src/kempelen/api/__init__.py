"""The Requester API over HTTP: AWS JSON 1.1, signed with SigV4."""
