-- What servers have seen of their clocks: market time beside a clock that runs as long as the machine does and nobody can
-- set, per start of a machine. `doubted_at` is the time that the system clock showed if it was not believed then.
CREATE TABLE clock_reading (
    boot_id    TEXT PRIMARY KEY,
    market_at  BIGINT NOT NULL,
    steady_ms  BIGINT NOT NULL,
    doubted_at BIGINT
) STRICT;
