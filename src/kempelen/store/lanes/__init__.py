"""Write lanes: many operations, one durable commit."""
