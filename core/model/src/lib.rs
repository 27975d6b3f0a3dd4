//! The words of the system: ids, names, grants, tokens, errors and the wire types of both services.
