create table first_helps (
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    medium          text        not null,
    helped_at       timestamptz not null,
    primary key (case_id, complaint_id)
);

-- The second wall: there for whoever finds the casework. See shared/access/standing.sql.
alter table first_helps enable row level security;
create policy service on first_helps using (sees_everything());
create policy reader on first_helps for select using (
    exists (select from casework where casework.case_id = first_helps.case_id)
);
