-- Reprimands and threats: codes and staff only. No other view, policy or fact looks at these tables.
create table reprimands (
    id              uuid        primary key,
    complaint_id    uuid        not null,
    level           text        not null,
    rule            text        not null,
    rule_version    text        not null,
    given_by        text        not null,
    given_at        timestamptz not null,
    issued_at       timestamptz,                                 -- null: waits for a supervisor
    approved_by     text,
    replies         int         not null default 0,
    withdrawn_at    timestamptz
);
create index reprimands_complaint on reprimands (complaint_id);
create table threats (
    id              uuid        primary key,
    complaint_id    uuid        not null,
    kind            text        not null,
    threatened_id   text        not null,
    recorded_by     text        not null,
    recorded_at     timestamptz not null
);
create index threats_complaint on threats (complaint_id);

-- The second wall: supervisors, who wrote it, and of reprimands the counselor who stands by her.
alter table reprimands enable row level security;
create policy service on reprimands using (sees_everything());
create policy reader on reprimands for select using (
    exists (select from complaints where complaints.id = reprimands.complaint_id)
    -- the desk sees that there is one, to take down a reply; the table of access shows it no list
    and i_am('supervisor', 'counselor', 'operator', 'identification_officer')
);
alter table threats enable row level security;
create policy service on threats using (sees_everything());
create policy reader on threats for select using (
    exists (select from complaints where complaints.id = threats.complaint_id)
    and (i_am('supervisor') or my_id() in (threatened_id, recorded_by))
);
