//! Where the demo's two sides are reached, and who serves there.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use tokio::sync::oneshot;
use tokio_rustls::rustls::ServerConfig;

use super::connection::{Ears, Peer};

/// Serves both sides until told to stop. Requests under way end with their
/// runtime: a server that is gone answers nobody.
pub(super) async fn serve(sides: [(Door, Router); 2], stopped: oneshot::Receiver<()>) {
    let connections = Arc::new(AtomicU64::new(0));
    for (Door { listener, tls }, routes) in sides {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            return;
        };
        let ears = Ears::new(listener, Arc::clone(&connections), tls);
        let service = routes.into_make_service_with_connect_info::<Peer>();
        tokio::spawn(async move { axum::serve(ears, service).await });
    }
    stopped.await.ok();
}

/// Where one side of the server is reached.
pub(super) struct Door {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
}

impl Door {
    /// Opens a port of this computer only; gives its address as a URL too, under
    /// this name (`scheme://host`) if it has one.
    pub(super) fn open(
        port: u16,
        tls: Option<Arc<ServerConfig>>,
        name: Option<&str>,
    ) -> io::Result<(Self, String)> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        listener.set_nonblocking(true)?;
        let tls = tls.filter(|_| name.is_none_or(|name| name.starts_with("https:")));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let local = format!("{scheme}://{}", Ipv4Addr::LOCALHOST);
        let port = listener.local_addr()?.port();
        let url = format!("{}:{port}", name.unwrap_or(&local));
        Ok((Self { listener, tls }, url))
    }
}
