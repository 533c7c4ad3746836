//! Names of hosts and domains, in the ASCII form that the domain name system knows.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::text_value;

/// RFC 1035 §2.3.4, without the final dot.
const MAX: usize = 253;
/// In bytes. Longer input has no name of 253 bytes in it; it is refused before it costs anything.
const MAX_INPUT: usize = 1024;

/// The name of a domain: two labels or more, at most 253 characters, lower case, ASCII (UTS 46). A final dot is taken
/// off.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DomainName {
    text: String,
}

text_value!(DomainName of "domain");

impl DomainName {
    fn checked(text: &str) -> Result<Self, String> {
        // One more for the final dot.
        if text.chars().nth(MAX + 1).is_some() {
            return Err(too_long());
        }
        let text = to_ascii(text)?;
        if text.contains('.') {
            Ok(Self { text })
        } else {
            Err("has a single label: a domain has two or more".into())
        }
    }
}

fn too_long() -> String {
    format!("names a domain of more than {MAX} characters")
}

/// The name in canonical form: letters, digits and hyphens in labels of 1 to 63, at most 253 in all.
pub(super) fn to_ascii(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Err("names no domain".into());
    }
    if name.len() > MAX_INPUT {
        return Err(too_long());
    }
    let ascii = Uts46::new()
        .to_ascii(
            name.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::VerifyAllowRootDot,
        )
        .map_err(|_| "names no valid domain (UTS 46)")?;
    let ascii = ascii.strip_suffix('.').unwrap_or(&ascii);
    let last = ascii.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        // No top-level domain is a number, so that what looks like an IP address is none (RFC 1123 §2.1).
        return Err("names a domain that ends in a number: an IP address is none".into());
    }
    Ok(ascii.to_owned())
}
