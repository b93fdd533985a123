//! From which of this machine's addresses it would reach a server.
//!
//! The system is asked by a datagram socket that is joined to the server and never
//! used: no packet goes out. Clients leave the connections of addresses that are gone
//! (`http`); the engine ends calls whose way was down (F32).

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// What the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From this address of the machine.
    From(IpAddr),
    /// There is none.
    None,
}

/// The way to a server. `None` where the system does not say.
#[must_use]
pub fn way_to(server: IpAddr) -> Option<Way> {
    let any = match server {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // Any port: nothing is sent.
    let joined = socket.connect((server, 443));
    match joined.and_then(|()| socket.local_addr()) {
        Ok(from) => Some(Way::From(from.ip())),
        Err(error) if is_no_way(&error) => Some(Way::None),
        Err(_) => None,
    }
}

fn is_no_way(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable
    )
}

/// Whether this machine still has an address. A connection from one that it has not
/// is dead, and nobody says so.
#[must_use]
pub fn is_ours(address: IpAddr) -> bool {
    let bound = UdpSocket::bind((address, 0));
    !bound.is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_way_to_itself() {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(way_to(here), Some(Way::From(here)));
        assert!(is_ours(here));
        // For documentation only (RFC 5737): nobody's.
        assert!(!is_ours(Ipv4Addr::new(203, 0, 113, 77).into()));
    }
}
