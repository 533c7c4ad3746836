//! Where `PostgreSQL` is looked for.

use super::*;

#[test]
fn no_postgres_says_how_to_get_one() {
    let machine = TemporaryDirectory::new();
    let message = find_postgres(|_| None, &machine.0).unwrap_err();
    for word in [
        "apt-get install postgresql",
        "TEST_POSTGRES_BIN",
        "TEST_DATABASE_URL",
        "docker compose up",
    ] {
        assert!(message.contains(word), "{message}");
    }

    let wrong = |name: &str| (name == "TEST_POSTGRES_BIN").then(|| "/nowhere".into());
    let message = find_postgres(wrong, &machine.0).unwrap_err();
    assert!(
        message.contains("/nowhere") && message.contains("initdb"),
        "{message}"
    );
}

#[test]
fn postgres_is_looked_for_in_order() {
    let machine = TemporaryDirectory::new();
    let find = |named: Option<&Path>, path: Option<&Path>| {
        let variable = |name: &str| match name {
            "TEST_POSTGRES_BIN" => named.map(|named| named.as_os_str().to_owned()),
            "PATH" => path.map(|path| path.as_os_str().to_owned()),
            _ => None,
        };
        find_postgres(variable, &machine.0).unwrap()
    };
    machine.install("usr/lib/postgresql/9.6/bin");
    fs::create_dir_all(machine.0.join("usr/lib/postgresql/18/bin")).unwrap();
    let newest = machine.install("usr/lib/postgresql/17/bin");
    assert_eq!(
        find(None, None),
        newest,
        "17 after 9.6, and 18 has no binaries"
    );
    let in_path = machine.install("some/bin");
    assert_eq!(find(None, Some(&in_path)), in_path);
    let named = machine.install("named");
    assert_eq!(find(Some(&named), Some(&in_path)), named);
}
