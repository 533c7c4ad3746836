//! The page of the example, in a browser, used as people use it.

use std::path::Path;

use migration::testing::{Backend, TestDb};
use serde_json::json;

use crate::driver::Browser;
use crate::running::{Mails, PASSWORD, Running};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_does_all_of_it() {
    let running = Running::start(TestDb::new(Backend::Sqlite).await).await;
    running.person("carol@example.com").await;
    let (origin, mails) = (format!("http://{}", running.at), running.mails.clone());
    let used = tokio::task::spawn_blocking(move || {
        let browser = Browser::start();
        let bobs = ada(&browser, &origin, &mails);
        bob(&browser, &origin, &bobs);
        carol(&browser, &origin, &mails);
        is_clean(&browser);
    });
    used.await.expect("the page works");
}

/// Signs up, is told what is wrong, signs in, makes an application and clients, and invites Bob and Carol. Returns Bob's token.
fn ada(browser: &Browser, origin: &str, mails: &Mails) -> String {
    browser.go(origin);
    for (field, label) in [
        ("#sign-in [name=email]", "E-mail"),
        ("#sign-in [name=password]", "Password"),
        (
            "#sign-up [name=password]",
            "Password, 15 characters or more",
        ),
        ("#sign-up [name=name]", "Your name"),
    ] {
        assert_eq!(browser.label(field), label);
    }
    browser.write("#sign-up [name=name]", "Ada Lovelace");
    browser.write("#sign-up [name=email]", "ada@");
    browser.click("#sign-up button");
    browser.wait("document.querySelectorAll('#sign-up [aria-invalid=true]').length === 2");
    browser.sees("is missing");
    browser.write("#sign-up [name=email]", "ada@example.com");
    browser.write("#sign-up [name=password]", "short");
    browser.click("#sign-up button");
    browser.wait("document.querySelectorAll('#sign-up [aria-invalid=true]').length === 1");
    browser.write("#sign-up [name=password]", PASSWORD);
    browser.click("#sign-up button");
    browser.sees("Look into your mail");
    browser.go(&format!("{origin}/#verify={}", mails.token("verify")));
    // Opening the link is not enough: programs that look at mails do so.
    browser.sees("Confirm your address");
    browser.click("#confirm button");
    browser.sees("Your address is confirmed");
    assert_eq!(
        browser.run("return location.href"),
        json!(format!("{origin}/"))
    );

    browser.write("#sign-in [name=email]", "ada@example.com");
    browser.write("#sign-in [name=password]", "not the right one at all");
    browser.click("#sign-in button");
    browser.sees("the e-mail address or the password is wrong");
    browser.write("#sign-in [name=password]", PASSWORD);
    browser.click("#sign-in button");
    browser.sees("Ada Lovelace");
    let cookies = browser.cookies();
    let [cookie] = cookies.as_array().expect("cookies").as_slice() else {
        panic!("one cookie: {cookies}");
    };
    assert_eq!(cookie["httpOnly"], true, "{cookie}");
    assert_eq!(cookie["sameSite"], "Lax", "{cookie}");
    assert_eq!(browser.run("return document.cookie"), "");

    browser.write("#new-application [name=name]", "Harbour Bakery");
    browser.write("#new-application [name=slug]", "harbour bakery");
    browser.click("#new-application button");
    browser.sees("takes words of a-z and 0-9");
    browser.write("#new-application [name=slug]", "harbour-bakery");
    browser.click("#new-application button");
    browser.sees("Clients of Harbour Bakery");
    for name in ["Hotel Belvedere", "Café Morgenrot", "<b>Bold & Sons</b>"] {
        browser.write("#new-client [name=name]", name);
        browser.write("#new-client [name=email]", "desk@example.com");
        browser.click("#new-client button");
        browser.sees(name);
    }
    browser.click("[aria-label='Delete Hotel Belvedere']");
    browser.wait("!document.body.innerText.includes('Hotel Belvedere')");
    browser.write("#search [name=text]", "bold");
    browser.click("#search button");
    browser.wait("document.querySelectorAll('#clients tr').length === 1");
    browser.write("#search [name=text]", "");
    browser.click("#search button");
    browser.wait("document.querySelectorAll('#clients tr').length === 2");
    browser.write("#invite [name=email]", "bob@example.com");
    browser.click("#invite button");
    browser.sees("The invitation is in their mail");
    let bobs = mails.token("invitation");
    browser.write("#invite [name=email]", "carol@example.com");
    browser.click("#invite button");
    browser.wait("document.querySelector('#invite').elements.email.value === ''");
    browser.sees("The invitation is in their mail");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    browser.screenshot(&folder.join("web.png"));
    // It is there after the page was loaded anew, and gone after signing out.
    browser.go(origin);
    browser.sees("Café Morgenrot");
    browser.click("#sign-out");
    browser.wait("!document.querySelector('#guest').hidden");
    browser.wait("!document.querySelector('#clients').checkVisibility()");
    assert_eq!(browser.cookies(), json!([]));
    bobs
}

/// Accepts, sees the same clients, and may not invite.
fn bob(browser: &Browser, origin: &str, token: &str) {
    browser.go(&format!("{origin}/?bob#invitation={token}"));
    browser.sees("Harbour Bakery invites bob@example.com as member.");
    browser.write("#join [name=name]", "Bob");
    browser.write("#join [name=password]", "a lighthouse under the rain");
    browser.click("#join button");
    browser.sees("Clients of Harbour Bakery");
    browser.sees("Café Morgenrot");
    browser.sees("Bob: member");
    browser.wait("!document.querySelector('#invite').checkVisibility()");
    // A link that has been used says so, and leaves Bob signed in.
    browser.go(&format!("{origin}/?again#invitation={token}"));
    browser.sees("The invitation cannot be used");
    // The page goes on loading after that.
    browser.sees("Café Morgenrot");
    // Signed out elsewhere: whatever is clicked says so, and nothing of what was there stays behind.
    browser.run("return fetch('/api/session', { method: 'DELETE' }).then(() => null)");
    browser.click("[aria-label='Delete Café Morgenrot']");
    browser.sees("You were signed out.");
    browser.wait("!document.querySelector('#guest').hidden");
    let left = "return document.querySelectorAll('#clients *, #colleagues *').length";
    assert_eq!(browser.run(left), 0);
}

/// Has an account, is signed out and invited, and has forgotten the password.
fn carol(browser: &Browser, origin: &str, mails: &Mails) {
    let invitation = mails.token("invitation");
    browser.go(&format!("{origin}/?carol#invitation={invitation}"));
    browser.sees("invites carol@example.com");
    browser.write("#join [name=password]", PASSWORD);
    browser.click("#join button");
    browser.sees("You have an account: sign in first.");
    browser.click("summary");
    browser.write("#forgot [name=email]", "carol@example.com");
    browser.click("#forgot button");
    browser.sees("is in your mail");
    let link = format!("{origin}/?carol#reset={}", mails.token("reset"));
    // In the same tab: the invitation is still there.
    browser.run(&format!(
        "location.hash = {}",
        json!(link.split('#').next_back())
    ));
    browser.sees("Choose another password");
    browser.write("#reset [name=password]", "a lantern over still water");
    browser.click("#reset button");
    browser.sees("You have another password");
    browser.write("#sign-in [name=email]", "carol@example.com");
    browser.write("#sign-in [name=password]", "a lantern over still water");
    browser.click("#sign-in button");
    browser.click("#accept button");
    browser.sees("Clients of Harbour Bakery");
    // Signed out elsewhere: signing out works all the same.
    browser.run("return fetch('/api/session', { method: 'DELETE' }).then(() => null)");
    browser.click("#sign-out");
    browser.wait("!document.querySelector('#guest').hidden");
}

/// The browser complained of nothing but of answers that refuse.
fn is_clean(browser: &Browser) {
    let log = browser.log();
    for entry in log.as_array().expect("entries") {
        let refused = entry["source"] == "network"
            && ["400", "401", "409", "422"].iter().any(|status| {
                let message = entry["message"].as_str().unwrap_or_default();
                message.contains(&format!("status of {status}"))
            });
        // A form that sets a password should say whose: the link in the mail tells nobody that.
        let advice = entry["source"] == "recommendation";
        assert!(refused || advice, "{entry}");
    }
}
