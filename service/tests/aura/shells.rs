//! What shells are told.

use crate::stage::{code, program, run};

#[test]
fn each_shell_gets_its_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    for (shell, begins) in [
        ("bash", "_aura()"),
        ("zsh", "#compdef aura"),
        ("fish", "# Print an optspec"),
        ("elvish", ""),
        ("powershell", ""),
    ] {
        let said = run(program(&folder).args(["completions", shell]));
        assert_eq!((said.code, said.err.as_str()), (code::DONE, ""));
        assert!(said.out.starts_with(begins), "{}", &said.out[..80]);
        assert!(said.out.contains("set-password"), "{shell}");
    }
    assert_eq!(
        run(program(&folder).args(["completions", "cmd"])).code,
        code::INVALID
    );
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}

#[test]
fn help_tells_the_exit_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = run(program(&folder).arg("--help"));
    assert_eq!(said.code, code::DONE);
    for number in 0..=5 {
        assert!(said.out.contains(&format!("\n  {number}  ")), "{number}");
    }
    // What a command has to say beyond a line is in its own.
    let said = run(program(&folder).args(["purge", "--help"]));
    assert!(said.out.contains("RETENTION_DELETED_ROWS"), "{said:?}");
}
