"""Messages between Requesters and Workers, notification settings, reports of HITs."""
