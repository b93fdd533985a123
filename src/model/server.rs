//! The address of an ONES server, as people type it.
//!
//! Parsed once at the edge; from then on it is an origin: scheme, host, port.

use std::fmt;

/// An origin such as `https://ones.example.com` or `http://10.0.0.5:9001`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    secure: bool,
    host: String,
    port: Option<u16>,
}

impl ServerAddress {
    /// Reads what a person typed or pasted: a bare host, `host:port`, or any
    /// link of the server (path and fragment are dropped). Without a scheme it
    /// is taken as HTTPS.
    ///
    /// Gives `None` for another scheme, user names in the address, an empty
    /// host, or characters that no host has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (secure, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some(_) => return None,
            None => (true, text),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = split_port(authority)?;
        if !is_host(host) {
            return None;
        }
        let port = port.filter(|port| *port != if secure { 443 } else { 80 });
        Some(Self {
            secure,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// The host alone, for sentences.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host, and the port where it is not the scheme's own. One server may
    /// be known by links of both schemes.
    #[must_use]
    pub fn authority(&self) -> String {
        let port = self.port.map(|port| format!(":{port}"));
        self.host.clone() + port.as_deref().unwrap_or_default()
    }

    /// Whether a password sent there could be read on the way: plain HTTP to
    /// another machine.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        let loopback = matches!(self.host.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        !self.secure && !loopback
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// Splits `host:port`; an IPv6 address keeps its brackets.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let colon = authority
        .get(after_bracket..)?
        .find(':')
        .map(|at| at + after_bracket);
    let Some(colon) = colon else {
        return Some((authority, None));
    };
    let (host, port) = authority.split_at_checked(colon)?;
    let port = port.trim_start_matches(':').parse().ok()?;
    Some((host, Some(port)))
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return inner.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && !host.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_type() {
        let table = [
            ("ones.example.com", Some("https://ones.example.com")),
            (
                " https://ones.example.com/ ",
                Some("https://ones.example.com"),
            ),
            (
                "HTTPS://Ones.Example.com:443",
                Some("https://ones.example.com"),
            ),
            (
                "http://10.0.0.5:9001/project/#/team/x",
                Some("http://10.0.0.5:9001"),
            ),
            (
                "https://ones.example.com/project/#/workspace",
                Some("https://ones.example.com"),
            ),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://localhost:80", Some("http://localhost")),
            ("公司.example", Some("https://公司.example")),
            ("", None),
            ("https://", None),
            ("ftp://ones.example.com", None),
            ("https://me:secret@ones.example.com", None),
            ("ones.example.com:port", None),
            ("ones.example.com:99999", None),
            ("two words", None),
            ("[nonsense]", None),
        ];
        for (text, want) in table {
            let got = ServerAddress::parse(text).map(|address| address.to_string());
            assert_eq!(got.as_deref(), want, "{text:?}");
        }
    }

    #[test]
    fn plain_http_is_exposed_unless_it_stays_on_this_machine() {
        for (text, exposed) in [
            ("http://ones.example.com", true),
            ("https://ones.example.com", false),
            ("http://127.0.0.1:4000", false),
            ("http://localhost", false),
        ] {
            let address = ServerAddress::parse(text).expect(text);
            assert_eq!(address.is_exposed(), exposed, "{text}");
        }
    }
}
