"""Rules: every number and choice of the marketplace that an operator may set, with the original's as defaults.

Built once at the edge from `config.py`'s settings and handed to each operation in its `Call`.
"""

import msgspec

from kempelen.core.money import Money

DAY = 86_400


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The marketplace's standing rules. Sources: docs/mturk/api.md 5, 6, 9 and 10; docs/mturk/worker.md 5."""

    sandbox: bool = False
    fee_percent: int = 20
    large_hit_surcharge_percent: int = 20
    large_hit_assignments: int = 10
    bonus_fee_percent: int = 20
    masters_surcharge_percent: int = 5
    minimum_fee: Money = Money(10_000)
    max_amount: Money = Money(10_000_000_000)
    allow_zero_reward: bool = True
    max_lifetime_seconds: int = 365 * DAY
    disposal_days: int = 120
    retention_days: int = 120
    override_days: int = 30
    token_life_seconds: int = DAY
    expired_hits_keep_available_count: bool = True
    allow_http_external_questions: bool = False
    max_worker_blocks: int = 100_000
    test_events_per_hour: int = 60
    test_events_to_one_per_hour: int = 20
    type_deletion_seconds: int = 0
    allow_private_destinations: bool = False
    queue_limit: int = 25
    daily_limit: int = 3800
    max_upload_bytes: int = 100_000_000
    worker_upload_quota_bytes: int = 10_000_000_000
    upload_quota_bytes: int = 100_000_000_000
    site_url: str = "http://kempelen.localhost:8900"
    deposit_url: str = ""
