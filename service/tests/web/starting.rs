//! How the service of the example starts: what it reads, and what it says where that cannot be.

use crate::app::Environment;

fn with<'v>(vars: &'v [(&str, &str)]) -> Environment<impl Fn(&str) -> Option<String> + 'v> {
    Environment(move |name: &str| {
        let var = vars.iter().find(|(key, _)| *key == name);
        var.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let none: &[&[(&str, &str)]] = &[&[], &[("DATABASE_URL", "")]];
    for vars in none {
        assert!(!with(vars).names_a_database(), "{vars:?}");
    }
    for name in ["DATABASE_URL", "DATABASE_URL_POOLER"] {
        let vars = [(name, "sqlite://other.db")];
        assert!(with(&vars).names_a_database(), "{name}");
    }
}

#[tokio::test]
async fn a_port_that_cannot_be_is_said_in_words() {
    let free = with(&[("PORT", "0")]).listen().await.expect("a free port");
    let taken = free.local_addr().expect("an address").port().to_string();
    let vars = [("PORT", taken.as_str())];
    let error = with(&vars).listen().await.expect_err("taken");
    let expected = format!("port {taken} cannot be used: ");
    assert!(
        error.starts_with(&expected) && error.contains("PORT"),
        "{error}"
    );
    for wrong in ["http", "-1", "65536", "3000 "] {
        let error = with(&[("PORT", wrong)]).listen().await;
        let error = error.expect_err("no port");
        assert!(error.contains("PORT takes a number"), "{error}");
    }
}
