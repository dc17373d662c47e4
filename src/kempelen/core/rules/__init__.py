"""Rules of the marketplace as pure functions: fees, states, requirements, verdicts, destinations."""
