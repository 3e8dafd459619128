-- Who agreed to what for a child: codes and times, never a name.
create table consents (
    id              uuid        primary key,
    case_id         uuid        not null,
    nth             int         not null,                        -- the version of the event: a later one counts
    person_id       uuid        not null,
    giver           text        not null,
    purposes        text[]      not null,
    agrees          boolean     not null,                        -- or it was refused, or taken back
    said_at         timestamptz not null,
    has_document    boolean     not null,
    by_supervisor   boolean     not null,
    recorded_by     text        not null,
    recorded_at     timestamptz not null,
    takes_back      uuid                                         -- what the same one said before
);
create index consents_case on consents (case_id);

-- By which codes somebody who is said to have done it might give consent, by any form of the case.
create table suspected_givers (
    case_id         uuid        not null,
    person_id       uuid        not null,
    giver           text        not null,
    primary key (case_id, person_id, giver)
);

-- The second wall: whoever sees the case sees these.
alter table consents enable row level security;
create policy service on consents using (sees_everything());
create policy reader on consents for select using (
    exists (select from cases where cases.id = consents.case_id)
);

alter table suspected_givers enable row level security;
create policy service on suspected_givers using (sees_everything());
create policy reader on suspected_givers for select using (
    exists (select from cases where cases.id = suspected_givers.case_id)
);
