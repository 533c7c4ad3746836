//! SQL that fills, the same in every benchmark.

/// What makes ids and hashes of numbers.
pub(crate) const FUNCTIONS: &str = "
    CREATE FUNCTION bench_id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
      SELECT (lpad(to_hex(kind), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
    CREATE FUNCTION bench_hash(kind text, n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
      SELECT sha256(sha256(convert_to(kind || ' ' || n, 'UTF8'))) $$;";

/// The standard roles of each application, and what they allow.
pub(crate) fn roles(applications: usize) -> String {
    let mut roles = Vec::new();
    let mut permissions = Vec::new();
    for (number, role) in service::STANDARD_ROLES.iter().enumerate() {
        roles.push(format!(
            "({number}, '{}', '{}', '{}')",
            role.key, role.name, role.description
        ));
        for permission in role.permissions {
            permissions.push(format!("({number}, '{permission}')"));
        }
    }
    let last = applications - 1;
    format!(
        "INSERT INTO roles (application_id, id, key, name, description, created_at, updated_at)
         SELECT bench_id(2, a), bench_id(3, a * 3 + n), key, name, description, at, at
         FROM generate_series(0, {last}) a, (VALUES {}) AS role (n, key, name, description),
           (SELECT timestamptz '2026-01-01' AS at) t;
         INSERT INTO role_permissions (application_id, role_id, permission, created_at, updated_at)
         SELECT bench_id(2, a), bench_id(3, a * 3 + n), permission, at, at
         FROM generate_series(0, {last}) a, (VALUES {}) AS given (n, permission),
           (SELECT timestamptz '2026-01-01' AS at) t",
        roles.join(", "),
        permissions.join(", ")
    )
}
