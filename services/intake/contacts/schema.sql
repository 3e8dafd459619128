create table contacts (
    id              uuid        primary key,                     -- the complaint's
    stream_id       uuid        not null unique,
    operator_id     text        not null,
    channel         text        not null,
    sub_channel     text,
    language        text,
    queue_ticket    text,
    private_room    boolean     not null,
    has_companion   boolean     not null,
    opened_at       timestamptz not null,
    touched_at      timestamptz not null,
    status          text        not null default 'open',
    dropped_at      timestamptz,
    in_danger       boolean     not null default false,
    has_text        boolean     not null default false,
    is_received     boolean     not null default false,
    is_minimal      boolean     not null default false,
    in_haste        boolean     not null default false,          -- received so: it needs its notes
    is_forgotten    boolean     not null default false,
    case_id         uuid,
    version         integer     not null default 1               -- of its stream
);
create index contacts_status on contacts (status, opened_at);
create index contacts_kept on contacts (touched_at) where not is_forgotten;

-- Who told us and wants to stay unknown: what was noted of them before goes (contacts/tidying.py).
create table faceless (
    person_id       uuid        primary key,
    complaint_id    uuid        not null,
    chosen_at       timestamptz not null
);

alter table contacts enable row level security;
create policy service on contacts using (sees_everything());
create policy reader on contacts for select using (
    not array[contacts.case_id, contacts.id] && (select related_to_me())
    and i_am('operator', 'identification_officer', 'supervisor')
);

alter table faceless enable row level security;
create policy service on faceless using (sees_everything());
