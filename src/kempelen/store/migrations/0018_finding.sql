-- A list is found from an index alone: each has the order, and all that decides who sees a group and what is asked for,
-- so that a search of which little comes looks at no group itself. Claims change no more entries than before.

DROP INDEX hit_group_by_update;
DROP INDEX hit_group_by_reward;
DROP INDEX hit_group_by_size;
DROP INDEX hit_group_by_requester;
CREATE INDEX hit_group_by_update ON hit_group (
    updated_at, hit_group_id, discover_granted, discover_record, discover_absent,
    requester_id, reward_micros, masters, accept_granted, accept_record, accept_absent
) WHERE open_hits > 0;
CREATE INDEX hit_group_by_reward ON hit_group (
    reward_micros, hit_group_id, discover_granted, discover_record, discover_absent,
    requester_id, updated_at, masters, accept_granted, accept_record, accept_absent
) WHERE open_hits > 0;
CREATE INDEX hit_group_by_size ON hit_group (
    open_hits, hit_group_id, discover_granted, discover_record, discover_absent,
    requester_id, reward_micros, updated_at, masters, accept_granted, accept_record, accept_absent
) WHERE open_hits > 0;
CREATE INDEX hit_group_by_requester ON hit_group (
    requester_id, updated_at, hit_group_id, discover_granted, discover_record, discover_absent,
    reward_micros, masters, accept_granted, accept_record, accept_absent
) WHERE open_hits > 0;

-- The same for words.
CREATE INDEX hit_group_text_covering ON hit_group (
    hit_group_id, search_text, discover_granted, discover_record, discover_absent,
    requester_id, reward_micros, updated_at, masters, accept_granted, accept_record, accept_absent
) WHERE open_hits > 0;
