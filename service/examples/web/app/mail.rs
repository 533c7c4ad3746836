//! Mail: what is sent to addresses that people claim to read.

use service::Email;

/// Sends mail. A service of one's own queues it, and sends it after the answer.
pub(crate) trait Mail: Send + Sync + 'static {
    /// `link` is the way on, from the root of the service; `None`: there is nothing to do.
    fn send(&self, to: &Email, subject: &str, link: Option<&str>);
}

/// Prints mails in place of sending them: for a service that is tried out.
pub(crate) struct PrintedMail {
    origin: String,
}

impl PrintedMail {
    pub(crate) fn new(origin: &str) -> Self {
        let origin = origin.to_owned();
        Self { origin }
    }
}

impl Mail for PrintedMail {
    fn send(&self, to: &Email, subject: &str, link: Option<&str>) {
        // The link is the secret that only the address gets: to the terminal of whoever tries this out, and to no log.
        let link = link.map(|link| format!("\n  {}{link}", self.origin));
        println!(
            "mail to {to}: {subject}{}",
            link.as_deref().unwrap_or_default()
        );
    }
}
