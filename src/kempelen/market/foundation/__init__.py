"""What every record rests on: the call, clocks, events, deliveries, ledger, tokens, pages."""
