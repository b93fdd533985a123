//! A server that nobody may call.

use std::net::TcpListener;

/// Listens, and hears whether somebody came.
pub struct Elsewhere(TcpListener);

impl Elsewhere {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    pub fn nobody_came(&self) -> bool {
        self.0.accept().is_err()
    }
}
