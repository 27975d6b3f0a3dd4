//! The one façade: profiles, keychain, mappings, commands, views, events.
