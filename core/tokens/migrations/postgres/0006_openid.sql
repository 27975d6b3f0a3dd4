-- Identities at an OpenID Connect provider that are bound to accounts, and sign-ins that are under way
-- there. Of a sign-in's state a keyed hash is kept; its nonce and PKCE verifier are sealed.

CREATE TABLE identity (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL UNIQUE REFERENCES account,
    bound_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE TABLE identity_flow (
    state BYTEA PRIMARY KEY,
    holder TEXT NOT NULL,
    port BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    place BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_flow_by_end ON identity_flow (expires_at);
CREATE INDEX identity_flow_by_place ON identity_flow (place);
