-- Versions of the service standard and of the rules. Public once they are approved; no case is in them.
create table publications (
    register        text        not null,                        -- standard, rules
    version         text        not null,
    in_force_from   timestamptz not null,
    drafted_by      text        not null,
    approved_at     timestamptz,                                 -- null: a draft
    primary key (register, version)
);
