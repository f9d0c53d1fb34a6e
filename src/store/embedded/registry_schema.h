#pragma once

#include <array>
#include <string_view>

namespace tandem::store {

/// The steps to today's registry.db. A step that has been released never changes; a change is a
/// new step. Times and spans are microseconds; documents are CBOR (value_bytes.h); words are those
/// of the domain's `name_of`.
inline constexpr std::array<std::string_view, 8> kRegistrySteps{R"sql(
CREATE TABLE meta (
    key TEXT PRIMARY KEY,   -- 'log', 'sequence'
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    labels BLOB NOT NULL,
    schema BLOB NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE twin (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    side TEXT NOT NULL,
    value BLOB NOT NULL,
    version INTEGER NOT NULL,
    updated INTEGER,
    changed BLOB NOT NULL,
    PRIMARY KEY (tenant, device, side),
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE command (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    params BLOB NOT NULL,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    lease_until INTEGER,
    updated INTEGER,
    result BLOB NOT NULL,
    sent_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, device, id),
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
-- The few that have not ended, among all that a device ever had.
CREATE INDEX command_open ON command (tenant, device, id)
    WHERE status IN ('queued', 'delivered', 'acknowledged');

CREATE TABLE series (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    unit TEXT NOT NULL,
    interval INTEGER,
    stale_after INTEGER,
    retention INTEGER,
    PRIMARY KEY (tenant, device, name),
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE presence (
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    online INTEGER NOT NULL,
    door TEXT NOT NULL,
    since INTEGER,
    last_seen INTEGER,
    PRIMARY KEY (tenant, device),
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    principal TEXT NOT NULL,
    device TEXT,            -- the principal, where that is a device: its keys go with it
    scopes TEXT NOT NULL,
    digest BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_device ON credential (tenant, device) WHERE device IS NOT NULL;

CREATE TABLE user (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    actor TEXT NOT NULL,
    credential TEXT NOT NULL,
    address TEXT NOT NULL,
    door TEXT NOT NULL,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    result TEXT NOT NULL
) STRICT;
CREATE INDEX audit_tenant ON audit (tenant, id);

CREATE TABLE reply (
    tenant TEXT NOT NULL,
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant, principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX reply_created ON reply (created);

-- The events of the changes above, written in the same transaction: a change and what tells of it
-- are one. The event log drains it.
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    device TEXT NOT NULL,
    series TEXT NOT NULL,
    time INTEGER NOT NULL,
    value BLOB NOT NULL
) STRICT;
)sql",
                                                                // 2: staleness is a state.
                                                                R"sql(
ALTER TABLE series ADD COLUMN stale INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series ADD COLUMN since INTEGER;
)sql",
                                                                // 3: the progress of commands.
                                                                R"sql(
-- How far the device said it is; null (CBOR's) where it said nothing.
ALTER TABLE command ADD COLUMN progress BLOB NOT NULL DEFAULT x'F6';
)sql",
                                                                // 4: the audit is a chain.
                                                                R"sql(
ALTER TABLE audit ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
ALTER TABLE audit ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN number INTEGER NOT NULL DEFAULT 0;   -- counts within the tenant
-- Empty in the lines that are there: the chain begins behind them.
ALTER TABLE audit ADD COLUMN previous TEXT NOT NULL DEFAULT '';
UPDATE audit SET number = counted.number FROM
    (SELECT id, row_number() OVER (PARTITION BY tenant ORDER BY id) AS number FROM audit) AS counted
    WHERE counted.id = audit.id;
DROP INDEX audit_tenant;
CREATE UNIQUE INDEX audit_number ON audit (tenant, number);
-- The newest line, so that it cannot be taken away unnoticed either.
CREATE TABLE audit_head (
    tenant TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql",
                                                                // 5: roles, apps, grants, tenants.
                                                                R"sql(
CREATE TABLE tenant (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER         -- its id stays taken
) STRICT, WITHOUT ROWID;

CREATE TABLE app (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_grant (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,     -- of whom it is given to: 'user', 'app'
    principal TEXT NOT NULL,
    scopes TEXT NOT NULL,
    every_device INTEGER NOT NULL,
    devices BLOB NOT NULL,  -- ids
    labels BLOB NOT NULL,
    series BLOB NOT NULL,   -- patterns
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_grant_principal ON access_grant (tenant, kind, principal);
CREATE INDEX credential_principal ON credential (tenant, kind, principal);

ALTER TABLE user ADD COLUMN full_name TEXT NOT NULL DEFAULT '';
ALTER TABLE user ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
ALTER TABLE user ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- What there was keeps what it could do: scopes with every device.
INSERT INTO tenant SELECT tenant, '', min(created), NULL FROM user GROUP BY tenant;
UPDATE user SET role = 'admin' WHERE ' ' || scopes || ' ' LIKE '% users:manage %';
INSERT INTO access_grant SELECT tenant, lower(hex(randomblob(8))), 'user', name, scopes, 1,
    x'80', x'A0', x'81612A', created, 1 FROM user WHERE role <> 'admin';
INSERT INTO app SELECT tenant, principal, '', min(created), 1 FROM credential
    WHERE kind = 'app' GROUP BY tenant, principal;
UPDATE credential SET scopes = scopes || ' access:manage'
    WHERE kind = 'app' AND ' ' || scopes || ' ' LIKE '% keys:manage %';
INSERT INTO access_grant SELECT tenant, lower(hex(randomblob(8))), 'app', principal, scopes, 1,
    x'80', x'A0', x'81612A', created, 1 FROM credential WHERE kind = 'app';
ALTER TABLE user DROP COLUMN scopes;
)sql",
                                                                // 6: OAuth.
                                                                R"sql(
ALTER TABLE app ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN redirect_uris BLOB NOT NULL DEFAULT x'80';
ALTER TABLE app ADD COLUMN jwks BLOB NOT NULL DEFAULT x'F6';

-- Of each: kind, tenant, principal, client and scopes say for whom it speaks and who got it;
-- `device` is the principal where that is one; after `until` it is of no use. Ids are no secrets,
-- of secrets there are keyed digests.
CREATE TABLE access_token (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    principal TEXT NOT NULL,
    device TEXT,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    family TEXT NOT NULL,
    certificate BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    until INTEGER NOT NULL,
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_until ON access_token (until);
CREATE INDEX access_token_family ON access_token (family);
CREATE INDEX access_token_principal ON access_token (tenant, kind, principal);
CREATE INDEX access_token_client ON access_token (client);
CREATE INDEX access_token_device ON access_token (tenant, device) WHERE device IS NOT NULL;

CREATE TABLE authorization_code (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    principal TEXT NOT NULL,
    device TEXT,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    nonce TEXT NOT NULL,
    family TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL,
    until INTEGER NOT NULL,
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX authorization_code_until ON authorization_code (until);
CREATE INDEX authorization_code_device ON authorization_code (tenant, device)
    WHERE device IS NOT NULL;

CREATE TABLE refresh_family (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    principal TEXT NOT NULL,
    device TEXT,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    rotated INTEGER NOT NULL,
    revoked INTEGER,
    until INTEGER NOT NULL,
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_family_until ON refresh_family (until);
CREATE INDEX refresh_family_principal ON refresh_family (tenant, kind, principal);
CREATE INDEX refresh_family_client ON refresh_family (client);
CREATE INDEX refresh_family_device ON refresh_family (tenant, device) WHERE device IS NOT NULL;

-- kind to scopes are null until somebody has agreed; client and asked_scopes are the device's.
CREATE TABLE device_grant (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    kind TEXT,
    tenant TEXT,
    principal TEXT,
    device TEXT,
    client TEXT NOT NULL,
    scopes TEXT,
    user_code BLOB NOT NULL,
    asked_scopes TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created INTEGER NOT NULL,
    interval INTEGER NOT NULL,
    asked INTEGER,
    state INTEGER NOT NULL,   -- 0 pending, 1 approved, 2 denied, 3 used
    family TEXT NOT NULL,
    until INTEGER NOT NULL,
    FOREIGN KEY (tenant, device) REFERENCES device ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX device_grant_until ON device_grant (until);
CREATE INDEX device_grant_user_code ON device_grant (user_code);
CREATE INDEX device_grant_device ON device_grant (tenant, device) WHERE device IS NOT NULL;

CREATE TABLE used_assertion (
    client TEXT NOT NULL,
    digest BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (client, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_assertion_until ON used_assertion (until);

CREATE TABLE claim_code (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    tenant TEXT NOT NULL,
    only_device TEXT NOT NULL,
    prefix TEXT NOT NULL,
    type TEXT NOT NULL,
    labels BLOB NOT NULL,
    uses INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_code_until ON claim_code (until);
CREATE INDEX claim_code_digest ON claim_code (digest);
CREATE INDEX claim_code_tenant ON claim_code (tenant, id);
)sql",
                                                                // 7: certificates of apps, denials.
                                                                R"sql(
-- Tokens of outside issuers that are taken no more.
CREATE TABLE denied_token (
    tenant TEXT NOT NULL,
    issuer TEXT NOT NULL,
    digest BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant, issuer, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX denied_token_until ON denied_token (until);

-- Of the client certificate that an app proves itself with; '' for none.
ALTER TABLE app ADD COLUMN certificate_subject TEXT NOT NULL DEFAULT '';
)sql",
                                                                // 8: dashboards.
                                                                R"sql(
CREATE TABLE dashboard (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    owner_kind TEXT,        -- 'user', 'app'; null: whose it was is no more
    owner TEXT,
    title TEXT NOT NULL,
    shared INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tiles BLOB NOT NULL,    -- last: lists do not read it
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dashboard_owner ON dashboard (tenant, owner_kind, owner);

-- What manages access can give itself these, and has them.
UPDATE credential SET scopes = scopes || ' dashboards:read dashboards:write'
    WHERE kind = 'app' AND ' ' || scopes || ' ' LIKE '% access:manage %';
UPDATE access_grant SET scopes = scopes || ' dashboards:read dashboards:write'
    WHERE ' ' || scopes || ' ' LIKE '% access:manage %';
)sql"};

}  // namespace tandem::store
