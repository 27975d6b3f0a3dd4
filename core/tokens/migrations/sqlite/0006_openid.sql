-- Identities at an OpenID Connect provider that are bound to accounts, and sign-ins that are under way
-- there. Of a sign-in's state a keyed hash is kept; its nonce and PKCE verifier are sealed.

CREATE TABLE identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL UNIQUE REFERENCES account,
    bound_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;

CREATE TABLE identity_flow (
    state BLOB PRIMARY KEY,
    holder TEXT NOT NULL,
    port INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    place BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_flow_by_end ON identity_flow (expires_at);
CREATE INDEX identity_flow_by_place ON identity_flow (place);
