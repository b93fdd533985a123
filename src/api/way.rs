//! From which of this machine's addresses it reaches a server, and whether it still
//! has an address.
//!
//! The system is asked by datagram sockets that are never used: no packet goes out.
//! Clients leave the connections of addresses that are gone (`http`), and the engine
//! ends calls on them (F32).

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// How a server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// Its address.
    pub server: SocketAddr,
    /// This machine's address that it is reached from.
    pub source: IpAddr,
}

/// The address that the system would send from. `None` where it does not say, or
/// has no way.
pub(super) fn source_for(server: IpAddr) -> Option<IpAddr> {
    let any = match server {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    // Any port: nothing is sent.
    socket.connect((server, 443)).ok()?;
    let source = socket.local_addr().ok()?.ip();
    // Such an address says little without the name of its line.
    let is_link_local = matches!(source, IpAddr::V6(ip) if ip.is_unicast_link_local());
    (!is_link_local).then_some(source)
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
    fn this_machine_reaches_itself() {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(source_for(here), Some(here));
        assert!(is_ours(here));
        // For documentation only (RFC 5737): nobody's.
        assert!(!is_ours(Ipv4Addr::new(203, 0, 113, 77).into()));
    }
}
