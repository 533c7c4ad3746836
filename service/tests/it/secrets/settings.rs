//! Peppers and costs in the environment.

use service::{Config, Error};

const KEY_A: &str = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=";
const KEY_B: &str = "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI";

fn from(vars: &[(&str, &str)]) -> Result<Config, Error> {
    Config::from_vars(|name| {
        let found = vars.iter().find(|(var, _)| *var == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn peppers_are_read_and_have_ids_of_their_own() {
    let (a, b) = (format!("a:{KEY_A}"), format!("b:{KEY_B}"));
    let both = format!("{a}, {b}");
    let shown = format!(
        "{:?}",
        from(&[("PASSWORD_PEPPER", &a), ("PASSWORD_FORMER_PEPPERS", &b)]).unwrap()
    );
    assert!(
        shown.contains("Pepper(a:…)") && shown.contains("Pepper(b:…)"),
        "{shown}"
    );
    assert!(
        from(&[("PASSWORD_FORMER_PEPPERS", &both)]).is_ok(),
        "given up"
    );
    for vars in [
        [
            ("PASSWORD_PEPPER", &*a),
            ("PASSWORD_FORMER_PEPPERS", &*both),
        ],
        [("PASSWORD_PEPPER", "a"), ("PASSWORD_FORMER_PEPPERS", &*b)],
        [("PASSWORD_PEPPER", &*a), ("PASSWORD_FORMER_PEPPERS", ",")],
    ] {
        let error = from(&vars).unwrap_err();
        assert!(matches!(error, Error::Config { .. }), "{error}");
        assert!(!error.to_string().contains("YWFh"), "{error}");
    }
}
