//! Every safe way to query the identity and tenancy schema.
